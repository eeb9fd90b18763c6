// Which network painted which photo, and which half of a film is seen. Without: the first of each.

import { movableLine } from "./slider.js";

function furnish(room) {
  const one = (selector) => room.querySelector(selector);
  const picked = (choice) => one(`[data-choice=${choice}] :checked`);
  const key = () => `${picked("network").value}-${picked("stage").value}`;
  const networks = new Map([...room.querySelectorAll("[data-key]")].map((facts) => [facts.dataset.key, facts]));

  // A network that ships after one stage only shows that one.
  function offerStages() {
    const stages = [...room.querySelectorAll("[data-choice=stage] input")];
    for (const stage of stages) stage.disabled = !networks.has(`${picked("network").value}-${stage.value}`);
    if (picked("stage").disabled) stages.find((stage) => !stage.disabled).checked = true;
  }

  function change() {
    offerStages();
    const { value, dataset } = picked("photo");
    for (const [name, facts] of networks) facts.hidden = name !== key();
    const painted = { src: `pictures/${room.id}/${key()}-${value}.jpg`, alt: `${dataset.name}, painted` };
    Object.assign(one(".painted"), painted);
    Object.assign(one(".photo"), { src: `pictures/photo-${value}.jpg`, alt: dataset.name });
  }

  function view() {
    const film = one("video");
    const seen = (film.dataset.view = picked("view").value);
    const width = film.getAttribute("width") / (seen === "both" ? 1 : 2);
    film.style.aspectRatio = `${width} / ${film.getAttribute("height")}`;
  }

  one(".wall").addEventListener("change", (event) => {
    if (event.target.closest("[data-choice=view]")) view();
    else if (event.target.closest("[data-choice]")) change();
  });
  if (matchMedia("(max-width: 40rem)").matches) one("[data-choice=view] [value=painted]").checked = true;
  for (const choices of room.querySelectorAll(".choices")) choices.hidden = false;
  movableLine(one(".split"), one(".split input"), "the photo");
  change();
  view();
}

document.querySelectorAll(".room").forEach(furnish);
