// Away from the page's own thread: pixels, the network, the look. One thing after the other.

import { Engine } from "./engine.js";
import { toBytes, toPlanes } from "./pixels.js";

let engine = null;
const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });

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
    const photo = pixels(bitmap, width, height, mirror);
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

/** RGBA bytes of a picture of the browser, resized, and turned as in a mirror if asked for. */
function pixels(bitmap, width, height, mirror) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  context.setTransform(mirror ? -1 : 1, 0, 0, 1, mirror ? width : 0, 0);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return context.getImageData(0, 0, width, height).data;
}

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
