// An instant in the viewer's time zone, and how far away it is.
import { ago, clock, fullTime } from "./format.js";
import { when } from "./state.js";
import { view } from "./view.js";

const left = (ms) => Math.ceil((ms - Date.now()) / 1000);
const HOW = {
  full: (ms) => fullTime(ms).replace(/\.\d$/, ""),
  exact: fullTime,
  clock: (ms) => clock(ms, 0),
  time: when,
  ago,
  left: (ms) => (left(ms) > 0 ? `${left(ms)} s left` : "Finishing"),
  recording: (ms) => (left(ms) > 0 ? `Recording, ${left(ms)} s left` : "Finishing"),
};
const EVERY_MS = { ago: 30_000, left: 500, recording: 500 };

export default {
  props: { at: String, how: String },
  mounted() {
    const every = EVERY_MS[this.how];
    if (every) this.timer = setInterval(() => this.$forceUpdate(), every);
  },
  beforeUnmount() {
    clearInterval(this.timer);
  },
  render() {
    const ms = Date.parse(this.at);
    return view`<time datetime=${this.at} title=${fullTime(ms)}>${HOW[this.how](ms)}</time>`;
  },
};
