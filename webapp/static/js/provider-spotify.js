// Spotify's embed over its iFrame API: objects by postMessage, times in milliseconds from it and in
// whole seconds to it. It has no volume, so nothing can fade.
import { figure } from "./provider-frame.js";

const STEP_MS = 3000; // more than that between two updates is a seek
const ERRORS = new Set(["invalid_uri", "playback_error"]);

export class Spotify {
  hasVolume = false;
  cadenceMs = 1000;
  slackS = 1.1; // a seek is cut to the second
  #isStarted = false;
  #isReady = false;
  #isHeard = false; // it has played on by itself: only then can it have ended
  #at = null; // where it played at the last update
  #wanted = null; // a seek before the first play is ignored
  #queue = [];

  /** @param {import("./provider-player.js").DriverOptions} options */
  constructor({ source, address, startS, openFrame, report }) {
    this.report = report;
    const kind = source.kind === "episode" ? "episode" : "track";
    const query = new URLSearchParams({ t: String(Math.floor(startS)), theme: "0" });
    this.frame = openFrame({
      src: `${address}/embed/${kind}/${encodeURIComponent(source.id)}?${query}`,
      title: source.title || "Spotify's player",
      onData: (data) => this.#hear(data),
    });
    this.node = this.frame.node;
  }

  play() {
    this.#send({ command: "resume" });
  }

  pause() {
    this.#send({ command: "pause" });
  }

  seek(seconds) {
    if (this.#isStarted) this.#send({ command: "seek", timestamp: Math.floor(seconds) });
    else this.#wanted = seconds;
  }

  setVolume() {}

  close() {
    this.frame.close();
  }

  /** Send a command; before the player is ready, it would be lost. */
  #send(message) {
    if (this.#isReady) this.frame.post(message);
    else this.#queue.push(message);
  }

  #hear(data) {
    if (data === null || typeof data !== "object") return;
    if (data.type === "ready") this.#begin();
    else if (data.type === "playback_update") this.#take(data.payload ?? {});
    else if (data.type === "error") {
      const code = data.payload?.code ?? data.code;
      this.report({ error: ERRORS.has(code) ? code : "playback_error" });
    }
  }

  #begin() {
    this.frame.post({ command: "load_complete_ack" }); // updates come only after it
    if (!this.#isReady) this.report({ state: "ready" });
    this.#isReady = true;
    for (const message of this.#queue.splice(0)) this.frame.post(message);
  }

  #take({ isPaused, isBuffering, position, duration }) {
    if (!this.#isReady) this.#begin(); // it was ready before we listened
    const at = figure(position);
    const length = figure(duration) || undefined;
    const isEnd = isPaused === true && this.#isHeard && length && (at === 0 || at >= length);
    if (isPaused === false) this.#start();
    this.#listen(isPaused, at);
    this.report({
      position: at === undefined ? undefined : at / 1000,
      duration: length && length / 1000,
      state: isEnd ? "ended" : stateOf(isPaused, isBuffering, this.#isStarted),
    });
  }

  #listen(isPaused, at) {
    const step = at - this.#at;
    if (isPaused === false && this.#at !== null && step > 0 && step <= STEP_MS) {
      this.#isHeard = true;
    }
    this.#at = isPaused === false && at !== undefined ? at : null;
  }

  #start() {
    if (this.#isStarted) return;
    this.#isStarted = true;
    if (this.#wanted !== null) this.seek(this.#wanted);
  }
}

/** @returns {import("./provider-player.js").State} */
function stateOf(isPaused, isBuffering, isStarted) {
  if (isPaused) return isStarted ? "paused" : "ready";
  return isBuffering ? "buffering" : "playing";
}
