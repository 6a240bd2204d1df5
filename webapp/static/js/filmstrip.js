// The frames behind the timeline: thumbnails from the node's ring, one per step of a fixed grid, so
// that they stay fixed in time while the view moves.
import { dom } from "./dom.js";

export class Filmstrip {
  constructor(lane, frameUrl) {
    this.frameUrl = frameUrl;
    this.strip = dom`<div class="m-strip" aria-hidden="true" />`;
    lane.prepend(this.strip);
    this.cells = new Map();
  }

  /** Draw a view `{start, end}` (ms) of a window in a lane of `width` px, with a number of cells. */
  draw(view, window, count, width) {
    const span = view.end - view.start;
    const step = Math.max(100, span / count);
    if (!this.step || Math.abs(step - this.step) > 1) this.#reset(step, view.start);
    const first = Math.floor((view.start - this.origin) / this.step);
    const last = Math.floor((view.end - this.origin) / this.step);
    for (const [tick, cell] of this.cells) {
      if (tick < first || tick > last) {
        cell.remove();
        this.cells.delete(tick);
      }
    }
    for (let tick = first; tick <= last; tick += 1) this.#cell(tick, span, window);
    const left = Math.round(((this.origin - view.start) / span) * width * 2) / 2;
    if (left === this.left) return;
    this.left = left;
    this.strip.style.transform = `translateX(${left}px)`;
  }

  #reset(step, origin) {
    this.step = step;
    this.origin = origin;
    this.cells.clear();
    this.strip.replaceChildren();
  }

  #cell(tick, span, window) {
    let cell = this.cells.get(tick);
    if (!cell) {
      cell = dom`<i style="left:${(tick * this.step / span) * 100}%;width:${
        (this.step / span) * 100
      }%" />`;
      this.cells.set(tick, cell);
      this.strip.append(cell);
    }
    if (cell.asked) return;
    const begin = this.origin + tick * this.step;
    const at = Math.max(begin, window.start + 1500);
    if (at > begin + this.step || at > window.end - 600) return; // not in the buffer (yet)
    cell.asked = true;
    const image = new Image();
    image.alt = "";
    image.decoding = "async";
    image.onload = () => cell.replaceChildren(image);
    image.onerror = () => {
      if (!cell.again) {
        cell.again = true;
        setTimeout(() => {
          cell.asked = false;
        }, 4000);
      }
    };
    image.src = `${this.frameUrl()}${Math.round(at * 1000)}.jpg?w=160`;
  }
}
