// The photo over what the network makes of it, and the line between them.

import { movableLine } from "./slider.js";

export class Stage {
  /** box: holds the canvases #photo and #stylized and the range #at. */
  constructor(box) {
    this.box = box;
    this.line = box.querySelector("#at");
    this.photo = context(box.querySelector("#photo"));
    this.stylized = context(box.querySelector("#stylized"));
    this.shown = 0;
    movableLine(box, this.line, "the photo");
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
