// YouTube's player over its IFrame API: JSON strings by postMessage, as YouTube's own script sends
// them. We speak them ourselves, so that no script of another origin runs in our pages.
import { figure, parsed, words } from "./provider-frame.js";

const GREET_MS = 250;
const EVENTS = ["onReady", "onStateChange", "onError", "onAutoplayBlocked", "onPlaybackRateChange"];
/** @type {Map<unknown, import("./provider-player.js").State>} */
const STATES = new Map([
  [-1, "ready"],
  [0, "ended"],
  [1, "playing"],
  [2, "paused"],
  [3, "buffering"],
  [5, "ready"],
]);
let count = 0;

export class YouTube {
  hasVolume = true;
  cadenceMs = 250;
  slackS = 0.25; // how far a seek may miss
  #channel = { id: `m-youtube-${++count}`, channel: "widget" };
  #queue = [];
  #isHeard = false;

  /** @param {import("./provider-player.js").DriverOptions} options */
  constructor({ source, address, origin, startS, clock, openFrame, report }) {
    this.report = report;
    const query = new URLSearchParams({
      enablejsapi: "1",
      origin,
      widgetid: String(count),
      playsinline: "1",
      rel: "0",
      start: String(Math.floor(startS)), // never an end: any seek would cancel it
    });
    this.frame = openFrame({
      src: `${address}/embed/${encodeURIComponent(source.id)}?${query}`,
      title: source.title || "YouTube's player",
      id: this.#channel.id,
      onData: (data) => this.#hear(data),
      onLoad: () => this.#greet(clock),
    });
    this.node = this.frame.node;
  }

  play() {
    this.#command("playVideo");
  }

  pause() {
    this.#command("pauseVideo");
  }

  seek(seconds) {
    this.#command("seekTo", seconds, true);
  }

  /** From 0 to 1. */
  setVolume(share) {
    this.#command("setVolume", Math.round(share * 100));
  }

  close() {
    this.stopGreeting?.();
    this.frame.close();
  }

  #greet(clock) {
    this.stopGreeting?.();
    this.#isHeard = false;
    const greet = () => this.#post({ event: "listening" });
    this.stopGreeting = clock.every(GREET_MS, greet);
    greet();
  }

  #post(message) {
    this.frame.post(JSON.stringify({ ...message, ...this.#channel }));
  }

  /** Send a command; before the player has spoken, it would be lost. */
  #command(func, ...args) {
    const message = { event: "command", func, args };
    if (this.#isHeard) this.#post(message);
    else this.#queue.push(message);
  }

  #hear(data) {
    const message = typeof data === "string" ? parsed(data) : null;
    if (!message || (message.id ?? this.#channel.id) !== this.#channel.id) return;
    if (!this.#isHeard) this.#begin();
    const { event, info } = message;
    if (event === "initialDelivery" || event === "infoDelivery") this.#take(info ?? {});
    else if (event === "onReady") this.report({ state: "ready" });
    else if (event === "onStateChange") this.#take({ playerState: info });
    else if (event === "onPlaybackRateChange") this.#take({ playbackRate: info });
    else if (event === "onError") this.report({ error: String(info) });
    else if (event === "onAutoplayBlocked") this.report({ isBlocked: true });
  }

  #begin() {
    this.#isHeard = true;
    this.stopGreeting?.();
    for (const name of EVENTS) this.#command("addEventListener", name);
    for (const message of this.#queue.splice(0)) this.#post(message);
  }

  /** @param {Record<string, any>} info */
  #take({ currentTime, duration, playerState, playbackRate, volume, videoData }) {
    const level = figure(volume);
    this.report({
      title: words(videoData?.title),
      author: words(videoData?.author),
      position: figure(currentTime),
      duration: figure(duration) || undefined, // 0 until it is known
      state: STATES.get(playerState),
      rate: figure(playbackRate),
      volume: level === undefined ? undefined : level / 100,
    });
  }
}
