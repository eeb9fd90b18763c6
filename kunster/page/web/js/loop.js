// A frame at a time from the source through the network to the stage. Whatever comes meanwhile is
// dropped, so a slow device shows fewer frames and never older ones.

import { Closed } from "../kunster/kunster.js";

export class Loop {
  /**
   * settings: () => {short, strength, keepColors}, asked for each frame.
   * onfailure: told about an error; the loop then waits for `go`.
   */
  constructor(source, kunster, stage, settings, onfailure) {
    this.source = source;
    this.kunster = kunster;
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
    const picture = await this.source.painted(this.kunster, this.settings());
    if (!picture) return;
    this.stage.show(picture);
    this.kunster.recycle(picture);
  }
}
