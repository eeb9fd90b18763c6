// Choosing where the picture comes from; what goes wrong is said, and what was before goes on.

import { severalCameras } from "./camera.js";
import { CAMERA_LOST, Said } from "./words.js";

const CALM = matchMedia("(prefers-reduced-motion: reduce)");

export class Sources {
  /**
   * short: () => the shorter side that is wanted of a camera, in pixels.
   * onchange: another source is shown; ontrouble: told an error in words.
   */
  constructor(source, sample, { short, onchange, ontrouble }) {
    this.source = source;
    this.sample = sample;
    this.short = short;
    this.onchange = onchange;
    this.ontrouble = ontrouble;
    this.kind = null;
    this.facing = "user";
    this.flips = false;
    this.radios = [...document.querySelectorAll("[name=source]")];
    this.input = document.getElementById("file");
    this.#listen();
  }

  /** Shows "clip" or "camera". */
  async open(kind) {
    if (kind === "camera") return this.#open(kind, () => this.source.camera(this.facing, this.short()));
    const play = !CALM.matches;
    return this.#open("clip", () => this.source.clip(this.sample, "the sample clip", play));
  }

  async flip() {
    this.facing = this.facing === "user" ? "environment" : "user";
    await this.open("camera");
  }

  /** The camera went away while it was shown. */
  lost() {
    if (this.kind !== "camera") return;
    this.kind = null;
    this.#check();
    this.ontrouble(CAMERA_LOST);
  }

  /** The page is seen again. */
  async wake() {
    const { video } = this.source;
    if (this.kind === "camera" && !video.srcObject?.active) await this.open("camera");
    else if (this.kind === "camera") await video.play().catch(() => {});
  }

  async #open(kind, show) {
    try {
      if (!(await show())) return; // another was asked for meanwhile
    } catch (error) {
      this.#check();
      this.ontrouble(error instanceof Said ? error.message : `${error.message}.`);
      return;
    }
    this.kind = kind;
    this.flips = kind === "camera" && (await severalCameras());
    this.#check();
    this.onchange();
  }

  #check() {
    for (const radio of this.radios) radio.checked = radio.value === this.kind;
    document.getElementById("file-row").hidden = this.kind !== "file";
  }

  #file(file) {
    return this.#open("file", () => this.source.file(file));
  }

  #listen() {
    for (const radio of this.radios) {
      radio.addEventListener("change", () => {
        document.getElementById("file-row").hidden = radio.value !== "file";
        if (radio.value !== "file") this.open(radio.value);
      });
      // a finger or mouse on "file" means to choose one; arrow keys only pass by
      radio.addEventListener("click", (event) => {
        if (radio.value === "file" && event.detail) this.input.click();
      });
    }
    this.input.addEventListener("change", () => {
      if (this.input.files.length) this.#file(this.input.files[0]);
    });
    addEventListener("dragover", (event) => {
      event.preventDefault();
      document.body.classList.add("dropping");
    });
    for (const end of ["drop", "dragleave"])
      addEventListener(end, (event) => {
        event.preventDefault();
        document.body.classList.remove("dropping");
        const [file] = event.dataTransfer?.files ?? [];
        if (end === "drop" && file) this.#file(file);
      });
  }
}
