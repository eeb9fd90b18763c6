// The buttons under the picture.

import { canRecord, Recorder } from "./recorder.js";
import { keep, nameFor, pictureOf } from "./saving.js";

export class Dock {
  /**
   * styleName: () => what files are called after.
   * onflip: the other camera is wanted; ontrouble: told an error in words.
   */
  constructor(stage, video, { styleName, onflip, ontrouble }) {
    this.buttons = Object.fromEntries(
      ["play", "compare", "save", "record", "flip"].map((id) => [id, document.getElementById(id)]),
    );
    this.stage = stage;
    this.video = video;
    this.styleName = styleName;
    this.recorder = new Recorder(stage.canvas, (clip, ending) => this.#clip(clip, ending));
    const { play, compare, save, record, flip } = this.buttons;
    play.addEventListener("click", () => (video.paused ? video.play() : video.pause()));
    for (const event of ["play", "pause", "emptied"])
      video.addEventListener(event, () => this.#showPlay());
    compare.addEventListener("click", () => this.#compare());
    save.addEventListener("click", () => this.#save().catch((error) => ontrouble(unsaved(error))));
    record.addEventListener("click", () => this.#record(ontrouble));
    flip.addEventListener("click", onflip);
    record.hidden = !canRecord;
  }

  /** A first picture is there. */
  begin() {
    this.buttons.save.disabled = this.buttons.record.disabled = false;
  }

  /** Which buttons fit what is shown. */
  fit({ moves, flips }) {
    this.buttons.play.disabled = !moves;
    this.buttons.flip.hidden = !flips;
    this.#showPlay();
  }

  stopRecording() {
    this.recorder.stop();
  }

  #showPlay() {
    const playing = !this.video.paused;
    this.buttons.play.toggleAttribute("data-on", playing);
    document.getElementById("play-name").textContent = playing ? "Pause" : "Play";
  }

  #compare() {
    const { compare } = this.buttons;
    const on = compare.ariaPressed !== "true";
    compare.ariaPressed = on;
    this.stage.compare(on);
  }

  async #save() {
    const name = nameFor(this.styleName());
    await keep(await pictureOf(this.stage.canvas), `${name}.png`);
  }

  #record(ontrouble) {
    try {
      if (this.recorder.running) this.recorder.stop();
      else this.recorder.start();
    } catch (error) {
      ontrouble(unsaved(error));
    }
    this.#showRecord();
  }

  #clip(clip, ending) {
    this.#showRecord();
    keep(clip, `${nameFor(this.styleName())}.${ending}`);
  }

  #showRecord() {
    const { running } = this.recorder;
    const { record } = this.buttons;
    record.ariaPressed = running;
    record.toggleAttribute("data-on", running);
    document.getElementById("record-name").textContent = running ? "Stop" : "Record";
    document.getElementById("recording").hidden = !running;
  }
}

function unsaved(error) {
  return `It could not be saved (${error.message}).`;
}
