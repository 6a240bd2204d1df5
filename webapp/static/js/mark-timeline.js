// The bar under the player: what people saved, the part with its two handles, the playhead. When the
// part would be too narrow to hold, the lane zooms to it and an overview appears below.
import { dom, text } from "./dom.js";
import { short } from "./format.js";
import { heatMarkup, heatWords } from "./mark-heat.js";
import { timeText } from "./mark-session.js";
import { listenToHandle, rangeHandle } from "./range-handle.js";

const NARROW_PX = 56; // with its handles 88
const ZOOMED = 0.24; // of the lane
const LABEL_PX = 36;
const VALUES = { "aria-valuemin": 0, "aria-valuenow": 0 };
const UNKNOWN_S = 240;
const TICKS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];

/** What the lane shows: all of it, or the surroundings of a part. Times are in tenths. */
export function viewOf({ start, end, length, width }) {
  const whole = { from: 0, to: length };
  if (start === null || ((end - start) / length) * width >= NARROW_PX) return whole;
  const span = Math.min(length, (end - start) / ZOOMED);
  const from = Math.max(0, Math.min(length - span, (start + end - span) / 2));
  return { from, to: from + span };
}

/** Round instants for a ruler of at most `most` marks. */
export function ticksOf({ from, to }, most) {
  const step = (TICKS.find((each) => (to - from) / 10 / each <= most) ?? 14_400) * 10;
  const ticks = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(at);
  return ticks;
}

export class MarkTimeline {
  /** @type {((from: number, to: number) => string) | null} what the lane shows instead of heat */
  #drawing = null;
  #heat = null;
  #drawn = "";
  #position = 0;
  #view = { from: 0, to: UNKNOWN_S * 10 };
  #held = false;

  /** @param {{session: import("./mark-session.js").MarkSession, onSeek: (tenths: number) => void}} options */
  constructor({ session, onSeek }) {
    this.session = session;
    this.onSeek = onSeek;
    this.bars = dom`<div class="m-heatbars" />`;
    this.lane = dom`<div class="m-lane m-heatlane">
      ${this.bars}
      <i class="m-veil m-vl" />
      <i class="m-veil m-vr" />
    </div>`;
    this.handles = { a: rangeHandle("a", "Start", VALUES), b: rangeHandle("b", "End", VALUES) };
    this.label = dom`<span class="m-lbl" aria-hidden="true" />`;
    this.ruler = dom`<div class="m-ruler" aria-hidden="true" />`;
    this.hint = dom`<span class="m-heathint" aria-hidden="true" hidden />`;
    this.zoomed = dom`<div class="m-tl" role="group" aria-label="Timeline">${this.ruler}</div>`;
    this.zoomed.append(dom`<div class="m-tlbody">
      ${this.lane}
      <div class="m-sel" />
      ${this.handles.a}
      ${this.handles.b}
      ${this.label}
      <i class="m-playhead" />
      ${this.hint}
    </div>`);
    this.overBars = dom`<div class="m-heatbars" />`;
    this.window = dom`<i class="m-overwin" />`;
    this.over = dom`<div class="m-over" hidden aria-hidden="true">${this.overBars}</div>`;
    this.over.append(this.window);
    this.node = dom`<div class="m-marktl">${this.zoomed}${this.over}</div>`;
    this.#listen();
    this.watching = new ResizeObserver(() => this.draw({ isMoved: true }));
    this.watching.observe(this.lane);
  }

  setHeat(heat) {
    this.#heat = heat && Math.max(...heat.values, 0) > 0 ? heat : null;
    this.#drawn = "";
    this.draw({ isMoved: true });
  }

  /** Show a drawing of a span of seconds, and an overview of all of it at any zoom. */
  setDrawing(draw) {
    this.#drawing = draw;
    this.#drawn = "";
    this.over.removeAttribute("aria-hidden");
    this.draw({ isMoved: true });
  }

  close() {
    this.watching.disconnect();
  }

  get length() {
    const { length, end } = this.session;
    return length ?? Math.max(UNKNOWN_S * 10, (end ?? 0) * 1.25);
  }

