// A media file, or one of our own clips, in the browser's own player.
import { dom } from "./dom.js";

const ERRORS = ["unsupported", "aborted", "network", "decode", "unsupported"]; // by their numbers

export class Media {
  hasVolume = true;
  cadenceMs = 250;
  slackS = 0.25;

  /** @param {import("./provider-player.js").DriverOptions} options */
  constructor({ source, startS, report }) {
    this.report = report;
    this.startS = startS;
    const media =
      /** @type {HTMLVideoElement} */ (dom`<video src=${source.url} poster=${source.poster} controls preload="metadata" playsinline
      aria-label=${source.title || "Player"} />`);
    if (source.captions) {
      media.append(dom`<track kind="captions" label="Captions" src=${source.captions} />`);
    }
    this.node = media;
    const on = (name, state) => media.addEventListener(name, () => this.#tell(state));
    media.addEventListener("loadedmetadata", () => {
      if (this.startS) media.currentTime = this.startS;
      this.#tell("ready");
    });
    on("playing", "playing");
    on("waiting", "buffering");
    on("pause", "paused");
    on("ended", "ended");
    for (const name of ["timeupdate", "seeked", "durationchange", "ratechange", "volumechange"]) {
      on(name, undefined);
    }
    media.addEventListener("error", () => {
      report({ error: ERRORS[media.error?.code ?? 0] });
    });
  }

  play() {
    this.node.play().catch((error) => {
      if (error.name === "NotAllowedError") this.report({ isBlocked: true });
    });
  }

  pause() {
    this.node.pause();
  }

  seek(seconds) {
    if (this.node.readyState === 0) this.startS = seconds; // its length is not known yet
    else this.node.currentTime = seconds;
  }

  setVolume(share) {
    this.node.volume = share;
  }

  /** It knows its position at any time; others say it now and then. */
  poll() {
    this.#tell();
  }

  close() {
    this.node.pause();
    this.node.removeAttribute("src");
    this.node.load(); // lets go of the connection
    this.node.remove();
  }

  /** @param {import("./provider-player.js").State} [state] */
  #tell(state) {
    const { currentTime, duration, playbackRate, volume } = this.node;
    this.report({
      state,
      position: currentTime,
      duration: Number.isFinite(duration) && duration > 0 ? duration : undefined,
      rate: playbackRate,
      volume,
    });
  }
}
