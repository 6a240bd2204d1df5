// Asks a stream's node every two seconds how it is; the player decides by that how to play.
const EVERY_MS = 2000;

/** Events: "answer" (`detail: {status}`), "stale" (the access has ended), "silence" (`detail: {missed}`). */
export class StatusPoll extends EventTarget {
  constructor({ player, statusUrl }) {
    super();
    this.player = player;
    this.statusUrl = statusUrl;
    this.missed = 0;
  }

  start() {
    this.#ask();
    this.timer = setInterval(() => {
      if (!document.hidden) this.#ask();
    }, EVERY_MS);
  }

  stop() {
    clearInterval(this.timer);
  }

  async #ask() {
    try {
      const response = await fetch(this.statusUrl(), { credentials: "omit", cache: "no-store" });
      const isStale = response.status === 401 || response.status === 403;
      if (!response.ok && !isStale) throw new Error(String(response.status));
      const status = isStale ? null : await response.json();
      this.missed = 0;
      if (status) this.#take(status);
      else this.dispatchEvent(new Event("stale"));
    } catch {
      this.missed += 1;
      this.dispatchEvent(new CustomEvent("silence", { detail: { missed: this.missed } }));
    }
  }

  #take(found) {
    const status = {
      state: "connecting",
      error: null,
      reason: null,
      since_us: null,
      viewers: 0,
      ...found,
    }; // omitted defaults
    this.player.setStatus(status);
    this.dispatchEvent(new CustomEvent("answer", { detail: { status } }));
  }
}
