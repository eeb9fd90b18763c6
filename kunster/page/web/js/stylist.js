// The page's side of the worker: questions that are answered in turn.

const WORKER = new URL("./worker.js", import.meta.url);

export class Stylist {
  /** runtimes: for "wasm" and "webgpu", addresses of onnxruntime-web's files. */
  constructor(runtimes) {
    this.runtimes = runtimes;
    this.kind = null;
    this.worker = null;
    this.waiting = new Map();
    this.asked = 0;
    this.spare = null;
  }

  /** Starts an engine; "auto" is WebGPU where there is a real GPU, else WebAssembly. */
  async start(wanted) {
    if (wanted !== "auto") return this.#begin(wanted);
    if (await hasGpu()) {
      try {
        return await this.#begin("webgpu");
      } catch {
        // a browser that has it in name only
      }
    }
    return this.#begin("wasm");
  }

  /** What runs, in words. */
  get name() {
    if (this.kind === "webgpu") return "WebGPU";
    const threads = this.threads === 1 ? "1 thread" : `${this.threads} threads`;
    return `WebAssembly, ${threads}`;
  }

  open(address) {
    return this.#ask("open", { address });
  }

  /**
   * The photo and what becomes of it, as RGBA buffers of {width, height}.
   *
   * bitmap: an ImageBitmap, which is used up.
   * size: {width, height}, multiples of 4.
   * look: {strength, keepColors}.
   */
  async stylize(bitmap, size, mirror, look) {
    const { spare } = this;
    this.spare = null;
    const moved = spare ? [bitmap, spare] : [bitmap];
    return this.#ask("stylize", { bitmap, ...size, mirror, look, spare }, moved);
  }

  /** Gives a buffer of `stylize` back, to be filled again. */
  recycle(buffer) {
    this.spare = buffer;
  }

  close() {
    this.worker?.terminate();
    this.worker = null;
    this.spare = null;
    for (const { reject } of this.waiting.values()) reject(new Closed());
    this.waiting.clear();
  }

  async #begin(kind) {
    this.close();
    this.kind = kind;
    this.worker = new Worker(WORKER, { type: "module" });
    this.worker.addEventListener("message", ({ data }) => this.#answered(data));
    this.worker.addEventListener("error", (event) => this.#broke(event));
    const { threads } = await this.#ask("start", { kind, runtime: this.runtimes[kind] });
    this.threads = threads;
  }

  #ask(verb, wanted, moved = []) {
    if (!this.worker) return Promise.reject(new Closed());
    const id = ++this.asked;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, verb, ...wanted }, moved);
    });
  }

  #answered({ id, found, failure }) {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (failure === undefined) waiting?.resolve(found);
    else waiting?.reject(new Error(failure));
  }

  #broke(event) {
    event.preventDefault();
    const failure = new Error(event.message || "the worker could not be loaded");
    for (const { reject } of this.waiting.values()) reject(failure);
    this.waiting.clear();
  }
}

/** The engine was closed while a question was open: nothing went wrong. */
export class Closed extends Error {}

async function hasGpu() {
  try {
    const adapter = await navigator.gpu?.requestAdapter();
    return Boolean(adapter) && !(adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter);
  } catch {
    return false;
  }
}
