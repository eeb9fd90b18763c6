// What is known of the chosen network, each figure beside the other networks of its style.

import { made } from "./elements.js";

const FIGURES = {
  style: "Style distance",
  content: "Content distance",
  e_stab: "Flicker (e_stab)",
};
const NOTE =
  "Style: from the painting. Content: from the photo. Bars run from the best of these networks to " +
  "the worst: shorter is better.";

export function showNumbers(network, catalogue) {
  const others = catalogue.networks.filter((each) => each.style === network.style);
  const { title, called, parameters, bytes, judge } = network;
  document.getElementById("numbers-name").textContent = `${title}: ${called}`;
  const rows = [
    row("Parameters", parameters.toLocaleString("en"), share(others, network, logarithm)),
    row("File", `${Math.round(bytes / 1000).toLocaleString("en")} KB`, null),
  ];
  for (const [figure, words] of Object.entries(FIGURES)) {
    const value = network.figures[figure];
    if (value === null) continue;
    rows.push(row(words, value.toFixed(3), share(others, network, (each) => each.figures[figure])));
  }
  if (network.phone) rows.push(row("The paper’s iPhone 11 Pro", `${network.phone} FPS`, null));
  document.getElementById("numbers").replaceChildren(...rows);
  const judged = judge ? ` Judged by ${judge}.` : "";
  document.getElementById("numbers-note").textContent = others.length > 1 ? NOTE + judged : judged;
}

/** With a bar, unless `share` is null. */
function row(words, value, share) {
  const name = made("dt", { textContent: words, className: share === null ? "alone" : "" });
  const figure = made("dd", { textContent: value });
  if (share === null) return made("div", {}, name, figure);
  const bar = made("dd", { className: "bar-of", ariaHidden: "true" });
  bar.style.setProperty("--share", `${100 * share}%`);
  return made("div", {}, name, bar, figure);
}

/** Where a network lies between the least and the most of all, 0 to 1; null if they are alike. */
function share(all, network, figure) {
  const values = all.map(figure).filter(Number.isFinite);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const value = figure(network);
  return Number.isFinite(value) && most > least ? (value - least) / (most - least) : null;
}

function logarithm({ parameters }) {
  return Math.log(parameters);
}
