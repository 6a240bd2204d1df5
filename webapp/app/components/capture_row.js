// A capture in a short list, as one element.
import { glyph } from "moments/icons.js";
import { ago, fullTime, seconds, titleOf } from "moments/format.js";
import { frameOf } from "moments/presses.js";
import { view } from "moments/view.js";

const AGO_MS = 30_000;
const LEFT_MS = 500;

export default {
  props: { item: Object, fresh: Boolean },
  data: () => ({ now: Date.now() }),
  mounted() {
    this.tick();
  },
  beforeUnmount() {
    clearInterval(this.timer);
  },
  watch: {
    item() {
      this.tick();
    },
  },
  methods: {
    tick() {
      clearInterval(this.timer);
      this.timer = setInterval(() => {
        this.now = Date.now();
      }, this.item.status === "recording" ? LEFT_MS : AGO_MS);
    },
    state() {
      const { status, ends_at: end } = this.item;
      const mark = (tone, label, spins) =>
        view`<span class=${["m-badge m-capstate", tone]}>
          ${spins && view`<span class="m-ring m-spin" />`}
          ${label}
        </span>`;
      const left = Math.max(0, Math.ceil((Date.parse(end) - this.now) / 1000));
      if (status === "recording") {
        return mark("m-icew", left ? `Recording, ${left} s left` : "Finishing", true);
      }
      if (status === "processing") return mark("m-icew", "Processing", true);
      return status === "failed" ? mark("m-badw", "Failed") : null;
    },
  },
  render() {
    const { item } = this;
    const isClip = item.kind === "clip";
    const picture = frameOf(item.press) ?? item.picture;
    const figure = isClip ? seconds(item.duration_ms) : glyph("camera", "s");
    return view`<a class=${["m-cap", { "m-new": this.fresh }]} href=${item.href}
      title=${fullTime(Date.parse(item.starts_at))}>
      <span class="m-pic">
        ${picture && view`<img src=${picture} alt="" />`}
        <span class="m-at-br"><span class="m-badge m-onpic">${figure}</span></span>
      </span>
      <span class="m-grow m-captext">
        <span class="m-b m-cut">
          ${titleOf({ title: item.title, kind: item.kind, start_ts: item.starts_at })}
        </span>
        <span class="m-sm m-3 m-cut">
          ${isClip ? "Clip" : "Snapshot"} · ${ago(Date.parse(item.created_at), this.now)}
        </span>
        ${this.state()}
      </span>
    </a>`;
  },
};
