// SoundCloud's and Vimeo's players. Both take {method, value} and say {method or event, value or data},
// as JSON strings; Vimeo's may also say objects. They differ in their words and units.
import { figure, parsed, words } from "./provider-frame.js";

/** @typedef {import("./provider-player.js").DriverOptions} Options */
/** @typedef {import("./provider-player.js").Report & {isMoving?: boolean}} Heard */
/**
 * @typedef {object} Dialect
 * @property {string} name
 * @property {(options: Options) => string} src
 * @property {[string, any?]} hello it may have been ready before we listened
 * @property {string[]} events
 * @property {string[]} questions
 * @property {(seconds: number) => [string, number]} seek
 * @property {(share: number) => number} volume
 * @property {Map<string, (value: any) => any>} heard gives `Heard`
 */

class Widget {
  hasVolume = true;
  cadenceMs = 250;
  slackS = 0.3; // how far a seek may miss
  #isReady = false;
  #isStarted = false;
  #wanted; // a seek before the first play may be lost
  #queue = [];

  /** @param {Options} options @param {Dialect} dialect */
  constructor(options, dialect) {
    this.report = options.report;
    this.dialect = dialect;
    this.#wanted = options.startS || null;
    this.frame = options.openFrame({
      src: dialect.src(options),
      title: options.source.title || `${dialect.name}'s player`,
      onData: (data) => this.#hear(data),
      onLoad: () => this.#post(...dialect.hello),
    });
    this.node = this.frame.node;
    for (const question of dialect.questions) this.#send(question);
  }

  play() {
    this.#send("play");
  }

  pause() {
    this.#send("pause");
  }

  seek(seconds) {
    if (this.#isStarted) this.#send(...this.dialect.seek(seconds));
    else this.#wanted = seconds;
  }

  setVolume(share) {
    this.#send("setVolume", this.dialect.volume(share));
  }

  close() {
    this.frame.close();
  }

  #post(method, value) {
    this.frame.post(JSON.stringify({ method, value }));
  }

  /** Send a command; before the player is ready, it would be lost. */
  #send(method, value) {
    if (this.#isReady) this.#post(method, value);
    else this.#queue.push([method, value]);
  }

  #hear(data) {
    const message = parsed(data);
    const name = message?.event ?? message?.method;
    if (name === "ready") this.#begin();
    else if (this.#isReady) {
      const read = this.dialect.heard.get(name);
      if (read) this.#take(read(message.data ?? message.value ?? {}));
    }
  }

  #begin() {
    if (this.#isReady) return;
    this.#isReady = true;
    this.report({ state: "ready" });
    for (const name of this.dialect.events) this.#post("addEventListener", name);
    for (const [method, value] of this.#queue.splice(0)) this.#post(method, value);
  }

  /** @param {Heard} heard */
  #take({ isMoving, ...report }) {
    if (isMoving && !this.#isStarted) {
      this.#isStarted = true;
      if (this.#wanted !== null) this.seek(this.#wanted);
    }
    this.report(report);
  }
}

const seconds = (ms) => figure(ms) === undefined ? undefined : ms / 1000;

/** @type {Dialect} */
const SOUNDCLOUD = {
  name: "SoundCloud",
  src({ source: { id }, address }) {
    const host = id.startsWith("tracks/") ? "api.soundcloud.com" : "soundcloud.com";
    const query = new URLSearchParams({ url: `https://${host}/${id}`, show_comments: "false" });
    return `${address}/player/?${query}`;
  },
  hello: ["addEventListener", "ready"],
  events: ["play", "pause", "finish", "playProgress", "error"],
  questions: ["getCurrentSound", "getDuration"],
  seek: (at) => ["seekTo", Math.round(at * 1000)],
  volume: (share) => Math.round(share * 100),
  heard: new Map(Object.entries({
    play: () => ({ state: "buffering" }), // until it moves
    pause: ({ currentPosition }) => ({ state: "paused", position: seconds(currentPosition) }),
    finish: () => ({ state: "ended" }),
    playProgress: ({ currentPosition }) => ({
      state: "playing",
      position: seconds(currentPosition),
      isMoving: true,
    }),
    getDuration: (ms) => ({ duration: seconds(ms) || undefined }),
    getCurrentSound: ({ title, user }) => ({ title: words(title), author: words(user?.username) }),
    error: () => ({ error: "soundcloud" }),
  })),
};

/** @type {Dialect} */
const VIMEO = {
  name: "Vimeo",
  src({ source: { id }, address }) {
    const [video, key] = id.split("/"); // an unlisted one has a key
    const query = new URLSearchParams({ dnt: "1", ...(key && { h: key }) });
    return `${address}/video/${encodeURIComponent(video)}?${query}`;
  },
  hello: ["ping"],
  events: [
    ...["play", "pause", "ended", "timeupdate", "bufferstart", "bufferend"],
    ...["volumechange", "playbackratechange", "error"],
  ],
  questions: ["getDuration", "getVideoTitle"],
  seek: (at) => ["setCurrentTime", at],
  volume: (share) => share,
  heard: new Map(Object.entries({
    play: () => ({ state: "playing" }),
    pause: () => ({ state: "paused" }),
    ended: () => ({ state: "ended" }),
    bufferstart: () => ({ state: "buffering" }),
    bufferend: () => ({ state: "playing" }),
    timeupdate: (at) => ({
      position: figure(at.seconds),
      duration: figure(at.duration) || undefined,
      isMoving: true,
    }),
    volumechange: ({ volume }) => ({ volume: figure(volume) }),
    playbackratechange: ({ playbackRate }) => ({ rate: figure(playbackRate) }),
    getDuration: (length) => ({ duration: figure(length) || undefined }),
    getVideoTitle: (title) => ({ title: words(title) }),
    // Only a refused play matters of the refused commands.
    error: ({ method, name }) => {
      if (method === "play" && name === "NotAllowedError") return { isBlocked: true };
      return method && method !== "ready" ? {} : { error: "vimeo" };
    },
  })),
};

export class SoundCloud extends Widget {
  /** @param {Options} options */
  constructor(options) {
    super(options, SOUNDCLOUD);
  }
}

export class Vimeo extends Widget {
  /** @param {Options} options */
  constructor(options) {
    super(options, VIMEO);
  }
}
