// The part that is being chosen, in tenths of a second: one for each page, whatever shows it.

export const USUAL = 150; // 15 s
const LEAST = 10; // the wire has whole seconds

const pad = (value) => String(value).padStart(2, "0");

/** "0:45", "0:45.3", "1:02:03". */
export function timeText(tenths) {
  const whole = Math.floor(tenths / 10);
  const [hours, minutes, seconds] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const clock = hours ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${minutes}:${pad(seconds)}`;
  return tenths % 10 ? `${clock}.${tenths % 10}` : clock;
}

/** What somebody typed, in tenths; null if it is no time: "45", "1:02.5", "1:02:03". */
export function readTime(text) {
  const found = /^(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:[.,]\d)?)$/.exec(text.trim());
  if (!found) return null;
  const [, hours = 0, minutes = 0, seconds] = found;
  return Number(hours) * 36_000 + Number(minutes) * 600 +
    Math.round(Number(String(seconds).replace(",", ".")) * 10);
}

/** Says `change` with each step, and `done` after it, unless more steps follow at once (a drag). */
export class MarkSession extends EventTarget {
  /** @type {number | null} */
  start = null;
  /** @type {number | null} */
  end = null;
  /** @type {number | null} the media's, in tenths */
  length = null;
  /** What a start alone makes: as long as the part that was saved last. */
  usual = USUAL;
  #presses = 0; // of the one key that starts, ends and clears

  get isChosen() {
    return this.start !== null;
  }

  begin({ start = null, end = null, length = null } = {}) {
    [this.start, this.end, this.length] = [null, null, length];
    if (start !== null) this.set(start, end ?? start + this.usual);
    else this.#say();
  }

  /** Take the media's length; a part keeps within it. */
  measure(length) {
    this.length = length;
    if (this.isChosen && this.end > length) this.set(this.start, this.end);
    else this.#say();
  }

  set(start, end, { isDone = true } = {}) {
    const most = this.length ?? Infinity;
    this.start = Math.max(0, Math.min(Math.round(start), most - LEAST));
    this.end = Math.min(most, Math.max(Math.round(end), this.start + LEAST));
    this.#say(isDone);
  }

  /** A start after the end takes the end along. */
  setStart(at, options) {
    const isBehind = !this.isChosen || at > this.end - LEAST;
    this.set(at, isBehind ? at + this.#span() : this.end, options);
  }

  /** An end before the start takes the start along. */
  setEnd(at, options) {
    const isBefore = !this.isChosen || at < this.start + LEAST;
    this.set(isBefore ? at - this.#span() : this.start, at, options);
  }

  /** A handle stops at the other one. */
  drag(which, at) {
    const options = { isDone: false };
    if (which === "a") this.set(Math.min(at, this.end - LEAST), this.end, options);
    else this.set(this.start, Math.max(at, this.start + LEAST), options);
  }

  nudge(which, by) {
    if (!this.isChosen) return;
    this.drag(which, (which === "a" ? this.start : this.end) + by);
    this.finish();
  }

  /** The last seconds up to now. */
  last(now, span = USUAL) {
    this.set(Math.max(0, now - span), now);
  }

  /** The same length from another start: what a longer or shorter copy needs. */
  moveTo(start) {
    this.set(start, start + this.#span());
  }

  clear() {
    this.start = this.end = null;
    this.#presses = 0;
    this.#say();
  }

  /** One key, three presses: start, end, clear; returns whether there is a whole part to loop. */
  step(now) {
    this.#presses = (this.#presses + 1) % 3;
    if (this.#presses === 1) this.setStart(now);
    else if (this.#presses === 2) this.setEnd(now);
    else this.clear();
    return this.#presses === 2;
  }

  finish() {
    this.#say();
  }

  #span() {
    return this.isChosen ? this.end - this.start : this.usual;
  }

  #say(isDone = true) {
    this.dispatchEvent(new CustomEvent("change"));
    if (isDone) this.dispatchEvent(new CustomEvent("done"));
  }
}

export const session = new MarkSession();
