// Whether there is something new to see, for who waits until there is.

export class Freshness {
  #fresh = false;
  #wake = () => {};

  mark() {
    this.#fresh = true;
    this.#wake();
  }

  /** Resolves as soon as something is new since the last time; at once if it already is. */
  async taken() {
    if (!this.#fresh) await new Promise((resolve) => (this.#wake = resolve));
    this.#fresh = false;
  }
}
