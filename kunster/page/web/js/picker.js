// Choosing a style, a network and what it was trained for.

import { checkedIn, made, radio } from "./elements.js";

const THOUSAND = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 0 });

export class Picker {
  /** onchange: told the network that is chosen. */
  constructor(catalogue, wanted, onchange) {
    this.catalogue = catalogue;
    this.onchange = onchange;
    this.boxes = Object.fromEntries(
      ["styles", "networks", "stages"].map((id) => [id, document.getElementById(id)]),
    );
    this.speeds = new Map(); // FPS by a network's key, as seen here
    this.network = catalogue.nearest(wanted);
    this.#styles();
    this.#networks();
    this.#stages();
    for (const box of Object.values(this.boxes)) box.addEventListener("change", () => this.#chosen());
  }

  /** The speed of the network that runs, to be compared with that of others. */
  measured(fps) {
    this.speeds.set(this.network.key, fps);
    const place = this.boxes.networks.querySelector("input:checked ~ span .speed");
    if (place) place.textContent = `${Math.round(fps)} FPS`;
  }

  /** Another size or engine: what was measured is no comparison. */
  forget() {
    this.speeds.clear();
    for (const place of this.boxes.networks.querySelectorAll(".speed")) place.textContent = "";
  }

  #chosen() {
    const { styles, networks, stages } = this.boxes;
    const wanted = {
      style: checkedIn(styles),
      name: checkedIn(networks),
      stage: checkedIn(stages) ?? this.network.stage,
    };
    const before = this.network;
    this.network = this.catalogue.nearest(wanted);
    if (this.network.style !== before.style) this.#networks();
    this.#stages();
    this.onchange(this.network);
  }

  #styles() {
    const labels = this.catalogue.styles.map(({ style, title, thumb }) =>
      made(
        "label",
        {},
        radio("style", style, style === this.network.style),
        made("img", { src: thumb, alt: "", width: 160, height: 120, loading: "lazy" }),
        made("span", { textContent: title }),
      ),
    );
    this.boxes.styles.querySelector("div").replaceChildren(...labels);
    this.boxes.styles.hidden = labels.length < 2;
  }

  #networks() {
    const { style } = this.network;
    const box = this.boxes.networks;
    const grid = this.catalogue.grid(style);
    const networks = this.catalogue.of(style);
    const content = grid
      ? this.#grid(networks, grid)
      : made("div", { className: "list" }, ...networks.map((each) => this.#cell(each, each.size)));
    box.querySelector("div").replaceChildren(content);
    box.hidden = networks.length < 2;
  }

  #grid(networks, { alphas, betas }) {
    const heads = alphas.map((alpha) => made("th", { scope: "col", textContent: `α ${alpha}` }));
    const rows = betas.map((beta) => {
      const cells = alphas.map((alpha) => {
        const network = networks.find((each) => each.alpha === alpha && each.beta === beta);
        return made("td", {}, ...(network ? [this.#cell(network, network.id ?? network.name)] : []));
      });
      return made("tr", {}, made("th", { scope: "row", textContent: `β ${beta}` }), ...cells);
    });
    const head = made("tr", {}, made("td"), ...heads);
    return made("table", { className: "grid" }, made("thead", {}, head), made("tbody", {}, ...rows));
  }

  /** words: what tells the network from its neighbours. */
  #cell(network, words) {
    const { name, called, parameters } = network;
    const size = THOUSAND.format(parameters).toLowerCase();
    const speed = this.speeds.get(network.key);
    const input = radio("network", name, name === this.network.name);
    input.setAttribute("aria-label", `${called}, ${parameters} parameters`);
    return made(
      "label",
      { className: "cell" },
      input,
      made(
        "span",
        {},
        made("b", { textContent: words }),
        made("small", { textContent: words === network.size ? `${idOf(network)}, ${size}` : size }),
        made("small", { className: "speed", textContent: speed ? `${Math.round(speed)} FPS` : "" }),
      ),
    );
  }

  #stages() {
    const { style, name, stage } = this.network;
    const labels = this.catalogue.stages(style, name).map((each) =>
      made(
        "label",
        {},
        radio("stage", each.stage, each.stage === stage),
        made("span", { textContent: each.trained_for }),
      ),
    );
    this.boxes.stages.querySelector(".segments").replaceChildren(...labels);
    this.boxes.stages.hidden = labels.length < 2;
  }
}

function idOf({ id, name }) {
  return id ? `id ${id}` : name;
}
