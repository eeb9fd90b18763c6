// Elements in one expression: made("label", { className: "cell" }, radio, text).

export function made(name, properties = {}, ...content) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...content);
  return element;
}

export function radio(name, value, checked) {
  return made("input", { type: "radio", name, value, checked });
}

export function checkedIn(box) {
  return box.querySelector("input:checked")?.value;
}
