// Keeps a player within a part: from its start (or a lead-in before it) to its end, once or again
// and again, with a fade where the player has a volume. Players' own ends do not last: any seek
// cancels YouTube's, and Spotify has none.

const EARLY_S = 0.05; // a pause takes that long
const SEEK_MS = 2000; // then a seek is asked for again
const ECHO_MS = 1000;
const STEP = 0.02; // of volume

/** @typedef {{start: number, end: number, loop?: boolean, lead?: number, fade?: number}} Range */

/** The volume at a position within a part, from 0 to 1. */
export function level(position, from, end, fade) {
  const length = Math.min(fade, (end - from) / 2);
  if (length <= 0) return 1;
  return Math.max(0, Math.min(1, (position - from) / length, (end - position) / length));
}

export class RangeKeeper {
  /** @type {Range | null} */
  #range = null;
  #sought = null; // a seek that the player has not followed yet
  #soughtAt = 0;
  #isStopping = false;
  #isDone = false;
  #volume = null; // the user's, in 0…1
  #set = null; // what we set it to
  #setAt = 0;

  /**
   * @param {import("./provider-player.js").Driver} driver
   * @param {{now: () => number, onEnd: () => void}} options
   */
  constructor(driver, { now, onEnd }) {
    this.driver = driver;
    this.now = now;
    this.onEnd = onEnd;
  }

  get range() {
    return this.#range;
  }

  /** Where playing begins: the lead-in is only heard, never stored. */
  get from() {
    const { start, lead = 0 } = this.#range;
    return Math.max(0, start - lead);
  }

  /** @param {Range | null} range */
  set(range) {
    this.#range = range;
    this.#sought = null;
    this.#isStopping = false;
    this.#isDone = false;
    if (!range?.fade) this.restore();
  }

  begin() {
    this.#isDone = false;
    if (this.#range) this.#seek(this.from);
    this.driver.play();
  }

  /** Take the user's volume; what a player says during a fade is an echo of ours. */
  hear(volume) {
    if (this.#set !== null && this.now() - this.#setAt < ECHO_MS) return;
    if (this.#set !== null && Math.abs(volume - this.#set) < STEP) return;
    this.#volume = volume;
    this.#set = null;
  }

  /** Give the user's volume back. */
  restore() {
    if (this.#set !== null) this.driver.setVolume(this.#volume ?? 1);
    this.#set = null;
  }

  /** Look where the player is; `isMoving`: its media plays; `isPlaying`: it says it plays. */
  check({ position, isMoving, isPlaying, isEnded }) {
    if (!this.#range) return;
    if (this.#isStopping) this.#awaitStop(isPlaying);
    else if (isEnded) this.#end();
    else if (isMoving) this.#keep(position);
  }

  #awaitStop(isPlaying) {
    if (isPlaying) {
      if (this.now() - this.#soughtAt > SEEK_MS / 2) this.#stop();
      return;
    }
    this.#isStopping = false;
    this.restore();
  }

  /** The media has ended before the part, or with it. */
  #end() {
    const isAsked = this.#sought !== null && this.now() - this.#soughtAt <= SEEK_MS;
    if (!this.#isDone && !isAsked) this.#finish();
  }

  #keep(position) {
    if (this.#isSeeking(position)) return;
    const { end, fade = 0 } = this.#range;
    if (this.#isDone) this.#seek(this.from); // played again by the player's own button
    else if (position > end + this.driver.cadenceMs / 1000 + 0.5) this.#seek(this.from); // a jump
    else if (position >= end - EARLY_S) this.#finish();
    else if (position < this.from - this.driver.slackS) this.#seek(this.from);
    else if (fade && this.driver.hasVolume) this.#fade(level(position, this.from, end, fade));
  }

  /** Whether a seek is under way: until then, positions are of before it. */
  #isSeeking(position) {
    if (this.#sought === null) return false;
    if (Math.abs(position - this.#sought) <= this.driver.slackS + 0.5) this.#sought = null;
    else if (this.now() - this.#soughtAt > SEEK_MS) this.#seek(this.#sought);
    return this.#sought !== null;
  }

  #seek(seconds) {
    this.#isDone = false;
    this.#sought = seconds;
    this.#soughtAt = this.now();
    this.driver.seek(seconds);
  }

  #finish() {
    if (this.#range.loop) {
      this.begin();
      return;
    }
    this.#stop();
    this.#isDone = true;
    this.onEnd();
  }

  #stop() {
    this.#isStopping = true;
    this.#soughtAt = this.now();
    this.driver.pause();
  }

  #fade(share) {
    if (this.#set === null && share === 1) return;
    const volume = (this.#volume ??= 1) * share;
    if (this.#set !== null && Math.abs(volume - this.#set) < STEP) return;
    this.#set = volume;
    this.#setAt = this.now();
    this.driver.setVolume(volume);
  }
}
