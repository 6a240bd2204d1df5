// Two pictures of the same thing: side by side, under a divider, or in turn; boxes are numbered.
import { view } from "moments/view.js";

const BLINK_MS = 700;

export default {
  props: {
    before: Object,
    after: Object,
    boxes: Array,
    ignored: Array,
    mode: String,
    name: String,
    draws: Boolean,
  },
  emits: ["region"],
  data: () => ({ cut: 50, turn: 0, corner: null, drawn: null }),
  computed: {
    /** The size that both have room in. */
    size() {
      const both = [this.before, this.after].filter(Boolean);
      const most = (side) => Math.max(1, ...both.map((each) => each[side]));
      return { width: most("width"), height: most("height") };
    },
  },
  watch: {
    mode: {
      immediate: true,
      handler() {
        clearInterval(this.timer);
        const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
        if (this.mode !== "blink" || isStill) return;
        this.timer = setInterval(() => this.turn++, BLINK_MS);
      },
    },
  },
  beforeUnmount() {
    clearInterval(this.timer);
  },
  methods: {
    image(picture, words) {
      if (!picture) return null;
      const { width, height } = this.size;
      return view`<img src=${picture.url} alt="${this.name}, ${words}" draggable=${false} style=${{
        width: `${(100 * picture.width) / width}%`,
        height: `${(100 * picture.height) / height}%`,
      }} />`;
    },
    place(box) {
      const { width, height } = this.size;
      return {
        left: `${(100 * box.x) / width}%`,
        top: `${(100 * box.y) / height}%`,
        width: `${(100 * box.width) / width}%`,
        height: `${(100 * box.height) / height}%`,
      };
    },
    frames() {
      return [
        ...this.ignored.map((region) =>
          view`<i class="m-cignored" style=${this.place(region)} title="Ignored" />`
        ),
        ...this.boxes.map((box) =>
          view`<i class=${["m-cbox", { "m-edge": this.isAtEdge(box) }]} key=${box.number}
            style=${this.place(box)}><b>${box.number}</b></i>`
        ),
      ];
    },
    /** Its number has no room outside of it. */
    isAtEdge(box) {
      const { width, height } = this.size;
      return box.x + box.width > 0.97 * width || box.y < 0.03 * height;
    },
    badge(letter, words, side) {
      const content = [view`<b class="m-ab">${letter}</b>`, words];
      return view`<span class=${["m-badge m-onpic m-cword", side]}>${content}</span>`;
    },
    stage(children, more = {}) {
      const { width, height } = this.size;
      return view`<div class="m-cstage" style=${{ aspectRatio: `${width} / ${height}` }} ...${more}>
        ${children}
      </div>`;
    },
    side() {
      const badge = this.badge("B", "After", "m-cright");
      const after = [this.image(this.after, "after"), ...this.frames(), badge];
      return view`<div class="m-cside">
        ${this.stage([this.image(this.before, "before"), this.badge("A", "Before", "m-cleft")])}
        ${this.stage(after)}
      </div>`;
    },
    swipe() {
      const input = view`<input type="range" min="0" max="100" step="0.5" value=${this.cut}
        aria-label="Divider of ${this.name}"
        onInput=${(event) => (this.cut = Number(event.target.value))} />`;
      return this.stage([
        this.image(this.before, "before"),
        view`<div class="m-cafter" style=${{ clipPath: `inset(0 0 0 ${this.cut}%)` }}>
          ${this.image(this.after, "after")}
        </div>`,
        ...this.frames(),
        view`<span class="m-ccut" style=${{ left: `${this.cut}%` }}><b>‹ ›</b></span>`,
        input,
        this.badge("A", "Before", "m-cleft"),
        this.badge("B", "After", "m-cright"),
      ]);
    },
    /** With reduced motion a press turns it. */
    blink() {
      const isAfter = this.turn % 2 === 1;
      const words = isAfter ? "after" : "before";
      return this.stage([
        this.image(isAfter ? this.after : this.before, words),
        ...this.frames(),
        isAfter ? this.badge("B", "After", "m-cright") : this.badge("A", "Before", "m-cleft"),
        view`<button class="m-cturn" type="button" aria-label="Show the other picture of ${this.name}"
          onClick=${() => this.turn++} />`,
      ]);
    },
    /** Where the pointer is, in pixels of the picture. */
    at(event) {
      const frame = event.currentTarget.getBoundingClientRect();
      const part = (from, length) => Math.min(1, Math.max(0, from / length));
      return {
        x: Math.round(part(event.clientX - frame.left, frame.width) * this.size.width),
        y: Math.round(part(event.clientY - frame.top, frame.height) * this.size.height),
      };
    },
    /** A press and a drag over the new picture make a region. */
    drawing() {
      const forget = () => {
        this.corner = this.drawn = null;
      };
      const layer = view`<div class="m-cdraw" onPointerdown=${(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        this.corner = this.at(event);
      }}
        onPointermove=${(event) => {
        if (!this.corner) return;
        const [a, b] = [this.corner, this.at(event)];
        this.drawn = {
          x: Math.min(a.x, b.x),
          y: Math.min(a.y, b.y),
          width: Math.abs(a.x - b.x),
          height: Math.abs(a.y - b.y),
        };
      }}
        onPointerup=${() => {
        const region = this.drawn;
        forget();
        if (region?.width && region.height) this.$emit("region", region);
      }} onPointercancel=${forget}>
        ${this.drawn ? [view`<i class="m-cignored" style=${this.place(this.drawn)} />`] : []}
      </div>`;
      const words = view`<span class="m-badge m-onpic m-cword m-cleft">Drag over a region</span>`;
      return this.stage([this.image(this.after, "after"), ...this.frames(), words, layer]);
    },
  },
  render() {
    if (this.draws && this.after) return view`<div class="m-compare">${this.drawing()}</div>`;
    const isPair = this.before && this.after;
    const show = { side: this.side, swipe: this.swipe, blink: this.blink }[this.mode];
    return view`<div class="m-compare">${isPair && show ? show() : this.side()}</div>`;
  },
};
