// Away from the page's own thread: pixels, the network, the look. One thing after the other.

import { Engine } from "./engine.js";
import { Frame } from "./frame.js";
import { toBytes, toPlanes } from "./pixels.js";

let engine = null;
const frame = new Frame();

const verbs = {
  async start({ kind }) {
    engine = await Engine.start(kind);
    return { threads: engine.threads };
  },

  async open({ address }) {
    await engine.open(address);
    return {};
  },

  async mix({ weights }) {
    engine.mix(weights);
    return {};
  },

  async paint({ bitmap, width, height, mirror, look, spare }) {
    const photo = frame.pixels(bitmap, { width, height, mirror });
    bitmap.close();
    const began = performance.now();
    toPlanes(photo, engine.white, engine.input(width * height));
    const planes = await engine.run(width, height);
    const fits = spare?.byteLength === photo.byteLength;
    const stylized = new Uint8ClampedArray(fits ? spare : photo.byteLength);
    toBytes(planes, engine.white, photo, look, stylized);
    const milliseconds = performance.now() - began;
    return { photo: photo.buffer, stylized: stylized.buffer, milliseconds };
  },
};

async function answer({ id, verb, ...wanted }) {
  try {
    const found = await verbs[verb](wanted);
    const buffers = [found.photo, found.stylized].filter(Boolean);
    self.postMessage({ id, found }, buffers);
  } catch (error) {
    self.postMessage({ id, failure: `${error?.message ?? error}` });
  }
}

let last = Promise.resolve();
self.addEventListener("message", ({ data }) => {
  last = last.then(() => answer(data));
});
