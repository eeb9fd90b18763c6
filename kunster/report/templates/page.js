// Two networks' pictures over each other, and a line that moves. Works without: table and figures.
(() => {
  const data = JSON.parse(document.getElementById("pictures").textContent);
  const at = (id) => document.getElementById(id);
  const sides = { left: at("left"), right: at("right") };
  const sources = new Map(data.sources.map((source) => [source.key, source]));
  const line = at("at");

  function fill(select) {
    const groups = new Map();
    for (const { key, group, label } of data.sources) {
      if (!groups.has(group)) {
        const made = document.createElement("optgroup");
        made.label = group;
        groups.set(group, select.appendChild(made));
      }
      groups.get(group).append(new Option(label, key));
    }
  }

  function addThumb(name, number) {
    const label = document.createElement("label");
    const radio = Object.assign(document.createElement("input"), {
      type: "radio", name: "picture", value: number,
    });
    const image = Object.assign(document.createElement("img"), {
      src: data.thumbs[number], alt: name, width: 96, height: 64,
    });
    radio.addEventListener("change", changed);
    label.append(radio, image);
    at("thumbs").append(label);
  }

  const chosenPicture = () => Number(document.querySelector("[name=picture]:checked").value);

  function show() {
    const picture = chosenPicture();
    for (const [side, select] of Object.entries(sides)) {
      const source = sources.get(select.value);
      const image = at(`${side}-picture`);
      image.src = source.pictures[picture];
      image.alt = `${data.names[picture]}: ${source.name}`;
      at(`${side}-name`).textContent = source.name;
    }
    showLine();
  }

  function remember() {
    const state = new URLSearchParams({
      left: sides.left.value,
      right: sides.right.value,
      picture: chosenPicture(),
      at: line.value / 100,
    });
    history.replaceState(null, "", `#${state}`);
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
    const picture = Number(state.get("picture"));
    const radios = document.querySelectorAll("[name=picture]");
    (radios[picture] ?? radios[0]).checked = true;
    const place = Number.parseFloat(state.get("at"));
    line.value = Number.isFinite(place) ? 100 * place : 50;
    show();
  }

  const showLine = movableLine(at("wipe"), line, remember);
  for (const select of Object.values(sides)) {
    fill(select);
    select.addEventListener("change", changed);
  }
  data.names.forEach(addThumb);
  addEventListener("hashchange", () => {
    if (location.hash.includes("left=")) recall();
  });
  at("compare").hidden = false;
  recall();
})();
