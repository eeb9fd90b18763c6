// How fast it goes: frames a second that are seen, milliseconds that a frame takes.

const SPAN = 2000; // ms that are looked back on
const EVERY = 500; // ms between two figures: faster cannot be read

export class Speed {
  #frames = []; // {at, milliseconds} of the last SPAN
  #said = 0;

  /** onfigures: told {fps, milliseconds} now and then. */
  constructor(onfigures) {
    this.onfigures = onfigures;
  }

  frame(milliseconds, at = performance.now()) {
    this.#frames.push({ at, milliseconds });
    while (this.#frames[0].at < at - SPAN) this.#frames.shift();
    if (at - this.#said < EVERY) return;
    this.#said = at;
    this.onfigures(this.figures());
  }

  /** Another network, another size: what was measured is of no use. */
  forget() {
    this.#frames = [];
  }

  /** fps is null until there are two frames, and for a still picture. */
  figures() {
    const frames = this.#frames;
    const count = frames.length;
    const took = frames.reduce((sum, frame) => sum + frame.milliseconds, 0) / count;
    const span = count > 1 ? frames[count - 1].at - frames[0].at : 0;
    return { fps: span ? (1000 * (count - 1)) / span : null, milliseconds: took };
  }
}
