// A frame at a time from the source through the network to the stage. Whatever comes meanwhile is
// dropped, so a slow device shows fewer frames and never older ones.

import { Closed } from "./stylist.js";
import { networkSize } from "./sizes.js";

export class Loop {
  /**
   * settings: () => {short, strength, keepColors}, asked for each frame.
   * onfailure: told about an error; the loop then waits for `go`.
   */
  constructor(source, stylist, stage, settings, onfailure) {
    this.source = source;
    this.stylist = stylist;
    this.stage = stage;
    this.settings = settings;
    this.onfailure = onfailure;
    this.ready = false;
    this.#run();
  }

  /** A network is open. */
  go() {
    this.ready = true;
    this.source.fresh.mark();
  }

  hold() {
    this.ready = false;
  }

  async #run() {
    for (;;) {
      await this.source.fresh.taken();
      if (!this.ready || !this.source.width) continue;
      try {
        await this.#step();
      } catch (error) {
        if (error instanceof Closed) continue;
        this.hold();
        this.onfailure(error);
      }
    }
  }

  async #step() {
    const { source, stylist } = this;
    const { short, strength, keepColors } = this.settings();
    const size = networkSize(source.width, source.height, short);
    const bitmap = await source.grab(size);
    if (!bitmap) return;
    const picture = await stylist.stylize(bitmap, size, source.mirror, { strength, keepColors });
    this.stage.show(picture);
    stylist.recycle(picture.stylized);
  }
}
