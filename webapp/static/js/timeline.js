// The timeline: ruler, filmstrip, range handles, playhead, live edge, overview.
import { dom, isPhone, text } from "./dom.js";
import { clock, length, seconds } from "./format.js";
import { Filmstrip } from "./filmstrip.js";
import { Hover } from "./hover.js";
import { rangeHandle } from "./range-handle.js";
import { keepsOverview, viewOf } from "./timeline-view.js";

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900];
const MIN_MS = 100;
const APART_MS = 10_000; // distance between the handles if only one is set
const MOVED_MS = 3000; // a window whose start has advanced this far has evicted something

export class Timeline extends EventTarget {
  /**
   * `options`: `{player, bufferMs, frameUrl(), readonly}`; readonly: no range can be selected.
   * Emits "change" when the selection changes, and "left" when a range, or only its start
   * (`detail.whole` is false), has left the buffer.
   */
  constructor({ player, bufferMs, frameUrl, readonly = false }) {
    super();
    this.player = player;
    this.source = player.source;
    this.bufferMs = bufferMs;
    this.readonly = readonly;
    /** @type {{last?: number, start?: number, end?: number, isCut?: boolean}} */
    this.choice = { last: APART_MS }; // or {start, end}; without an end it follows the playhead
    this.labels = new Map();
    this.drawn = new Map(); // the styles that were set last: setting one anew costs a layout
    this.#build(frameUrl);
    this.#wire();
    // Asking for a width lays the page out, so it is not asked for with each frame.
    new ResizeObserver(([{ contentRect }]) => {
      this.width = contentRect.width;
      this.at = undefined;
    }).observe(this.lane);
    player.addEventListener("tick", () => {
      if (this.#hasMoved()) this.#draw();
    });
  }

  #build(frameUrl) {
    this.ruler = dom`<div class="m-ruler" aria-hidden="true" />`;
    this.before = dom`<i class="m-before" aria-hidden="true"><span /></i>`;
    this.lane = dom`<div class="m-lane" role="slider" tabindex="0" aria-label="Playhead">
      <i class="m-veil m-vl" />
      <i class="m-veil m-vr" />
      ${this.before}
    </div>`;
    this.handles = { a: rangeHandle("a", "Start"), b: rangeHandle("b", "End") };
    this.label = dom`<span class="m-lbl" aria-hidden="true" />`;
    this.edge = dom`<i class="m-edge" />`;
    this.knob = dom`<i class="m-playhead" />`;
    const isFlat = this.readonly || !keepsOverview(this.bufferMs, isPhone());
    this.overview = dom`<div class="m-over" hidden=${isFlat} aria-hidden="true">
      <i class="m-overwin" />
      <i class="m-oversel" />
      <i class="m-overhead" />
    </div>`;
    this.body = dom`<div class="m-tlbody">
      ${this.lane}
      ${this.edge}
      <div class="m-sel" />
      ${this.handles.a}
      ${this.handles.b}
      ${this.label}
      ${this.knob}
    </div>`;
    this.node = dom`<div class="m-tl ${this.readonly ? "m-tlplain" : ""}" role="group"
      aria-label="Timeline">
      ${this.ruler}
      ${this.body}
      ${this.overview}
    </div>`;
    this.film = new Filmstrip(this.lane, frameUrl);
    this.hover = new Hover({
      lane: this.lane,
      frameUrl,
      window: () => this.source.window(),
      instant: (event) => (this.view ? this.#instant(event) : null),
    });
    this.body.append(this.hover.node);
  }

  /** The span that Clip takes: `{start, end}` in ms, or null while nothing is known. */
  selection() {
    const window = this.source.window();
    if (!window) return null;
    const { last } = this.choice;
    const seen = this.player.hasPlayed ? this.source.seenInstant() : null; // before that it can be anywhere
    const end = Math.min(this.choice.end ?? seen ?? window.end, window.end);
    if (last) return { start: Math.max(window.start, end - last), end };
    const start = Math.max(window.start, Math.min(this.choice.start, window.end - MIN_MS));
    return { start, end: Math.max(start + MIN_MS, end) };
  }

  /** Whether a range has a start but no end: it extends to the playhead. */
  get isOpen() {
    return !this.choice.last && this.choice.end === undefined;
  }

  /** Select the last milliseconds before the playhead. */
  takeLast(ms) {
    this.choice = { last: ms };
    this.#changed();
  }

  /** Turn the current selection into a fixed range. */
  takeRange(range = this.selection()) {
    if (!range) return;
    // From the oldest buffered part, or already evicted: do not report it leaving.
    this.choice = {
      start: range.start,
      end: range.end,
      isCut: range.start <= this.source.window().start,
    };
    this.#changed();
  }

  /** Start a range at an instant; if no end is set and little follows, it stays open. */
  begin(instant) {
    const window = this.source.window();
    if (!window) return;
    if (this.choice.end > instant || window.end - instant >= APART_MS) {
      this.setEnd("a", instant);
      return;
    }
    this.choice = { start: instant };
    this.#changed();
  }

  /** Set one end, keeping the other, or moving it 10 s away if they would cross. */
  setEnd(which, instant) {
    const now = this.selection();
    const window = this.source.window();
    if (!now || !window) return;
    const at = Math.max(window.start, Math.min(instant, window.end));
    if (which === "a") now.start = at;
    else now.end = at;
    if (now.end - now.start < MIN_MS) {
      if (which === "a") now.end = Math.min(window.end, at + APART_MS);
      else now.start = Math.max(window.start, at - APART_MS);
    }
    if (now.end - now.start < MIN_MS) now.start = now.end - MIN_MS;
    this.takeRange(now);
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
    this.#draw();
  }

  /** Drop a range that has left the buffer. */
  #leave(window) {
    const { start, end = window.end, isCut } = this.choice;
    if (!(start < window.start)) return;
    const whole = end - MIN_MS <= window.start;
    if (isCut && !whole) return;
    this.choice.isCut = true;
    if (whole) this.takeLast(APART_MS);
    this.dispatchEvent(new CustomEvent("left", { detail: { whole } }));
  }

