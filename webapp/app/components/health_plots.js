// A stream's figures of the last minutes: one chart each, grown by what is new.
import { length } from "moments/format.js";
import Plot from "moments/plot.js";
import { view } from "moments/view.js";

const SPAN_MS = 300_000;

// In the order of a row's values.
const CHARTS = [
  { title: "Bitrate", unit: (value) => `${(value / 1000).toFixed(1)} Mbit/s`, least: 1000 },
  { title: "Frame rate", unit: (value) => `${Math.round(value * 10) / 10} fps`, least: 30 },
  {
    title: "Keyframe interval",
    unit: (value) => `${(value / 1000).toFixed(1)} s`,
    least: 2000,
    warn: (value) => value > 4500,
  },
  {
    title: "Inbound packet loss",
    unit: (value) => `${value.toFixed(1)} %`,
    least: 2,
    warn: (value) => value > 2,
  },
  { title: "Viewers", unit: (value) => String(Math.round(value)), least: 5 },
  { title: "Buffer", unit: (value) => length(value) },
];

export default {
  props: { buffer: Number },
  emits: ["seen"],
  data: () => ({ rows: [] }),
  mounted() {
    this.changed = () => this.$emit("seen", !document.hidden);
    document.addEventListener("visibilitychange", this.changed);
  },
  beforeUnmount() {
    document.removeEventListener("visibilitychange", this.changed);
  },
  methods: {
    clear() {
      this.rows = [];
    },
    add(rows) {
      const from = rows.at(-1)[0] - SPAN_MS;
      this.rows = [...this.rows, ...rows].filter(([at]) => at > from);
    },
  },
  render() {
    const plots = CHARTS.map((chart, n) => {
      const points = this.rows.map((row) => [row[0], row[n + 1]]);
      const top = chart.title === "Buffer" ? this.buffer : undefined;
      return view`<${Plot} ...${chart} top=${top} span=${SPAN_MS} points=${points} />`;
    });
    return view`<div class="m-plots">${plots}</div>`;
  },
};
