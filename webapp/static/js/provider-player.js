// One player for YouTube, Spotify, SoundCloud, Vimeo and media files: load, play, pause, seek, position, duration,
// state, errors, and a part that we keep to ourselves. It knows no framework: public pages use it too.
// Nothing is ever laid over a provider's player; controls are the page's, beside it.
import { openFrame } from "./provider-frame.js";
import { Media } from "./provider-media.js";
import { Progress } from "./provider-progress.js";
import { RangeKeeper } from "./provider-range.js";
import { Spotify } from "./provider-spotify.js";
import { SoundCloud, Vimeo } from "./provider-widget.js";
import { trouble, whyNot } from "./provider-words.js";
import { YouTube } from "./provider-youtube.js";

/** @typedef {"loading" | "ready" | "playing" | "paused" | "buffering" | "ended" | "failed"} State */
/**
 * @typedef {object} Source what is played; `url` only of files and our own clips
 * @property {string} provider
 * @property {string} id
 * @property {string} [kind]
 * @property {string} [url]
 * @property {string} [title]
 * @property {string} [poster]
 * @property {string} [captions] the address of a WebVTT file
 * @property {number} [durationS] as it is known without the player
 */
/**
 * @typedef {object} Report what a driver says; whatever it does not know is left out
 * @property {State} [state]
 * @property {number} [position] in seconds
 * @property {number} [duration] in seconds
 * @property {number} [rate]
 * @property {number} [volume] 0 to 1
 * @property {string} [title] as the player shows it
 * @property {string} [author]
 * @property {string} [error]
 * @property {boolean} [isBlocked]
 */
/** @typedef {{now: () => number, every: (ms: number, tick: () => void) => () => void}} Clock */
/**
 * @typedef {object} DriverOptions
 * @property {Source} source
 * @property {string} address where the provider's player is
 * @property {string} origin the page's
 * @property {number} startS
 * @property {Clock} clock
 * @property {typeof openFrame} openFrame
 * @property {(report: Report) => void} report
 */
/**
 * @typedef {object} Driver
 * @property {HTMLElement} node
 * @property {boolean} hasVolume
 * @property {number} cadenceMs
 * @property {number} slackS
 * @property {() => void} play
 * @property {() => void} pause
 * @property {(seconds: number) => void} seek
 * @property {(share: number) => void} setVolume
 * @property {() => void} [poll]
 * @property {() => void} close
 */

const DRIVERS = {
  youtube: YouTube,
  spotify: Spotify,
  soundcloud: SoundCloud,
  vimeo: Vimeo,
  file: Media,
  moments: Media,
};
const TICK_MS = 50;
const BLOCKED_MS = 3000;
const SILENT_MS = 15_000;
const PREVIEW_S = 31;
const ACTIVE = new Set(["playing", "buffering"]);

/** @type {Clock} */
const CLOCK = {
  now: () => performance.now(),
  every(ms, tick) {
    const timer = setInterval(tick, ms);
    return () => clearInterval(timer);
  },
};

/**
 * Events: `change` (state, duration or title), `moved` (to elsewhere while it does not play), `end` (of the
 * part), `trouble` (detail: code, sentence, way).
 */
export class ProviderPlayer extends EventTarget {
  /** @type {State} */
  state = "loading";
  /** @type {number | null} in seconds */
  duration = null;
  /** @type {string | null} */
  title = null;
  /** @type {string | null} */
  author = null;
  /** @type {import("./provider-words.js").Trouble | null} */
  trouble = null;
  #wantedAt = null; // when playing was asked for
  #openedAt;

