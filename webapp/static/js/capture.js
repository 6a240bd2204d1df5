// Snapshot and Clip: take the press, read the instant, and respond within one frame.
import { reducedMotion } from "./dom.js";
import { insideFrame, keepFrame } from "./presses.js";
import { short } from "./format.js";
import { toast } from "./toast.js";

export class Capture extends EventTarget {
  /**
   * `options`: `{player, timeline, target(), make(press, note)}`. `make` gets `{number, kind,
   * start_ms, duration_ms, preview}` and the toast that is already shown; it resolves with the
   * capture, or null if it was refused.
   */
  constructor({ player, timeline, target, make }) {
    super();
    this.player = player;
    this.timeline = timeline;
    this.target = target;
    this.make = make;
  }

  /** Keep exactly the frame on screen. */
  async snapshot() {
    const picture = this.#flash();
    if (picture.instant === null) {
      this.#nothingYet();
      return;
    }
    const at = Math.round(insideFrame(picture.instant, this.player.source.fps));
    await this.#press(
      { kind: "snapshot", start_ms: at, duration_ms: 0 },
      picture.url,
      "Taking a snapshot",
    );
  }

  /** Keep the selected range. */
  async clip(range = this.timeline.selection()) {
    if (!range) {
      this.#nothingYet();
      return;
    }
    const picture = this.#flash();
    const start = this.#held(range.start);
    const duration = Math.max(100, Math.floor(range.end - start));
    await this.#press(
      { kind: "clip", start_ms: start, duration_ms: duration },
      picture.url,
      `Cutting ${short(duration)}`,
    );
  }

  /** Keep the oldest seconds that are buffered. */
  async clipOldest() {
    const window = this.player.source.window();
    if (window) {
      await this.clip({
        start: window.start + 1000,
        end: Math.min(window.end, window.start + 11_000),
      });
    }
  }

  /** A start that is still buffered when the request arrives: the oldest part is about to leave. */
  #held(start) {
    const window = this.player.source.window();
    if (!window) return Math.ceil(start);
    const isFull = window.end - window.start > this.timeline.bufferMs - 2000;
    return Math.ceil(Math.max(start, window.start + (isFull ? 1000 : 0)));
  }

  async #press(span, preview, doing) {
    const note = toast({ tone: "busy", title: doing, image: preview });
    const item = await this.make({ number: keepFrame(preview), preview, ...span }, note);
    if (item) this.dispatchEvent(new CustomEvent("made", { detail: { item, preview } }));
  }

  #nothingYet() {
    toast({
      tone: "bad",
      title: "Nothing to capture yet",
      detail: "No video has played here yet.",
    });
  }

  /** A white flash, then the frame shrinks towards its place in the list. */
  #flash() {
    const picture = this.player.grab();
    if (reducedMotion()) return picture;
    const { flashVeil, video } = this.player;
    flashVeil.animate([{ opacity: 0.46 }, { opacity: 0 }], { duration: 90, easing: "ease-out" });
    const goal = this.target?.()?.getBoundingClientRect();
    if (!picture.canvas || !goal?.width) return picture;
    const from = video.getBoundingClientRect();
    const { canvas } = picture;
    canvas.className = "m-flying";
    canvas.style.cssText =
      `left:${from.left}px;top:${from.top}px;width:${from.width}px;height:${from.height}px`;
    document.body.append(canvas);
    const [x, y] = [goal.left - from.left, goal.top - from.top];
    const transform = `translate(${x}px, ${y}px) scale(${goal.width / from.width})`;
    canvas.animate(
      [{ opacity: 0.9 }, { transform, opacity: 1, offset: 0.9 }, { transform, opacity: 0 }],
      { duration: 320, easing: "cubic-bezier(.2,.8,.2,1)" },
    ).finished.finally(() => canvas.remove());
    return picture;
  }
}
