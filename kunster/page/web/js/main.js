// The page: what is chosen, and who has to know.

import { Closed, Kunster } from "../kunster/kunster.js";
import { recalled, remember } from "./address.js";
import { Catalogue } from "./catalogue.js";
import { Device } from "./device.js";
import { Dock } from "./dock.js";
import { Look } from "./look.js";
import { Loop } from "./loop.js";
import { Mix } from "./mix.js";
import { showNumbers } from "./numbers.js";
import { Picker } from "./picker.js";
import { Source } from "./source.js";
import { Sources } from "./sources.js";
import { Speed } from "./speed.js";
import { Stage } from "./stage.js";
import { engineTrouble, networkTrouble, pictureTrouble } from "./words.js";

const at = (id) => document.getElementById(id);

class Page {
  constructor(site) {
    const begin = recalled();
    this.catalogue = new Catalogue(site.networks);
    this.stage = new Stage(at("stage"));
    this.speed = new Speed((figures) => this.showSpeed(figures));
    this.kunster = new Kunster();
    this.look = new Look(begin, {
      onlook: () => this.changed(),
      onsize: () => this.slowed(),
      onengine: () => this.start(),
    });
    this.mix = new Mix(at("mix"), begin.mix, () => this.mixed());
    const first = site.networks.find((network) => network.key === site.begin);
    this.picker = new Picker(this.catalogue, { ...first, ...begin }, () => this.open());
    this.source = new Source(at("video"), () => this.sources.lost());
    this.sources = new Sources(this.source, site.sample, {
      short: () => this.look.settings.short,
      onchange: () => this.sourceChanged(),
      ontrouble: (words) => this.trouble(words),
    });
    this.dock = new Dock(this.stage, this.source.video, {
      styleName: () => this.picker.network.style,
      onflip: () => this.sources.flip(),
      ontrouble: (words) => this.trouble(words),
    });
    this.loop = new Loop(
      this.source,
      this.kunster,
      this.stage,
      () => this.look.settings,
      (error) => this.failed(error),
    );
    if (site.measured.length)
      this.device = new Device(site.measured, site.version, {
        onopen: () => this.pause(),
        onclose: () => this.resume(),
      });
    this.stage.box.addEventListener("stylized", ({ detail }) => this.shown(detail));
    document.addEventListener("visibilitychange", () => this.seen(!document.hidden));
    this.opened = 0; // networks so far: only the one that was asked for last is waited for
    this.sources.open(begin.source === "camera" ? "camera" : "clip");
    showNumbers(this.picker.network, this.catalogue);
    at("content").classList.remove("waiting");
    this.start();
  }

  /** Starts the engine that is wanted, then opens the network. */
  async start(wanted = this.look.engine) {
    this.loop.hold();
    this.say("Starting the engine…");
    try {
      await this.kunster.start(wanted);
    } catch (error) {
      this.say("");
      this.trouble(engineTrouble(error));
      return;
    }
    at("engine-name").textContent = this.kunster.name;
    this.picker.forget();
    await this.open();
  }

  async open() {
    const { network } = this.picker;
    const turn = ++this.opened;
    showNumbers(network, this.catalogue);
    this.mix.show(network.styles);
    this.changed();
    this.loop.hold();
    this.say(`Loading ${network.title}…`);
    try {
      await this.kunster.open(network.file);
      if (turn === this.opened) await this.mixed();
    } catch (error) {
      if (turn === this.opened && !(error instanceof Closed)) this.unopened(network, error);
      return;
    }
    if (turn !== this.opened) return;
    this.speed.forget();
    this.calm();
    this.stage.canvas.ariaLabel = `The picture in the style of ${network.title}`;
    this.loop.go();
  }

  /** The styles of the network of several are wanted in other shares. */
  async mixed() {
    const { weights } = this.mix;
    if (weights) await this.kunster.mix(weights);
    this.changed();
  }

  /** Something of the look or of the choice is another: the address and a still picture follow. */
  changed() {
    const { style, name, stage } = this.picker.network;
    const camera = this.sources?.kind === "camera" ? { source: "camera" } : {};
    const mix = this.mix.chosen ? { mix: this.mix.chosen } : {};
    remember({ style, name, stage, ...mix, ...camera, ...this.look.chosen });
    this.source?.fresh.mark();
  }

  slowed() {
    this.speed.forget();
    this.picker.forget();
    this.changed();
    if (!this.loop.ready) this.open(); // a smaller picture may be what mends it
  }

  sourceChanged() {
    const { source, sources } = this;
    this.dock.fit({ moves: source.moves, flips: sources.flips });
    this.speed.forget();
    this.calm();
    this.changed();
  }

  shown({ width, height, milliseconds }) {
    if (this.stage.shown === 1) {
      document.documentElement.classList.add("started");
      this.stage.box.classList.remove("waiting");
      this.dock.begin();
    }
    this.say("");
    at("shape").textContent = `Pictures of ${width} × ${height}.`;
    this.speed.frame(milliseconds);
  }

  showSpeed({ fps, milliseconds }) {
    at("figures").hidden = false;
    at("fps").textContent = fps && this.source.moves ? `${Math.round(fps)} FPS` : "";
    at("milliseconds").textContent = `${milliseconds.toFixed(0)} ms`;
    if (fps && this.source.moves) this.picker.measured(fps);
  }

  unopened(network, error) {
    if (!this.leftGpu()) this.trouble(networkTrouble(network.title, error));
  }

  /** A frame failed. */
  failed(error) {
    if (!this.leftGpu()) this.trouble(pictureTrouble(error));
  }

  /** Whether it is worth another try: on a GPU that nobody insists on. */
  leftGpu() {
    const leave = this.kunster.kind === "webgpu" && this.look.engine === "auto";
    if (leave) this.start("wasm");
    return leave;
  }

  /** The device is needed for something else. */
  pause() {
    this.played = !this.source.video.paused;
    this.source.video.pause();
    this.loop.hold();
  }

  resume() {
    if (this.played) this.source.video.play();
    this.open();
  }

  seen(visible) {
    if (visible) this.sources.wake();
    else this.dock.stopRecording();
  }

  say(words) {
    if (at("veil").textContent !== words) at("veil").textContent = words;
  }

  trouble(words) {
    this.say("");
    at("trouble").textContent = words;
    at("trouble").hidden = false;
  }

  calm() {
    at("trouble").hidden = true;
  }
}

async function begin() {
  const answer = await fetch("site.json");
  return new Page(await answer.json());
}

document.documentElement.classList.add("started");
begin().catch((error) => {
  at("veil").textContent = "";
  at("trouble").textContent = `The page is incomplete (${error.message}): build it again.`;
  at("trouble").hidden = false;
});
