// Commits along the time: a lane for each branch, pictures where they were captured.
import { when } from "moments/state.js";
import { view } from "moments/view.js";

const LANES = 8;
const GAP = 0.09; // of a lane's width: what a picture takes

export default {
  props: { items: Array, before: String, after: String },
  emits: ["pick"],
  computed: {
    /** Branches in the order of their newest commit, each with its commits and their places. */
    lanes() {
      const times = this.items.map((item) => Date.parse(item.at));
      const first = Math.min(...times);
      const span = Math.max(1, Math.max(...times) - first);
      const lanes = new Map();
      this.items.forEach((item, index) => {
        const lane = lanes.get(item.branch) ?? [];
        lanes.set(item.branch, lane);
        const wanted = ((times[index] - first) / span) * (1 - GAP);
        // The newest is placed first; older ones step back where pictures would cover each other.
        const place = Math.min(wanted, (lane.at(-1)?.place ?? 2) - GAP);
        if (place >= 0) lane.push({ item, place });
      });
      return [...lanes].slice(0, LANES);
    },
  },
  methods: {
    stop({ item, place }) {
      const letter = { [this.before]: "A", [this.after]: "B" }[item.id];
      const label = `${item.title}, ${when(Date.parse(item.at))}`;
      return view`<button key=${item.id} type="button" class=${{ "m-on": letter }}
        style=${{ left: `${100 * place}%` }} title=${label} aria-label=${label}
        aria-pressed=${letter ? "true" : "false"} onClick=${() => this.$emit("pick", item.id)}>
        ${item.picture && view`<img src=${item.picture} alt="" />`}
        ${letter && view`<b class="m-ab">${letter}</b>`}
      </button>`;
    },
  },
  render() {
    const lanes = this.lanes.map(([branch, stops]) =>
      view`<li key=${branch}>
        <span class="m-cut m-sm m-b">${branch || "no branch"}</span>
        <div class="m-clane">${stops.map((stop) => this.stop(stop))}</div>
      </li>`
    );
    const ends = [this.items.at(-1), this.items[0]].filter(Boolean);
    return view`<div class="m-clanes">
      <ol aria-label="Branches">${lanes}</ol>
      <div class="m-cends m-sm m-3">
        ${ends.map((item) => view`<span>${when(Date.parse(item.at))}</span>`)}
      </div>
    </div>`;
  },
};
