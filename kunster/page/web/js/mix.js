// How much of each style a network of several paints: one chosen, or a mixture.

import { made } from "./elements.js";

const WHOLE = 100;

export class Mix {
  #ranges = []; // one for each style of the network that is open
  #key = null; // of its styles

  /** box: a fieldset. begin: `scream:70,udnie:30`. onchange: another mixture is wanted. */
  constructor(box, begin, onchange) {
    this.box = box;
    this.begin = begin;
    this.onchange = onchange;
    box.addEventListener("input", () => this.#changed());
  }

  /** styles: of a network of several, {name, title, thumb}; none of a plain one. */
  show(styles) {
    this.box.hidden = styles.length === 0;
    const key = styles.map(({ name }) => name).join();
    if (key === this.#key) return;
    this.#key = key;
    this.#ranges = styles.map(({ name, title }) =>
      made("input", { type: "range", min: 0, max: WHOLE, step: 1, value: 0, name, ariaLabel: title }),
    );
    const rows = styles.map((style, place) => this.#row(style, place));
    this.box.querySelector("div").replaceChildren(...rows);
    this.#recall();
  }

  /** A weight for each style; null of a plain network. */
  get weights() {
    return this.#ranges.length ? this.#ranges.map((range) => range.valueAsNumber) : null;
  }

  /** For the address. */
  get chosen() {
    const parts = this.#ranges.filter((range) => range.valueAsNumber);
    return parts.map((range) => `${range.name}:${range.value}`).join();
  }

  #row({ title, thumb }, place) {
    const alone = made(
      "button",
      { type: "button", className: "plain", title: `${title} alone` },
      made("img", { src: thumb, alt: "", width: 160, height: 120, loading: "lazy" }),
      made("span", { textContent: title }),
    );
    alone.addEventListener("click", () => this.#only(place));
    return made("p", {}, alone, this.#ranges[place]);
  }

  #only(place) {
    this.#ranges.forEach((range, at) => (range.value = at === place ? WHOLE : 0));
    this.#changed();
  }

  #recall() {
    for (const part of this.begin?.split(",") ?? []) {
      const [name, value] = part.split(":");
      const range = this.#ranges.find((each) => each.name === name);
      if (range) range.value = value; // the range clamps it
    }
    this.begin = null;
    if (this.#ranges.length && !this.chosen) this.#ranges[0].value = WHOLE;
  }

  /** Something has to be painted: the last one that is taken away stays a little. */
  #changed() {
    if (!this.chosen) document.activeElement.value = 1;
    this.onchange();
  }
}