  /** Show the part; `isMoved`: the view may follow it. */
  draw({ isMoved = false } = {}) {
    const { start, end, isChosen } = this.session;
    const width = this.lane.clientWidth || 600;
    if (isMoved && !this.#held) this.#view = viewOf({ start, end, length: this.length, width });
    this.zoomed.classList.toggle("m-tlplain", !isChosen);
    if (isChosen) {
      this.#place("--a", start);
      this.#place("--b", end);
      text(this.label, short((end - start) * 100));
      for (const [which, at] of Object.entries({ a: start, b: end })) this.#speak(which, at);
    }
    this.drawPosition(this.#position); // the view may be another one
    this.#drawGround(width);
  }

  /** In seconds. */
  drawPosition(position) {
    this.#position = position;
    this.#place("--p", Math.min(this.length, position * 10));
  }

  #place(name, tenths) {
    const { from, to } = this.#view;
    const share = ((tenths - from) / (to - from)) * 100;
    this.zoomed.style.setProperty(name, `${Math.max(-2, Math.min(102, share)).toFixed(3)}%`);
  }

  #speak(which, at) {
    const knob = this.handles[which];
    knob.setAttribute("aria-valuemax", Math.round(this.length));
    knob.setAttribute("aria-valuenow", at);
    knob.setAttribute("aria-valuetext", timeText(at));
  }

  #drawGround(width) {
    const view = this.#view;
    const key = [view.from, view.to, this.length, width].join();
    if (key === this.#drawn) return;
    this.#drawn = key;
    const share = (at) => ((at - view.from) / (view.to - view.from)) * 100;
    this.ruler.replaceChildren(
      ...ticksOf(view, Math.max(2, Math.floor(width / 110)))
        .filter((at) => (1 - share(at) / 100) * width >= LABEL_PX)
        .map((at) => dom`<span style="left:${share(at)}%">${timeText(at)}</span>`),
    );
    const most = Math.floor(width / 4);
    const draw = (place, from, to) => {
      const heat = this.#heat ? heatMarkup(this.#heat, from / 10, to / 10, most) : "";
      place.innerHTML = this.#drawing ? this.#drawing(from / 10, to / 10) : heat;
    };
    draw(this.bars, view.from, view.to);
    const isZoomed = view.to - view.from < this.length - 1;
    this.over.hidden = !isZoomed && !this.#drawing;
    this.window.hidden = !isZoomed;
    if (this.over.hidden) return;
    draw(this.overBars, 0, this.length);
    this.window.style.left = `${(view.from / this.length) * 100}%`;
    this.window.style.width = `${((view.to - view.from) / this.length) * 100}%`;
  }

  /** The instant at a place in the window. */
  #at(x) {
    const box = this.lane.getBoundingClientRect();
    const share = (x - box.left) / box.width;
    return this.#view.from + share * (this.#view.to - this.#view.from);
  }

  #listen() {
    for (const which of /** @type {const} */ (["a", "b"])) this.#listenTo(which);
    this.lane.addEventListener("click", (event) => this.onSeek(this.#at(event.clientX)));
    this.over.addEventListener("click", (event) => {
      const box = this.over.getBoundingClientRect();
      this.onSeek(((event.clientX - box.left) / box.width) * this.length);
    });
    this.lane.addEventListener("pointermove", (event) => this.#read(event));
    this.lane.addEventListener("pointerleave", () => {
      this.hint.hidden = true;
    });
  }

  #read(event) {
    this.hint.hidden = !this.#heat || event.pointerType === "touch";
    if (this.hint.hidden) return;
    const at = this.#at(event.clientX);
    text(this.hint, heatWords(this.#heat, at / 10, timeText));
    const { from, to } = this.#view;
    this.hint.style.left = `${((at - from) / (to - from)) * 100}%`;
  }

  #listenTo(which) {
    const { session } = this;
    listenToHandle(this.handles[which], which, {
      onMove: (x) => {
        this.#held = true;
        session.drag(which, this.#at(x));
      },
      onEnd: () => {
        this.#held = false;
        session.finish();
      },
      onStep: (steps, hasShift) => session.nudge(which, hasShift ? steps : steps * 10),
    });
  }
}