  /**
   * @param {Source} source
   * @param {{addresses?: Record<string, string>, startS?: number, clock?: Clock,
   *   drivers?: Record<string, any>, frames?: typeof openFrame}} [options]
   */
  constructor(
    source,
    { addresses = {}, startS = 0, clock = CLOCK, drivers = DRIVERS, frames = openFrame } = {},
  ) {
    super();
    this.source = source;
    this.clock = clock;
    /** @type {Driver} */
    this.driver = new drivers[source.provider]({
      source,
      address: addresses[source.provider] ?? "",
      origin: globalThis.location?.origin ?? "",
      startS,
      clock,
      openFrame: frames,
      report: (report) => this.#take(report),
    });
    this.node = this.driver.node;
    this.progress = new Progress({ cadenceMs: this.driver.cadenceMs, now: clock.now });
    this.keeper = new RangeKeeper(this.driver, {
      now: clock.now,
      onEnd: () => this.dispatchEvent(new CustomEvent("end")),
    });
    this.#openedAt = clock.now();
    this.stopTicking = clock.every(TICK_MS, () => this.#tick());
  }

  /** In seconds. */
  get position() {
    return this.progress.position;
  }

  get isPlaying() {
    return ACTIVE.has(this.state);
  }

  get isMoving() {
    return this.progress.isMoving;
  }

  get hasVolume() {
    return this.driver.hasVolume;
  }

  /** What was really played, as ranges in seconds. */
  get played() {
    return this.progress.played;
  }

  /** Whether only 30 s play to somebody who is not signed in there; null: not known yet. */
  get isPreview() {
    const { provider, durationS } = this.source;
    if (provider !== "spotify" && provider !== "soundcloud") return false;
    if (this.duration === null) return null;
    const isLonger = durationS ? durationS > PREVIEW_S + 4 : provider === "spotify";
    return this.duration <= PREVIEW_S && isLonger;
  }

  play() {
    this.#wantedAt = this.clock.now();
    this.driver.play();
  }

  pause() {
    this.#wantedAt = null;
    this.driver.pause();
  }

  seek(seconds) {
    this.driver.seek(Math.max(0, seconds));
  }

  /** Keep to a part from now on, or to none. @param {import("./provider-range.js").Range | null} range */
  setRange(range) {
    this.keeper.set(range);
  }

  /** Play the part from its start. */
  playRange() {
    this.#wantedAt = this.clock.now();
    this.keeper.begin();
  }

  /**
   * The instant to mark now; or why there is none.
   * @returns {{seconds: number | null, sentence: string | null}}
   */
  instant() {
    const sentence = whyNot({
      isReady: this.state !== "loading" && this.state !== "failed",
      isPreview: this.isPreview,
      isPlaying: this.isPlaying,
      isMoving: this.isMoving,
    });
    return { seconds: sentence ? null : this.position, sentence };
  }

  /** Whether it failed for good: a silent one may still answer. */
  get isDead() {
    return this.state === "failed" && this.trouble?.code !== "silent";
  }

  close() {
    this.stopTicking();
    this.driver.close();
  }

  /** @param {Report} report */
  #take({ state, position, duration, rate, volume, title, author, error, isBlocked }) {
    const was = this.progress?.position;
    if (error) this.#fail(error);
    if (isBlocked) this.#say("blocked");
    if (volume !== undefined) this.keeper?.hear(volume);
    const isPlaying = state === undefined ? undefined : state === "playing";
    this.progress?.take({ position, isPlaying, rate });
    const before = [this.state, this.duration, this.title].join();
    this.title = title ?? this.title;
    this.author = author ?? this.author;
    if (state && !this.isDead) this.#enter(state);
    if (duration !== undefined) this.#measure(duration);
    if (before !== [this.state, this.duration, this.title].join()) {
      this.dispatchEvent(new CustomEvent("change"));
    }
    if (!this.isPlaying && was !== this.progress?.position) {
      this.dispatchEvent(new CustomEvent("moved"));
    }
  }

  #enter(state) {
    const isFirst = this.state === "loading" || this.state === "failed";
    if (isFirst && this.#wantedAt !== null) this.#wantedAt = this.clock.now(); // it waited till now
    if (isFirst || state !== "ready") this.state = state;
    if (this.isPlaying) this.#wantedAt = null;
    const { code } = this.trouble ?? {};
    if (code === "silent" || (code === "blocked" && this.isPlaying)) this.trouble = null;
  }

  #measure(duration) {
    this.duration = duration;
    if (this.isPreview) this.#say("preview");
  }

  #tick() {
    this.driver.poll?.();
    const now = this.clock.now();
    if (this.state === "loading" && now - this.#openedAt > SILENT_MS) this.#fail("silent");
    if (this.#wantedAt !== null && this.state !== "loading" && !this.isPlaying) {
      if (now - this.#wantedAt > BLOCKED_MS) this.#say("blocked");
    }
    this.keeper.check({
      position: this.position,
      isMoving: this.isMoving,
      isPlaying: this.isPlaying,
      isEnded: this.state === "ended",
    });
  }

  #fail(code) {
    this.state = "failed";
    this.#say(code);
    this.dispatchEvent(new CustomEvent("change"));
  }

  #say(code) {
    this.#wantedAt = null;
    if (this.trouble?.code === code) return;
    this.trouble = trouble(code);
    this.dispatchEvent(new CustomEvent("trouble", { detail: this.trouble }));
  }
}
