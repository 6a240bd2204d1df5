// Where a player is, from what it says now and then. Time counts only while the position rises: an
// advert and a stall stand still, whatever the player's state says.

const GAP_S = 0.75; // what reports may jump beyond the time between them and still be playing
const MOST_MS = 1000; // nobody's position is guessed further ahead

export class Progress {
  #position = 0;
  #at = 0; // when it was said
  #roseAt = -Infinity;
  #isPlaying = false;
  #rate = 1;
  /** @type {[number, number][]} */
  #played = [];

  /** @param {{cadenceMs: number, now: () => number}} options */
  constructor({ cadenceMs, now }) {
    this.now = now;
    this.cadenceMs = cadenceMs;
  }

  /** Whether the media itself is playing now. */
  get isMoving() {
    return this.#isPlaying && this.now() - this.#roseAt <= this.cadenceMs * 2;
  }

  /** In seconds. */
  get position() {
    if (!this.isMoving) return this.#position;
    const aheadMs = Math.min(this.now() - this.#roseAt, this.cadenceMs * 1.2, MOST_MS);
    return this.#position + (aheadMs / 1000) * this.#rate;
  }

  /** What has been played, as ranges in seconds. */
  get played() {
    const found = [];
    for (const [from, to] of this.#played.toSorted((a, b) => a[0] - b[0])) {
      const last = found.at(-1);
      if (last && from <= last[1] + 0.05) last[1] = Math.max(last[1], to);
      else found.push([from, to]);
    }
    return found;
  }

  /** @param {{position?: number, isPlaying?: boolean, rate?: number}} said */
  take({ position, isPlaying = this.#isPlaying, rate = this.#rate }) {
    const now = this.now();
    if (position !== undefined) {
      if (isPlaying && this.#isPlaying) this.#rise(position, now);
      this.#position = position;
      this.#at = now;
    } else if (!isPlaying && this.isMoving) {
      this.#position = this.position; // paused where it was
    }
    this.#isPlaying = isPlaying;
    this.#rate = rate;
  }

  #rise(position, now) {
    const from = this.#position;
    const rise = position - from;
    if (rise <= 0.01 || rise > ((now - this.#at) / 1000) * this.#rate + GAP_S) return;
    this.#roseAt = now;
    const last = this.#played.at(-1);
    if (last && Math.abs(last[1] - from) < 0.05) last[1] = position;
    else this.#played.push([from, position]);
  }
}
