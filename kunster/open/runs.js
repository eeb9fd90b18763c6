// Every run folder, and how far it is; read again every few seconds while the server runs.

import { made } from "./elements.js";
import { ask } from "./start.js";

const EVERY = 3000; // ms
const STATES = { training: "training", finished: "finished", stopped: "stopped: resume=true goes on", starting: "starting: reads photos, measures a step", failed: "did not start", ended: "stopped before its first step" };
const APPS = {
  "model.mlpackage.zip": "iOS: Core ML",
  "model.tflite": "Android: LiteRT",
  "model.onnx": "Web and desktop: ONNX",
  "model.safetensors": "Kunster",
};
const LEFT_OUT = ["step", "gradient_norm", "learning_rate"]; // of a curve: no losses
const COLORS = ["--accent", "--line-1", "--line-2", "--line-3", "--line-4", "--line-5", "--line-6", "--quiet"]; // of a plot, by turns; the loss is the first
const SVG = "http://www.w3.org/2000/svg";
const cards = new Map(); // by name of the run: its element, and what it was made of
const curves = new Map(); // by address without time: rows, and the address that they were read from
const seen = new Map(); // by address without time: when which step was seen first
const lede = document.getElementById("lede");

async function look() {
  const { live, runs: found, started } = await (await fetch("runs.json")).json();
  const runs = withStarted(found, started);
  const training = runs.filter(({ state }) => state === "training").length;
  lede.textContent = runs.length
    ? `${runs.length} ${runs.length === 1 ? "run" : "runs"}, ${training} training now.`
    : "No runs yet: kunster run +experiment=scream makes one.";
  for (const run of runs) await show(run);
  const ordered = runs.map(({ name }) => cards.get(name).element);
  if (ordered.some((card, place) => document.getElementById("runs").children[place] !== card))
    document.getElementById("runs").replaceChildren(...ordered);
  if (live) setTimeout(() => look().catch(ended), EVERY);
}

/** The runs with what was started here; those first that have no folder yet. */
function withStarted(runs, started) {
  const known = runs.map((run) => ({ ...run, ...started[run.name] }));
  const names = new Set(runs.map(({ name }) => name));
  const others = Object.entries(started).filter(([name]) => !names.has(name));
  const begun = others.map(([name, { running, failed, ...more }]) => ({
    ...{ name, title: name, called: "", stages: [], running, ...more },
    state: running ? "starting" : failed ? "failed" : "ended",
  }));
  return [...begun, ...known];
}

/** Makes a card anew if something of it changed. */
async function show(run) {
  const stages = await Promise.all(run.stages.map((stage) => withCurve(stage, run.state === "training")));
  const content = JSON.stringify([run, stages.map(({ step, left }) => [step, left])]);
  const known = cards.get(run.name);
  if (known?.content === content) return;
  const element = card(run, stages);
  known?.element.replaceWith(element);
  cards.set(run.name, { element, content });
}

function card({ name, title, called, state, page, command, running, said }, stages) {
  const chip = made("span", { className: `chip ${state}`, textContent: STATES[state] });
  const words = made("p", { className: "said" }, page ? made("a", { href: page, textContent: name }) : name);
  const heading = [title, called].filter(Boolean).join(": ");
  const head = made("header", {}, made("h2", { textContent: heading }), chip);
  const parts = [head, words];
  if (command) {
    const [verb, label] = running ? ["stop", "Stop"] : ["go_on", "Go on"];
    const press = made("button", { type: "button", className: "plain", textContent: label, onclick: () => ask(verb, named(name)) });
    parts.push(made("p", {}, made("code", { textContent: command })));
    if (["failed", "starting"].includes(state) && said) parts.push(made("p", { className: state === "failed" ? "trouble" : "said", textContent: said }));
    if (state !== "finished") parts.push(made("p", { className: "buttons" }, press));
  }
  return made("article", { className: "card run" }, ...parts, ...stages.map((each) => section(each)));
}

function named(name) {
  const form = new FormData();
  form.set("name", name);
  return form;
}

