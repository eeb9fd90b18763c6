// Pictures painted by a network, in a worker of its own:
//
//   const kunster = await Kunster.load("scream.onnx");
//   const { stylized } = await kunster.paint(video); // ImageData

const MULTIPLE = 4; // the encoder halves twice
const SMALLEST = 64; // pixels a side: networks take no less

export class Kunster {
  #worker = null;
  #waiting = new Map(); // for each question that is open, whom to answer
  #asked = 0;
  #spare = null; // a buffer that is filled again

  /**
   * Opens the ONNX file at an address.
   *
   * engine: "webgpu", "wasm", or "auto": WebGPU where there is a real GPU that computes rightly,
   * else WebAssembly.
   */
  static async load(address, { engine = "auto" } = {}) {
    const kunster = new Kunster();
    await kunster.start(engine);
    try {
      await kunster.open(address);
    } catch (error) {
      if (engine !== "auto" || kunster.kind === "wasm") throw error;
      await kunster.start("wasm");
      await kunster.open(address);
    }
    return kunster;
  }

  /** What this device can run networks on, the fastest first. */
  static async engines() {
    return (await hasGpu()) ? ["webgpu", "wasm"] : ["wasm"];
  }

  /** Starts an engine, without a network; `kind` then says which one it is. */
  async start(wanted) {
    if (wanted !== "auto") return this.#begin(wanted);
    const [best, ...others] = await Kunster.engines();
    try {
      return await this.#begin(best);
    } catch (error) {
      if (!others.length) throw error;
      return this.#begin(others[0]); // the browser has the best in name only
    }
  }

  /** Opens another network, instead of the one before. */
  open(address) {
    return this.#ask("open", { address: new URL(address, document.baseURI).href });
  }

  /**
   * Chooses the styles of the pictures that follow, where the network has several: a weight for
   * each, from 0 up, not all 0. Before, all have the same.
   */
  mix(weights) {
    return this.#ask("mix", { weights });
  }

  /** What runs, in words. */
  get name() {
    if (this.kind === "webgpu") return "WebGPU";
    const threads = this.threads === 1 ? "1 thread" : `${this.threads} threads`;
    return `WebAssembly, ${threads}`;
  }

  /**
   * Paints what is seen now on a canvas, a video, an img or an ImageBitmap.
   *
   * short: the painting's shorter side in pixels, if the picture has as many.
   * strength: from 0, the photo, to 1, all of the style. keepColors: the style changes the luminance
   * alone. mirror: left and right change places.
   *
   * Resolves to {photo, stylized, width, height, milliseconds}: ImageData before and after, and how
   * long the worker took.
   */
  async paint(source, { short = 320, strength = 1, keepColors = false, mirror = false } = {}) {
    const size = networkSize(...sides(source), short);
    const resized = { resizeWidth: size.width, resizeHeight: size.height, resizeQuality: "medium" };
    const bitmap = await createImageBitmap(source, resized);
    const spare = this.#spare;
    this.#spare = null;
    const look = { strength, keepColors };
    const moved = spare ? [bitmap, spare] : [bitmap];
    const picture = await this.#ask("paint", { bitmap, ...size, mirror, look, spare }, moved);
    const { photo, stylized, milliseconds } = picture;
    return { photo: image(photo, size), stylized: image(stylized, size), ...size, milliseconds };
  }

  /** Gives a picture of `paint` back once it was drawn: its memory is used for the next one. */
  recycle(picture) {
    this.#spare = picture.stylized.data.buffer;
  }

  close() {
    this.#worker?.terminate();
    this.#worker = null;
    this.#spare = null;
    for (const { reject } of this.#waiting.values()) reject(new Closed());
    this.#waiting.clear();
  }

  async #begin(kind) {
    this.close();
    this.kind = kind;
    this.#worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    this.#worker.addEventListener("message", ({ data }) => this.#answered(data));
    this.#worker.addEventListener("error", (event) => this.#broke(event));
    ({ threads: this.threads } = await this.#ask("start", { kind }));
  }

  #ask(verb, wanted, moved = []) {
    if (!this.#worker) return Promise.reject(new Closed());
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, verb, ...wanted }, moved);
    });
  }

  #answered({ id, found, failure }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (failure === undefined) waiting?.resolve(found);
    else waiting?.reject(new Error(failure));
  }

  #broke(event) {
    event.preventDefault();
    const failure = new Error(event.message || "the worker could not be loaded");
    for (const { reject } of this.#waiting.values()) reject(failure);
    this.#waiting.clear();
  }
}

/** The engine was closed while a question was open: nothing went wrong. */
export class Closed extends Error {}

/** [width, height] of a picture in pixels. */
function sides(source) {
  const width = source.videoWidth ?? source.naturalWidth ?? source.width;
  const height = source.videoHeight ?? source.naturalHeight ?? source.height;
  if (!width || !height) throw new Error("paint: there is no picture yet; wait until it is loaded");
  return [width, height];
}

/** {width, height} of a frame whose shorter side is `short`; nothing is enlarged but to 64. */
function networkSize(width, height, short) {
  const scale = Math.min(1, short / Math.min(width, height));
  const fitting = (side) => Math.max(SMALLEST, Math.round((scale * side) / MULTIPLE) * MULTIPLE);
  return { width: fitting(width), height: fitting(height) };
}

function image(buffer, { width, height }) {
  return new ImageData(new Uint8ClampedArray(buffer), width, height);
}

async function hasGpu() {
  try {
    const adapter = await navigator.gpu?.requestAdapter();
    return Boolean(adapter) && !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter);
  } catch {
    return false;
  }
}
