// A clip of what is seen.

const KINDS = ["video/mp4;codecs=avc1.42E01E", "video/mp4", "video/webm;codecs=vp9", "video/webm"];
const RATE = 30; // frames a second
const LONGEST = 60_000; // ms: a clip is kept in memory until it is saved

export const canRecord = "MediaRecorder" in globalThis && "captureStream" in HTMLCanvasElement.prototype;

export class Recorder {
  #recorder = null;
  #parts = [];

  /** onclip: told the clip, a Blob, and its file's ending. */
  constructor(canvas, onclip) {
    this.canvas = canvas;
    this.onclip = onclip;
  }

  get running() {
    return this.#recorder !== null;
  }

  start() {
    const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    const stream = this.canvas.captureStream(RATE);
    const recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond: 8_000_000 });
    this.#recorder = recorder;
    this.#parts = [];
    recorder.addEventListener("dataavailable", ({ data }) => this.#parts.push(data));
    recorder.addEventListener("stop", () => this.#done(stream));
    recorder.start();
    this.ending = setTimeout(() => this.stop(), LONGEST);
  }

  stop() {
    clearTimeout(this.ending);
    if (this.#recorder?.state === "recording") this.#recorder.stop();
  }

  #done(stream) {
    stream.getTracks().forEach((track) => track.stop());
    const [type] = this.#recorder.mimeType.split(";");
    const clip = new Blob(this.#parts, { type });
    this.#recorder = null;
    this.#parts = [];
    this.onclip(clip, type === "video/mp4" ? "mp4" : "webm");
  }
}
