// The frame and the time under the pointer, above the timeline.
import { dom, text } from "./dom.js";
import { clock } from "./format.js";

const HALF_PX = 74;
const STEP_MS = 500; // frames of a fixed grid: neighbours share a request

export class Hover {
  /** `instant(event)` is the time under a pointer, `window()` what is buffered. */
  constructor({ lane, frameUrl, instant, window }) {
    this.frameUrl = frameUrl;
    this.window = window;
    this.instant = instant;
    this.image = dom`<img alt="" />`;
    this.time = dom`<span />`;
    this.node = dom`<div class="m-hover" hidden aria-hidden="true">${this.image}${this.time}</div>`;
    this.image.addEventListener("load", () => {
      this.loading = false;
      if (this.wanted !== this.shown) this.#load();
    });
    this.image.addEventListener("error", () => {
      this.loading = false;
    });
    lane.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse") this.#show(event, lane);
    });
    for (const name of ["pointerleave", "pointerdown"]) {
      lane.addEventListener(name, () => {
        this.node.hidden = true;
      });
    }
  }

  #show(event, lane) {
    const window = this.window();
    const at = window && !event.buttons ? this.instant(event) : null;
    this.node.hidden = at === null || at < window.start || at > window.end;
    if (this.node.hidden) return;
    const box = lane.getBoundingClientRect();
    const x = Math.max(HALF_PX, Math.min(box.width - HALF_PX, event.clientX - box.left));
    this.node.style.left = `${Math.round(x)}px`;
    text(this.time, clock(at));
    const step = Math.round(at / STEP_MS) * STEP_MS;
    this.wanted = Math.max(window.start + 1500, Math.min(step, window.end - 600));
    if (!this.loading && this.wanted !== this.shown) this.#load();
  }

  #load() {
    this.loading = true;
    this.shown = this.wanted;
    this.image.src = `${this.frameUrl()}${Math.round(this.shown * 1000)}.jpg?w=160`;
  }
}
