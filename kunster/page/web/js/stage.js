// Two pictures over each other, photo and style, and a line between them that moves.

export class Stage {
  /** box: holds the canvases #photo and #stylized and the range #at. */
  constructor(box) {
    this.box = box;
    this.line = box.querySelector("#at");
    this.photo = context(box.querySelector("#photo"));
    this.stylized = context(box.querySelector("#stylized"));
    this.shown = 0;
    box.addEventListener("pointerdown", (event) => this.#down(event));
    box.addEventListener("pointermove", (event) => this.#move(event));
    this.line.addEventListener("input", () => this.#place());
    this.#place();
  }

  get canvas() {
    return this.stylized.canvas;
  }

  /** Shows {photo, stylized, width, height, milliseconds} and tells of it: the event "stylized". */
  show(picture) {
    draw(this.photo, picture.photo);
    draw(this.stylized, picture.stylized);
    this.box.style.setProperty("--shape", picture.width / picture.height);
    if (this.shown++ === 0) performance.mark("first-stylized");
    const { width, height, milliseconds } = picture;
    const detail = { width, height, milliseconds };
    this.box.dispatchEvent(new CustomEvent("stylized", { detail, bubbles: true }));
  }

  compare(on) {
    this.box.classList.toggle("whole", !on);
    this.line.disabled = !on;
  }

  #down(event) {
    if (event.button !== 0 || this.line.disabled || event.target.closest("button")) return;
    this.box.setPointerCapture(event.pointerId);
    this.line.focus({ preventScroll: true, focusVisible: false });
    this.#follow(event);
  }

  #move(event) {
    if (this.box.hasPointerCapture(event.pointerId)) this.#follow(event);
  }

  #follow(event) {
    const box = this.box.getBoundingClientRect();
    this.line.value = (100 * (event.clientX - box.left)) / box.width;
    this.#place();
  }

  #place() {
    this.box.style.setProperty("--at", `${this.line.value}%`);
    this.line.setAttribute("aria-valuetext", `the photo covers ${this.line.value} %`);
  }
}

function context(canvas) {
  return canvas.getContext("2d", { alpha: false });
}

function draw(context, image) {
  const { canvas } = context;
  const { width, height } = image;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  context.putImageData(image, 0, 0);
}
