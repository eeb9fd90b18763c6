// Two networks' pictures of one photo under a line; the address keeps what is seen.

import { made, radio } from "./elements.js";
import { movableLine } from "./slider.js";

const at = (id) => document.getElementById(id);

/**
 * data: {names, thumbs: addresses, sources: [{key, group, label, name}], left, right: keys}.
 * addressOf: (source, number of the picture) => the address of what it paints, or a promise of it.
 *
 * Returns a function that adds a picture of this name and address, and shows it.
 */
export function comparison(data, addressOf) {
  const sides = { left: at("left"), right: at("right") };
  const sources = new Map(data.sources.map((source) => [source.key, source]));
  const line = at("at");
  let turns = 0;
  const showLine = movableLine(at("split"), line, "the left picture", remember);
  const chosen = () => Number(document.querySelector("[name=picture]:checked").value);

  function fill(select) {
    for (const { key, group, label } of data.sources) {
      if (select.lastElementChild?.label !== group) select.append(made("optgroup", { label: group }));
      select.lastElementChild.append(new Option(label, key));
    }
    select.addEventListener("change", changed);
  }

  function addThumb(name, address) {
    const image = made("img", { src: address, alt: name, width: 96, height: 64 });
    const input = radio("picture", data.names.push(name) - 1, true);
    data.thumbs.push(address);
    at("thumbs").querySelector("div").append(made("label", {}, input, image));
  }

  async function show() {
    const picture = chosen();
    const turn = ++turns;
    at("split").ariaBusy = true;
    const asked = Object.entries(sides).map(([side, { value }]) => {
      const source = sources.get(value);
      const address = addressOf(source, picture);
      const waits = address instanceof Promise;
      at(`${side}-name`).textContent = waits ? `${source.name}: painting…` : source.name;
      if (waits) at(`${side}-picture`).src = data.thumbs[picture]; // until it is painted
      return [side, source, address];
    });
    for (const [side, source, address] of asked) {
      const seen = { src: await address, alt: `${data.names[picture]}: ${source.name}` };
      if (turn !== turns) return; // another was chosen meanwhile
      Object.assign(at(`${side}-picture`), seen);
      at(`${side}-name`).textContent = source.name;
    }
    at("split").ariaBusy = false;
  }

  function remember() {
    const { left, right } = sides;
    const seen = { left: left.value, right: right.value, picture: chosen(), at: line.value / 100 };
    history.replaceState(null, "", `#${new URLSearchParams(seen)}`);
  }

  function changed() {
    show();
    remember();
  }

  // An address that names what is not here shows the rest of what it says.
  function recall() {
    const state = new URLSearchParams(location.hash.slice(1));
    for (const [side, select] of Object.entries(sides)) {
      const wanted = state.get(side);
      select.value = sources.has(wanted) ? wanted : data[side];
    }
    const radios = document.querySelectorAll("[name=picture]");
    (radios[Number(state.get("picture"))] ?? radios[0]).checked = true;
    const place = Number.parseFloat(state.get("at"));
    line.value = Number.isFinite(place) ? 100 * place : 50;
    showLine();
    show();
  }

  Object.values(sides).forEach(fill);
  at("thumbs").addEventListener("change", changed);
  addEventListener("hashchange", () => location.hash.includes("left=") && recall());
  recall();
  return (name, address) => {
    addThumb(name, address);
    changed();
  };
}