  #view(window, selection) {
    if (this.held) return this.held;
    const chosen = this.choice.last ? { ...selection, isLast: true } : this.choice; // also what was evicted
    return viewOf(window, this.readonly || this.isOpen ? null : chosen, {
      bufferMs: this.bufferMs,
      width: this.width || 1,
      isPhone: isPhone(),
    });
  }

  /** Whether time has moved by a pixel since it was drawn; less is not seen and costs a layout. */
  #hasMoved() {
    const window = this.source.window();
    if (!window || !this.at || this.held || this.source.isOnAir !== this.at.isOnAir) return true;
    const { scale, end, head } = this.at;
    const moved = (now, then) => Math.abs(now - then) * scale >= 1;
    return moved(window.end, end) || moved(this.source.playhead() ?? window.end, head);
  }

  #draw() {
    const window = this.source.window();
    this.node.classList.toggle("m-tlnone", !window);
    if (!window || !this.width) return;
    this.#leave(window);
    const selection = this.selection();
    const view = this.#view(window, selection);
    this.view = view;
    const scale = this.width / (view.end - view.start);
    const place = (at) => `${Math.round((at - view.start) * scale)}px`;
    const head = this.source.playhead() ?? window.end;
    this.at = { scale, end: window.end, head, isOnAir: this.source.isOnAir };
    this.#set("--a", place(selection.start));
    this.#set("--b", place(selection.end));
    this.#set("--p", place(Math.max(view.start, Math.min(head, view.end))));
    const isAway = view.zoomed && (head < view.start - 200 || head > view.end + 200); // the overview shows it
    if (this.knob.hidden !== isAway) this.knob.hidden = isAway;
    this.#set("--e", place(window.end));
    this.#set("--s", place(Math.max(window.start, view.start)));
    const edgeIsAway = !this.source.isOnAir || window.end > view.end + 1; // or the view ends before it
    if (this.edge.hidden !== edgeIsAway) this.edge.hidden = edgeIsAway;
    this.oldest = Math.min(this.oldest ?? window.start, window.start);
    const hasDropped = window.end - window.start >= this.bufferMs ||
      window.start > this.oldest + MOVED_MS;
    text(this.before.firstChild, hasDropped ? "No longer buffered" : "Nothing earlier yet");
    text(this.label, seconds(selection.end - selection.start));
    this.#drawRuler(view, window, selection);
    this.film.draw(
      view,
      window,
      Math.max(6, Math.round(this.width / (isPhone() ? 42 : 64))),
      this.width,
    );
    this.#drawOverview(view, selection, head);
    const now = performance.now();
    if (now - (this.spokenAt ?? 0) > 500) {
      this.spokenAt = now;
      this.#speak(window, selection, head);
    }
  }

  #set(name, value) {
    if (this.drawn.get(name) === value) return;
    this.drawn.set(name, value);
    this.node.style.setProperty(name, value);
  }

  #drawRuler(view, window, selection) {
    const span = (view.end - view.start) / 1000;
    const most = Math.max(2, Math.floor(this.width / 110));
    const step = STEPS_S.find((s) => span / s <= most) ?? 1800;
    const wanted = new Map();
    for (
      let k = Math.ceil((window.end - view.end) / 1000 / step);
      k * step * 1000 <= window.end - view.start + 1;
      k += 1
    ) {
      const at = window.end - k * step * 1000;
      wanted.set(
        k ? `−${length(k * step * 1000)}` : this.source.isOnAir ? "Live" : "End",
        (at - view.start) / (view.end - view.start),
      );
    }
    for (const [label, node] of this.labels) {
      if (!wanted.has(label)) {
        node.remove();
        this.labels.delete(label);
      }
    }
    const { width } = this;
    const mark = ((selection.start - view.start) / (view.end - view.start)) * width - 16;
    for (const [label, share] of wanted) {
      let node = this.labels.get(label);
      if (!node) {
        node = dom`<span>${label}</span>`;
        this.labels.set(label, node);
        this.ruler.append(node);
      }
      const pull = share < 0.02 ? "0" : share > 0.97 ? "-100%" : "-50%";
      const x = share * width;
      const near = !this.readonly && x > mark - 34 && x < mark + 96 && share <= 0.97;
      const style = `left:${Math.round(x)}px;transform:translateX(${pull});${
        near || share < -0.01 ? "opacity:0" : ""
      }`;
      if (node.drawn === style) continue;
      node.drawn = style;
      node.style.cssText = style;
    }
  }

  #drawOverview(view, selection, head) {
    const isKept = !this.readonly && keepsOverview(this.bufferMs, isPhone());
    const isShown = view.zoomed || isKept;
    if (this.overview.hidden === isShown) this.overview.hidden = !isShown;
    if (!isShown) return;
    const whole = view.whole ?? view;
    const share = (at) => ((at - whole.start) / (whole.end - whole.start)) * 100;
    const [win, sel, at] = this.overview.children;
    at.style.left = `${Math.max(0, Math.min(99.8, share(head)))}%`;
    win.style.cssText = `left:${share(view.start)}%;width:${share(view.end) - share(view.start)}%`;
    sel.style.cssText = `left:${share(selection.start)}%;width:${
      Math.max(0.6, share(selection.end) - share(selection.start))
    }%`;
  }

  #speak(window, selection, head) {
    const set = (node, at) => {
      node.setAttribute("aria-valuemin", Math.round(window.start / 1000));
      node.setAttribute("aria-valuemax", Math.round(window.end / 1000));
      node.setAttribute("aria-valuenow", Math.round(at / 1000));
      node.setAttribute("aria-valuetext", clock(at));
    };
    set(this.handles.a, selection.start);
    set(this.handles.b, selection.end);
    set(this.lane, head);
  }

  #instant(event) {
    const box = this.lane.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    return this.view.start + share * (this.view.end - this.view.start);
  }

  #wire() {
    for (const [which, handle] of Object.entries(this.handles)) {
      this.#drag(handle, (at) => this.setEnd(which, at), true);
      handle.addEventListener("keydown", (event) => this.#handleKey(event, which));
    }
    this.#drag(this.lane, () => {}, false);
    this.lane.addEventListener("keydown", (event) => {
      const ms = { ArrowLeft: -1000, ArrowRight: 1000 }[event.key];
      if (!ms) return;
      event.preventDefault();
      event.stopPropagation();
      this.player.nudge(event.shiftKey ? ms * 10 : ms);
    });
  }

  /** Follow a pointer; the player shows the frame under it. */
  #drag(target, move, isHandle) {
    let offset = 0;
    let before = null;
    const show = (at) => {
      this.pending = at;
      if (this.source.isSeeking && performance.now() - (this.soughtAt ?? 0) < 250) return;
      this.soughtAt = performance.now();
      this.source.seek(at);
    };
    const follow = (event) => {
      const at = this.#instant({ clientX: event.clientX - offset });
      move(at);
      show(at);
    };
    target.addEventListener("pointerdown", (event) => {
      if (event.button || !this.view) return;
      target.setPointerCapture(event.pointerId);
      this.held = { ...this.view }; // the view stays still under the finger
      before = {
        paused: this.source.isPaused,
        live: this.player.isLive,
        at: this.source.playhead(),
      };
      this.source.pause();
      if (isHandle) {
        const now = this.selection();
        const at = target === this.handles.a ? now.start : now.end;
        const box = this.lane.getBoundingClientRect();
        offset = event.clientX -
          (box.left + ((at - this.view.start) / (this.view.end - this.view.start)) * box.width);
        this.takeRange(now);
        show(at);
      } else {
        offset = 0;
        follow(event);
      }
      target.classList.add("m-held");
      target.addEventListener("pointermove", follow);
      event.preventDefault();
      this.lane.focus({ preventScroll: true }); // their keys belong to the page: a dragged handle keeps none
    });
    const end = () => {
      if (!before) return;
      target.removeEventListener("pointermove", follow);
      target.classList.remove("m-held");
      this.held = undefined;
      if (isHandle) this.#return(before);
      else {
        this.player.seek(this.pending);
        if (!before.paused) this.player.play();
      }
      before = null;
      this.#changed();
    };
    target.addEventListener("pointerup", end);
    target.addEventListener("pointercancel", end);
  }

  /** After moving a handle, continue where the viewer was. */
  #return({ paused, live, at }) {
    if (live) this.player.goLive({ quiet: true });
    else if (at !== null) this.source.seek(at);
    if (!paused) this.player.play();
  }

  #handleKey(event, which) {
    const now = this.selection();
    const window = this.source.window();
    if (!now || !window) return;
    const at = which === "a" ? now.start : now.end;
    const step = event.shiftKey ? 1000 / this.source.fps : 1000;
    const go = {
      ArrowLeft: at - step,
      ArrowDown: at - step,
      ArrowRight: at + step,
      ArrowUp: at + step,
      PageDown: at - 10_000,
      PageUp: at + 10_000,
      Home: window.start,
      End: window.end,
    }[event.key];
    if (go === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.setEnd(which, go);
    this.player.pause();
    this.source.seek(go);
    this.spokenAt = 0;
  }
}
