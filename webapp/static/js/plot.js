// A line chart of one figure over the last minutes; a value is read by pointer or arrow keys.
import { clock } from "./format.js";
import { view } from "./view.js";

const W = 600;
const H = 92;
const GAP_MS = 10_000; // without a value this long, the line is broken

/** A round number above a value: 1, 2 or 5 times a power of ten. */
function ceiling(value, least) {
  const wanted = Math.max(value * 1.08, least);
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= wanted);
}

/** The values that follow each other: one that is unknown, or a gap in time, begins anew. */
function runs(points) {
  const found = [];
  let before = null;
  for (const [at, value] of points) {
    if (value === null) before = null;
    else {
      if (before === null || at - before > GAP_MS) found.push([]);
      found.at(-1).push([at, value]);
      before = at;
    }
  }
  return found;
}

export default {
  props: {
    title: String,
    unit: Function, // a value in words
    least: Number, // the lowest top of the axis
    top: Number, // a fixed top, instead
    warn: Function, // whether a value is a bad one
    span: Number, // ms
    points: Array, // `[instant in ms, value]`, oldest first; unknown values are null
  },
  data: () => ({ picked: null }), // the instant of the point that is read
  methods: {
    point(event) {
      const { left, width } = event.currentTarget.getBoundingClientRect();
      const share = (event.clientX - left) / width;
      const at = this.points.at(-1)[0] - (1 - share) * this.span;
      const apart = (point) => Math.abs(point[0] - at);
      this.picked = this.points.toSorted((a, b) => apart(a) - apart(b))[0][0];
    },
    leave() {
      this.picked = null;
    },
    picture(now, high) {
      const x = (at) => (W * (1 - (now - at) / this.span)).toFixed(1);
      const y = (value) => (H - 1 - (Math.min(value, high) / high) * (H - 3)).toFixed(1);
      let line = "";
      let area = "";
      for (const run of runs(this.points)) {
        const path = run.map(([at, value]) => `${x(at)} ${y(value)}`).join("L");
        line += `M${path}`;
        area += `M${x(run[0][0])} ${H}L${path}L${x(run.at(-1)[0])} ${H}Z`;
      }
      const grid = [0.5, H / 2, H - 0.5].map((at) =>
        view`<line class="m-grid" x1="0" x2=${W} y1=${at} y2=${at} />`
      );
      return view`<svg viewBox="0 0 ${W} ${H}" preserveAspectRatio="none" aria-hidden="true">
        ${grid}
        <path class="m-area" d=${area} />
        <path class="m-line" d=${line} />
      </svg>`;
    },
  },
  render() {
    const { points, title } = this;
    const last = points.length - 1;
    const index = points.findIndex(([at]) => at === this.picked);
    const [at, value] = points[index < 0 ? last : index] ?? [0, null];
    const now = points[last]?.[0] ?? 0;
    const newest = points[last]?.[1] ?? null;
    const high = this.top ?? ceiling(Math.max(0, ...points.map((each) => each[1])), this.least);
    const words = !points.length ? "…" : value === null ? "none" : this.unit(value);
    const cursor = view`<i class="m-cursor" hidden=${index < 0}
      style=${{ left: `${100 * (1 - (now - at) / this.span)}%` }} />`;
    const reader = view`<input type="range" min="0" max=${Math.max(0, last)}
      value=${index < 0 ? last : index} aria-label="${title}, over time"
      aria-valuetext="${words} at ${clock(at, 0)}" disabled=${!points.length}
      onInput=${(event) => (this.picked = points[event.target.value][0])} onBlur=${this.leave} />`;
    return view`<section class=${["m-glass m-plot", { "m-warned": this.warn?.(newest) }]}
      aria-label=${title}>
      <div class="m-row m-between"><h2>${title}</h2><b>${words}</b></div>
      <div class="m-plotpic" onPointermove=${points.length ? this.point : null}
        onPointerleave=${this.leave}>
        ${reader}
        ${this.picture(now, high)}
        ${cursor}
      </div>
      <div class="m-plotfoot" aria-hidden="true">
        <span>${Math.round(this.span / 60_000)} min ago</span>
        <span>top ${this.unit(high)}</span>
        <span>now</span>
      </div>
    </section>`;
  },
};
