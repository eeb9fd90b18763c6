// Where pictures come from: the camera, a clip, a file. One at a time, the last one asked for.

import { openCamera } from "./camera.js";
import { Freshness } from "./freshness.js";
import { fileTrouble, Said } from "./words.js";

export class Source {
  #stop = () => {}; // frees what is the source now
  #turn = 0; // how often a source was asked for

  /** video: the element that plays cameras and films; onlost: told when a camera went away. */
  constructor(video, onlost) {
    this.video = video;
    this.onlost = onlost;
    this.fresh = new Freshness();
    this.picture = null; // of a file, an ImageBitmap; null while the video is the source
    this.mirror = false;
    video.addEventListener("seeked", () => this.fresh.mark());
    this.#watch();
  }

  get width() {
    return this.picture ? this.picture.width : this.video.videoWidth;
  }

  get height() {
    return this.picture ? this.picture.height : this.video.videoHeight;
  }

  get moves() {
    return this.picture === null;
  }

  /** Returns whether this is the source now: another may have been asked for meanwhile. */
  async camera(facing, short) {
    const turn = ++this.#turn;
    const stream = await openCamera(facing, short);
    const stop = () => stream.getTracks().forEach((track) => track.stop());
    if (turn !== this.#turn) {
      stop();
      return false;
    }
    this.#change(stop);
    const [track] = stream.getVideoTracks();
    track.addEventListener("ended", () => turn === this.#turn && this.onlost()); // not by `stop`
    this.mirror = facing === "user";
    this.video.srcObject = stream;
    await this.#play();
    return turn === this.#turn;
  }

  /** A film at an address; as `camera`. */
  async clip(address, name, play) {
    return this.#film(++this.#turn, address, name, play, () => {});
  }

  /** A picture or a film that the user chose; as `camera`. */
  async file(file) {
    const turn = ++this.#turn;
    if (file.type.startsWith("image/")) return this.#photo(turn, file);
    const address = URL.createObjectURL(file);
    const stop = () => URL.revokeObjectURL(address);
    try {
      await playable(address);
    } catch {
      stop();
      throw new Said(fileTrouble(file.name));
    }
    return this.#film(turn, address, file.name, true, stop);
  }

  /** What is seen now, painted; null where the source changed meanwhile. */
  async painted(kunster, settings) {
    const turn = this.#turn;
    try {
      return await kunster.paint(this.picture ?? this.video, { ...settings, mirror: this.mirror });
    } catch (error) {
      if (turn !== this.#turn || !this.#showing) return null;
      throw error;
    }
  }

  /** Whether there is a picture: a video has none while it loads, and none once it went away. */
  get #showing() {
    return this.picture !== null || this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
  }

  async #photo(turn, file) {
    const picture = await createImageBitmap(file).catch(() => {
      throw new Said(fileTrouble(file.name));
    });
    if (turn !== this.#turn) return false;
    this.#change(() => picture.close());
    this.picture = picture;
    this.fresh.mark();
    return true;
  }

  async #film(turn, address, name, play, stop) {
    if (turn !== this.#turn) {
      stop();
      return false;
    }
    this.#change(stop);
    try {
      await this.#loaded(address);
    } catch {
      if (turn === this.#turn) throw new Said(fileTrouble(name));
    }
    if (turn !== this.#turn) return false;
    if (play) await this.#play();
    this.fresh.mark();
    return turn === this.#turn;
  }

  #loaded(address) {
    const { video } = this;
    const { signal, abort } = listening();
    const loaded = new Promise((resolve, reject) => {
      video.addEventListener("loadeddata", resolve, { signal });
      video.addEventListener("error", reject, { signal });
    });
    video.loop = true;
    video.src = address;
    return loaded.finally(abort);
  }

  /** A browser that saves power may refuse; there is a button for it. */
  async #play() {
    await this.video.play().catch(() => {});
  }

  /** Frees what was the source; `stop` will free what becomes it. */
  #change(stop) {
    this.#stop();
    this.#stop = stop;
    const { video } = this;
    video.pause();
    video.srcObject = null;
    if (video.hasAttribute("src")) {
      video.removeAttribute("src");
      video.load();
    }
    this.picture = null;
    this.mirror = false;
  }

  /** Marks each new frame of the video. */
  #watch() {
    const { video, fresh } = this;
    if ("requestVideoFrameCallback" in video) {
      const seen = () => {
        fresh.mark();
        video.requestVideoFrameCallback(seen);
      };
      video.requestVideoFrameCallback(seen);
      return;
    }
    let before = -1;
    const look = () => {
      if (video.currentTime !== before && !this.picture) fresh.mark();
      before = video.currentTime;
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }
}

/** Resolves if the browser can show it, so that what is shown goes on if it cannot. */
function playable(address) {
  const video = Object.assign(document.createElement("video"), { muted: true, preload: "metadata" });
  const known = new Promise((resolve, reject) => {
    const seen = () => (video.videoWidth ? resolve() : reject());
    video.addEventListener("loadedmetadata", seen);
    video.addEventListener("error", reject);
  });
  video.src = address;
  return known.finally(() => {
    video.removeAttribute("src");
    video.load();
  });
}

function listening() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
