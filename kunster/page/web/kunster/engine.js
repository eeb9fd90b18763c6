// onnxruntime-web in a worker: WebGPU or WebAssembly, and the one network that is open.

const RUNTIMES = new URL("./runtime.json", import.meta.url); // which files onnxruntime-web has
const WEIGHTS = "style_weights"; // the further input of a network of several styles
const WHITE = { image: 1, frame: 255 }; // by input: of model.onnx, and of the page's own files
const GZIP = [0x1f, 0x8b]; // how a gzip file begins
const PROOF = 64; // pixels a side of the picture that proves a GPU
const OFF_BY = 4; // of 255: single precision in another order of sums stays far below
const MOST_THREADS = 4; // more gain nothing on networks this small

export class Engine {
  /** kind: "webgpu" or "wasm". */
  static async start(kind) {
    const runtime = await runtimeOf(kind);
    const ort = await import(runtime.script);
    const threads = self.crossOriginIsolated ? threadsOf(navigator.hardwareConcurrency) : 1;
    ort.env.logLevel = "error";
    ort.env.wasm.numThreads = threads;
    ort.env.wasm.wasmPaths = { mjs: runtime.module, wasm: runtime.binary };
    ort.env.wasm.wasmBinary = await bytesOf(runtime.binary);
    return new Engine(ort, kind, threads);
  }

  constructor(ort, kind, threads) {
    this.ort = ort;
    this.kind = kind;
    this.threads = threads;
    this.session = null;
    this.white = 255; // the largest value of the network's input and output
    this.planes = new Float32Array(0);
    this.weights = null; // of the styles, where the network has several
  }

  async open(address) {
    const bytes = await bytesOf(address);
    const session = await this.#session(bytes, this.kind);
    const white = whiteOf(session);
    this.weights = weightsOf(session);
    if (this.kind === "webgpu") await this.#prove(bytes, session, white / 255);
    await this.session?.release();
    Object.assign(this, { session, white });
  }

  /** See `Kunster.mix`. */
  mix(weights) {
    if (weights.length !== this.weights?.length)
      throw new Error(`mix: this network takes ${this.weights?.length ?? "no"} weights of styles`);
    if (!weights.every((weight) => weight >= 0) || !weights.some((weight) => weight > 0))
      throw new Error(`mix: the weights ${weights} must be from 0 up, and not all 0`);
    this.weights = Float32Array.from(weights);
  }

  /** A place for the network's input: 3 · pixels, the same one while the size is. */
  input(pixels) {
    if (this.planes.length !== 3 * pixels) this.planes = new Float32Array(3 * pixels);
    return this.planes;
  }

  /** What the network makes of `input`: planes of the same size, not clamped. */
  run(width, height) {
    return this.#run(this.session, this.planes, width, height);
  }

  #session(bytes, kind) {
    return this.ort.InferenceSession.create(bytes, { executionProviders: [kind] });
  }

  async #run(session, planes, width, height) {
    const [name] = session.inputNames;
    const frame = new this.ort.Tensor("float32", planes, [1, 3, height, width]);
    const { weights } = this;
    const styles = weights && { [WEIGHTS]: new this.ort.Tensor("float32", weights, [1, weights.length]) };
    const found = await session.run({ [name]: frame, ...styles });
    const stylized = found[session.outputNames[0]];
    const painted = await stylized.getData();
    stylized.dispose();
    return painted;
  }

  /**
   * GPUs, their drivers and shaders have their bugs: a small picture must come out the same.
   *
   * step: what a byte counts in steps of 1.
   */
  async #prove(bytes, session, step) {
    const picture = testPicture(3 * PROOF * PROOF).map((value) => step * value);
    const reference = await this.#session(bytes, "wasm");
    const expected = await this.#run(reference, picture, PROOF, PROOF);
    await reference.release();
    const found = await this.#run(session, picture, PROOF, PROOF);
    if (!expected.every((value, at) => Math.abs(value - found[at]) <= OFF_BY * step)) {
      await session.release();
      throw new Error("the GPU of this device computes it wrongly");
    }
  }
}

async function runtimeOf(kind) {
  const files = JSON.parse(new TextDecoder().decode(await bytesOf(RUNTIMES)))[kind];
  const absolute = ([part, address]) => [part, new URL(address, RUNTIMES).href];
  return Object.fromEntries(Object.entries(files).map(absolute));
}

function whiteOf({ inputNames: [name] }) {
  if (!(name in WHITE)) throw new Error(`it takes “${name}”, so it is no network of kunster`);
  return WHITE[name];
}

/** All styles alike; null of a network of one. */
function weightsOf({ inputNames, inputMetadata }) {
  const place = inputNames.indexOf(WEIGHTS);
  return place < 0 ? null : new Float32Array(inputMetadata[place].shape[1]).fill(1);
}

/** Noise, always the same: values from 0 to 255. */
function testPicture(count) {
  let state = 1;
  const next = () => (state = (state * 48271) % 2147483647); // Park and Miller 1988, revised
  return Float32Array.from({ length: count }, () => next() % 256);
}

/** A thread is left for the page itself. */
function threadsOf(cores) {
  return Math.max(1, Math.min(MOST_THREADS, (cores || 2) - 1));
}

/** The bytes at an address, unpacked if they are gzip; some servers have done so themselves. */
async function bytesOf(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${new URL(address).pathname}: the server answers ${answer.status}`);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (!GZIP.every((byte, at) => bytes[at] === byte)) return bytes;
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}
