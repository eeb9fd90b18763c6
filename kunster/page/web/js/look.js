// How the picture is to look: strength, colours, size; and which engine draws it.

const KEYS = { strength: "strength", colors: "keep-colors", short: "short", engine: "engine" };

export class Look {
  /** onlook: strength or colours changed; onsize, onengine: the others. */
  constructor(recalled, { onlook, onsize, onengine }) {
    const found = Object.entries(KEYS).map(([key, id]) => [key, document.getElementById(id)]);
    this.elements = Object.fromEntries(found);
    this.#recall(recalled);
    this.#say();
    const { strength, colors, short, engine } = this.elements;
    strength.addEventListener("input", () => {
      this.#say();
      onlook();
    });
    colors.addEventListener("change", onlook);
    short.addEventListener("change", onsize);
    engine.addEventListener("change", onengine);
  }

  /** For a frame: shorter side in pixels, strength from 0 to 1. */
  get settings() {
    const { strength, colors, short } = this.elements;
    return {
      strength: strength.valueAsNumber / 100,
      keepColors: colors.checked,
      short: Number(short.value),
    };
  }

  get engine() {
    return this.elements.engine.value;
  }

  /** For the address: what differs from how the page begins. */
  get chosen() {
    const { strength, colors, short, engine } = this.elements;
    return {
      ...(strength.value !== strength.defaultValue && { strength: strength.value }),
      ...(colors.checked && { colors: "photo" }),
      ...(!isDefault(short) && { short: short.value }),
      ...(!isDefault(engine) && { engine: engine.value }),
    };
  }

  #recall(recalled) {
    const { strength, colors, short, engine } = this.elements;
    if (recalled.strength !== undefined) strength.value = recalled.strength; // the range clamps it
    colors.checked = recalled.colors === "photo";
    choose(short, recalled.short);
    choose(engine, recalled.engine);
  }

  #say() {
    document.getElementById("strength-said").value = `${this.elements.strength.value} %`;
  }
}

/** Chooses an option, if there is one of that value. */
function choose(select, value) {
  if ([...select.options].some((option) => option.value === value)) select.value = value;
}

function isDefault(select) {
  return select.selectedOptions[0]?.defaultSelected ?? false;
}
