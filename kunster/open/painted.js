// Both sides are painted here, one after the other; what was painted once is kept.

import { comparison } from "./compare.js";
import { Kunster } from "../kunster/kunster.js";

const SHORT = 384; // pixels, the painting's shorter side
const data = JSON.parse(document.getElementById("pictures").textContent);
const trouble = document.getElementById("trouble");
const kunster = Kunster.load(data.sources[1].file);
const painted = new Map(); // addresses, by network and picture
let last = Promise.resolve();

function addressOf(source, number) {
  if (!source.file) return data.thumbs[number];
  const key = `${source.key} ${number}`;
  if (!painted.has(key)) painted.set(key, (last = last.then(() => paint(source, number)).catch(failed)));
  return painted.get(key);

  function failed(error) {
    painted.delete(key);
    say(error);
    return data.thumbs[number];
  }
}

async function paint({ file }, number) {
  const engine = await kunster;
  await engine.open(file);
  const photo = Object.assign(new Image(), { src: data.thumbs[number] });
  await photo.decode();
  const { stylized, width, height } = await engine.paint(photo, { short: SHORT });
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").putImageData(stylized, 0, 0);
  return URL.createObjectURL(await canvas.convertToBlob());
}

function say(error) {
  trouble.textContent = `It could not be painted (${error.message}).`;
  trouble.hidden = false;
}

const add = comparison(data, addressOf);

function show([file]) {
  trouble.hidden = true;
  const address = URL.createObjectURL(file);
  const seen = Object.assign(new Image(), { src: address });
  const shape = () => document.getElementById("split").style.setProperty("aspect-ratio", `${seen.naturalWidth} / ${seen.naturalHeight}`);
  seen.decode().then(() => (shape(), add(file.name, address)), () => say(new Error(`“${file.name}” is no picture`)));
}

document.getElementById("file").addEventListener("change", ({ target }) => target.files.length && show(target.files));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) show(event.dataTransfer.files);
});
