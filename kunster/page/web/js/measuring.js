// How long this device takes for the networks of Table II, one after the other.

import { Closed, Kunster } from "../kunster/kunster.js";

const LINES = 1080; // of the picture that is made smaller first, as the paper's video is
const WARM_UP = 3; // pictures that do not count
const PICTURES = 30;
const LEAST = 5; // pictures of a network that is so slow that all of them would take longer than
const LONGEST = 5000; // ms

/** Table II's: width and height. */
export const SIZES = [
  [480, 320],
  [320, 240],
];

/**
 * Measures all networks ({id, parameters, file}) at both sizes on each engine ("webgpu", "wasm").
 *
 * Yields {engine, threads, size, id, parameters, pictures, milliseconds: {p10, median, p90}}, from a
 * picture of 1080 lines to the painted pixels; or {engine, failure} for what this device cannot run.
 */
export async function* measured(engines, networks, signal) {
  for (const engine of engines) {
    const kunster = new Kunster();
    const stop = () => kunster.close();
    signal.addEventListener("abort", stop);
    try {
      await kunster.start(engine);
      for (const network of networks) yield* ofNetwork(kunster, network);
    } catch (error) {
      if (error instanceof Closed) return;
      yield { engine, failure: error.message };
    } finally {
      signal.removeEventListener("abort", stop);
      stop();
    }
  }
}

async function* ofNetwork(kunster, { id, parameters, file }) {
  await kunster.open(file);
  const { kind: engine, threads } = kunster;
  for (const [width, height] of SIZES) {
    const times = await timesOf(kunster, picture(width / height), height);
    const [p10, median, p90] = [0.1, 0.5, 0.9].map((share) => Number(percentile(times, share).toFixed(3)));
    const milliseconds = { p10, median, p90 };
    const size = `${width}x${height}`;
    yield { engine, threads, size, id, parameters, pictures: times.length, milliseconds };
  }
}

/** Milliseconds of each picture. */
async function timesOf(kunster, source, short) {
  const times = [];
  const next = async () => {
    const began = performance.now();
    kunster.recycle(await kunster.paint(source, { short }));
    return performance.now() - began;
  };
  for (let picture = 0; picture < WARM_UP; picture++) await next();
  const began = performance.now();
  const goes = () => times.length < LEAST || performance.now() - began < LONGEST;
  while (times.length < PICTURES && goes()) times.push(await next());
  return times;
}

/**
 * The value below which a share of the values lies, 0 to 1; between two of them in proportion
 * (Hyndman and Fan 1996, type 7, NumPy's default).
 */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  return sorted[below] + (place - below) * (sorted[Math.ceil(place)] - sorted[below]);
}

/** A grey canvas of these proportions: what is on it makes no difference to the time. */
function picture(shape) {
  const canvas = new OffscreenCanvas(LINES * shape, LINES);
  const context = canvas.getContext("2d", { alpha: false });
  context.fillStyle = "grey";
  context.fillRect(0, 0, canvas.width, canvas.height);
  return canvas;
}
