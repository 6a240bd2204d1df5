// A line chart of one metric over the last minutes; readable by pointer or arrow keys.
import { dom, text } from "./dom.js";
import { clock } from "./format.js";

const NS = "http://www.w3.org/2000/svg";
const W = 600;
const H = 92;

const shape = (name, attrs) => {
  const node = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attrs)) node.setAttribute(key, value);
  return node;
};

/** A round number above a value: 1, 2 or 5 times a power of ten. */
function ceiling(value, least) {
  const wanted = Math.max(value * 1.08, least);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= wanted);
}

export class Plot {
  /**
   * `{title, unit(value) → words, least, top, span_s, warn(value)}`; `least` is the lowest maximum
   * of the axis.
   */
  constructor({ title, unit, least = undefined, top = undefined, span_s, warn = undefined }) {
    this.title = title;
    this.unit = unit;
    this.least = least;
    this.top = top;
    this.span_s = span_s;
    this.warn = warn;
    this.points = [];
    this.value = dom`<b>…</b>`;
    this.svg = shape("svg", {
      viewBox: `0 0 ${W} ${H}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    });
    for (const y of [0.5, H / 2, H - 0.5]) {
      this.svg.append(shape("line", { class: "m-grid", x1: 0, x2: W, y1: y, y2: y }));
    }
    this.area = shape("path", { class: "m-area" });
    this.line = shape("path", { class: "m-line" });
    this.svg.append(this.area, this.line);
    this.cursor = dom`<i class="m-cursor" hidden />`;
    this.picture =
      dom`<div class="m-plotpic" tabindex="0" role="slider" aria-label="${this.title}, over time"
      aria-orientation="horizontal">
      ${this.svg}
      ${this.cursor}
    </div>`;
    this.from = dom`<span />`;
    this.topLabel = dom`<span />`;
    this.node = dom`<section class="m-glass m-plot" aria-label=${this.title}>
      <div class="m-row m-between"><h2>${this.title}</h2>${this.value}</div>
      ${this.picture}
      <div class="m-plotfoot" aria-hidden="true">
        ${this.from}
        ${this.topLabel}
        <span>now</span>
      </div>
    </section>`;
    this.picture.addEventListener("pointermove", (event) => this.#point(event));
    this.picture.addEventListener("pointerleave", () => this.#pick(null));
    this.picture.addEventListener("blur", () => this.#pick(null));
    this.picture.addEventListener("keydown", (event) => this.#key(event));
  }

  /** `points`: `[instant in ms, value]`, oldest first; unknown values are null. */
  draw(points, now) {
    this.points = points;
    const start = now - this.span_s * 1000;
    const known = points.filter(([at, value]) => value !== null && at >= start);
    const high = this.top ?? ceiling(Math.max(0, ...known.map(([, value]) => value)), this.least);
    const x = (at) => ((at - start) / (now - start)) * W;
    const y = (value) => H - 1 - (Math.min(value, high) / high) * (H - 3);
    let line = "";
    let area = "";
    let run = [];
    const end = () => {
      if (run.length > 1) {
        const path = run.map(([px, py]) => `${px.toFixed(1)} ${py.toFixed(1)}`).join("L");
        line += `M${path}`;
        area += `M${run[0][0].toFixed(1)} ${H}L${path}L${run.at(-1)[0].toFixed(1)} ${H}Z`;
      }
      run = [];
    };
    let before = null;
    for (const [at, value] of points) {
      if (at < start) continue;
      if (value === null || (before && at - before > 10_000)) end();
      if (value !== null) run.push([x(at), y(value)]);
      before = at;
    }
    end();
    this.line.setAttribute("d", line);
    this.area.setAttribute("d", area);
    this.scale = { start, now };
    text(this.from, `${Math.round(this.span_s / 60)} min ago`);
    text(this.topLabel, `top ${this.unit(high)}`);
    if (!this.picked) this.#say(points.at(-1));
    const value = points.at(-1)?.[1] ?? null;
    this.node.classList.toggle("m-warned", value !== null && Boolean(this.warn?.(value)));
  }

  #say(point) {
    const words = !point || point[1] === null ? "none" : this.unit(point[1]);
    text(this.value, words);
    const values = {
      valuemin: 0,
      valuemax: Math.max(0, this.points.length - 1),
      valuenow: Math.max(0, this.points.indexOf(point)),
      valuetext: point ? `${words} at ${clock(point[0], 0)}` : words,
    };
    for (const [name, value] of Object.entries(values)) {
      this.picture.setAttribute(`aria-${name}`, String(value));
    }
  }

  #point({ clientX }) {
    if (!this.scale) return;
    const { left, width } = this.picture.getBoundingClientRect();
    const { start, now } = this.scale;
    const at = start + ((clientX - left) / width) * (now - start);
    const apart = (point) => Math.abs(point[0] - at);
    this.#pick(this.points.toSorted((a, b) => apart(a) - apart(b))[0] ?? null);
  }

  #key(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -15, PageDown: 15 };
    const step = { ...steps, Home: -Infinity, End: Infinity }[event.key];
    if (!step || !this.points.length) return;
    event.preventDefault();
    const last = this.points.length - 1;
    const now = this.points.indexOf(this.picked);
    this.#pick(this.points[Math.max(0, Math.min(last, (now < 0 ? last : now) + step))]);
  }

  #pick(point) {
    this.picked = point;
    this.cursor.hidden = !point;
    if (point) {
      const { start, now } = this.scale;
      const share = (point[0] - start) / (now - start);
      this.cursor.style.left = `${Math.max(0, Math.min(1, share)) * 100}%`;
    }
    this.#say(point ?? this.points.at(-1));
  }
}