function section({ words, step, steps, left, files, figures, rows }) {
  const said = [words, steps ? `step ${(step ?? 0).toLocaleString("en")} of ${steps.toLocaleString("en")}` : "", left]
    .concat(Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(3)}`))
    .filter(Boolean);
  const bar = made("progress", { max: steps ?? 1, value: step ?? 0, ariaLabel: `${words}, steps` });
  const stage = made("section", { className: "stage-of" }, made("div", {}, made("p", { textContent: said.join(", ") }), bar));
  if (rows.length > 1) stage.append(plot(rows));
  const preview = files["preview.png"];
  if (preview) {
    const image = made("img", { src: preview, alt: `The painting, and photos as ${words} paints them` });
    stage.append(made("div", { className: "strip", tabIndex: 0, role: "group", ariaLabel: `Preview of ${words}` }, image));
  }
  const apps = Object.entries(APPS).filter(([name]) => files[name]);
  const links = apps.map(([name, words]) => made("a", { href: files[name], download: name, className: "plain", textContent: words }));
  if (links.length) stage.append(made("div", { className: "buttons", role: "group", ariaLabel: "For apps and pages" }, ...links));
  return stage;
}

async function withCurve(stage, training) {
  const address = stage.files["curve.csv"];
  const file = address?.split("?")[0];
  if (address && curves.get(file)?.address !== address) curves.set(file, { address, rows: await read(address) });
  const rows = curves.get(file)?.rows ?? [];
  const step = rows.at(-1)?.step;
  return { ...stage, rows, step, left: training && step < stage.steps ? timeLeft(file, step, stage.steps) : "" };
}

/** The rows of a CSV file; the last one may be half-written. */
async function read(address) {
  const [head, ...lines] = (await (await fetch(address)).text()).trim().split(/\r?\n/);
  const names = head.split(",");
  const rows = lines.map((line) => line.split(",")).filter((cells) => cells.length === names.length);
  return rows.map((cells) => Object.fromEntries(cells.map((cell, column) => [names[column], Number(cell)])));
}

/** By the steps since this page saw the first of them. */
function timeLeft(file, step, steps) {
  const now = Date.now();
  if (!seen.has(file)) seen.set(file, { now, step });
  const first = seen.get(file);
  if (step <= first.step) return "";
  const minutes = ((now - first.now) * (steps - step)) / (step - first.step) / 60_000;
  return minutes < 1 ? "less than a minute left" : `about ${Math.round(minutes)} minutes left`;
}

/** The losses over the steps, logarithmic; the whole loss in front. */
function plot(rows) {
  const names = Object.keys(rows[0]).filter((name) => !LEFT_OUT.includes(name));
  const losses = names.filter((name) => rows.some((row) => row[name] > 1e-3));
  const values = losses.flatMap((name) => rows.map((row) => row[name])).filter((value) => value > 1e-3);
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  const [first, last] = [rows[0], rows.at(-1)];
  const at = (row, name) =>
    `${((300 * (row.step - first.step)) / (last.step - first.step || 1)).toFixed(1)} ${(100 - (100 * (Math.log(Math.max(row[name], 1e-3)) - low)) / (high - low || 1)).toFixed(1)}`;
  const every = Math.ceil(rows.length / 300);
  const svg = document.createElementNS(SVG, "svg");
  const facts = losses.map((name) => `${name} ${last[name].toPrecision(3)}`);
  const color = (place) => `var(${COLORS[place % COLORS.length]})`;
  for (const [name, value] of Object.entries({ viewBox: "0 0 300 100", class: "plot", role: "img", preserveAspectRatio: "none" }))
    svg.setAttribute(name, value);
  svg.setAttribute("aria-label", `Losses over steps ${first.step} to ${last.step}: ${facts.join(", ")}`);
  for (const [place, name] of losses.entries()) {
    const path = document.createElementNS(SVG, "path");
    path.style.stroke = color(place);
    path.setAttribute("d", `M${rows.filter((_, place) => place % every === 0).map((row) => at(row, name)).join("L")}`);
    svg.append(path);
  }
  return made("figure", {}, svg, made("figcaption", { className: "keys" }, ...facts.map((words, place) => key(words, color(place)))));
}

/** A line's colour before its name and last value. */
function key(words, color) {
  const swatch = made("i", {});
  swatch.style.background = color;
  return made("span", {}, swatch, words);
}

function ended() {
  lede.textContent = "kunster open has ended: what is seen is what it saw last.";
}

look().catch(ended);
