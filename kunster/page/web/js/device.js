// The dialog "Measure this device".

import { Kunster } from "../kunster/kunster.js";
import { made } from "./elements.js";
import { measured, SIZES } from "./measuring.js";
import { keep, nameFor } from "./saving.js";
import { measureTrouble } from "./words.js";

const ENGINES = { webgpu: "WebGPU", wasm: "WebAssembly" };
const at = (name) => document.getElementById(name ? `measure-${name}` : "measure");

export class Device {
  #rows = []; // of the last measurement
  #running = null; // an AbortController

  /**
   * networks: ids, parameters and files. version: of kunster.
   * onopen, onclose: the page should be quiet meanwhile.
   */
  constructor(networks, version, { onopen, onclose }) {
    this.networks = networks;
    this.version = version;
    at("open").hidden = false;
    at("open").addEventListener("click", () => {
      onopen();
      at().showModal();
    });
    at().addEventListener("close", () => {
      this.#running?.abort();
      onclose();
    });
    at("close").addEventListener("click", () => at().close());
    at("start").addEventListener("click", () => (this.#running ? this.#running.abort() : this.#measure()));
    at("save").addEventListener("click", () => this.#save());
    document.addEventListener("visibilitychange", () => document.hidden && this.#running?.abort());
  }

  async #measure() {
    this.#running = new AbortController();
    this.#rows = [];
    const engines = await Kunster.engines();
    const awake = await navigator.wakeLock?.request("screen").catch(() => null);
    this.#begin(engines);
    for await (const row of measured(engines, this.networks, this.#running.signal)) this.#measured(row);
    awake?.release();
    this.#end();
  }

  #begin(engines) {
    at("start").textContent = "Stop";
    at("save").disabled = true;
    at("progress").max = engines.length * this.networks.length * SIZES.length;
    at("progress").value = 0;
    at("trouble").hidden = true;
    at("said").textContent = "Starting…";
    at("table").replaceChildren(...table(engines, this.networks));
  }

  #measured({ failure, ...row }) {
    if (failure) {
      at("trouble").textContent = measureTrouble(ENGINES[row.engine], failure);
      at("trouble").hidden = false;
      return;
    }
    this.#rows.push(row);
    const { engine, size, id, milliseconds } = row;
    at("progress").value = this.#rows.length;
    at("said").textContent = `id ${id}, ${size.replace("x", " × ")}, ${ENGINES[engine]}`;
    const { p10, median, p90 } = milliseconds;
    const spread = made("small", { textContent: `${short(p10)}–${short(p90)}` });
    at("table").querySelector(`#${place(engine, size, id)}`).replaceChildren(short(median), spread);
  }

  #end() {
    const whole = this.#rows.length === at("progress").max;
    at("said").textContent = whole ? "Done." : `Stopped after ${this.#rows.length} of ${at("progress").max}.`;
    at("start").textContent = "Measure again";
    at("save").disabled = this.#rows.length === 0;
    this.#running = null;
  }

  async #save() {
    const { userAgent, hardwareConcurrency: cores } = navigator;
    const report = { kunster: this.version, made: new Date().toISOString(), agent: userAgent, cores, rows: this.#rows };
    const content = new Blob([JSON.stringify(report, null, 1)], { type: "application/json" });
    await keep(content, `${nameFor("device")}.json`);
  }
}

function place(engine, size, id) {
  return `measure-${engine}-${size}-${id}`;
}

/** The table's head and body: a row a network, a column an engine and size. */
function table(engines, networks) {
  const sizes = SIZES.map(([width, height]) => `${width}x${height}`);
  const columns = engines.flatMap((engine) => sizes.map((size) => [engine, size]));
  const th = (scope, textContent, more) => made("th", { scope, textContent, ...more });
  const kinds = engines.map((engine) => th("colgroup", ENGINES[engine], { colSpan: sizes.length }));
  const headings = columns.map(([, size]) => th("col", size.replace("x", " × ")));
  const rows = networks.map(({ id }) => {
    const cells = columns.map(([engine, size]) => made("td", { id: place(engine, size, id), textContent: "–" }));
    return made("tr", {}, th("row", id), ...cells);
  });
  const top = made("tr", {}, th("col", "id", { rowSpan: 2 }), ...kinds);
  return [made("thead", {}, top, made("tr", {}, ...headings)), made("tbody", {}, ...rows)];
}

/** Three figures are enough. */
function short(milliseconds) {
  return milliseconds.toFixed(milliseconds < 10 ? 1 : 0);
}
