// Two pictures of the same thing: side by side, under a divider, or in turn; boxes are numbered.
const BLINK_MS = 700;

export default {
  props: { before: Object, after: Object, boxes: Array, mode: String, name: String },
  data: () => ({ cut: 50, turn: 0 }),
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
      return Vue.h("img", {
        src: picture.url,
        alt: `${this.name}, ${words}`,
        draggable: false,
        style: {
          width: `${(100 * picture.width) / width}%`,
          height: `${(100 * picture.height) / height}%`,
        },
      });
    },
    frames() {
      const { h } = Vue;
      const { width, height } = this.size;
      return this.boxes.map((box) =>
        h("i", {
          class: "m-cbox",
          key: box.number,
          style: {
            left: `${(100 * box.x) / width}%`,
            top: `${(100 * box.y) / height}%`,
            width: `${(100 * box.width) / width}%`,
            height: `${(100 * box.height) / height}%`,
          },
        }, h("b", box.number))
      );
    },
    badge(letter, words, side) {
      const { h } = Vue;
      const content = [h("b", { class: "m-ab" }, letter), words];
      return h("span", { class: ["m-badge m-onpic m-cword", side] }, content);
    },
    stage(children, more = {}) {
      const { width, height } = this.size;
      return Vue.h("div", {
        class: "m-cstage",
        style: { aspectRatio: `${width} / ${height}` },
        ...more,
      }, children);
    },
    side() {
      return Vue.h("div", { class: "m-cside" }, [
        this.stage([this.image(this.before, "before"), this.badge("A", "Before", "m-cleft")]),
        this.stage([
          this.image(this.after, "after"),
          ...this.frames(),
          this.badge("B", "After", "m-cright"),
        ]),
      ]);
    },
    swipe() {
      const { h } = Vue;
      const input = h("input", {
        type: "range",
        min: 0,
        max: 100,
        step: 0.5,
        value: this.cut,
        "aria-label": `Divider of ${this.name}`,
        onInput: (event) => {
          this.cut = Number(event.target.value);
        },
      });
      return this.stage([
        this.image(this.before, "before"),
        h("div", { class: "m-cafter", style: { clipPath: `inset(0 0 0 ${this.cut}%)` } }, [
          this.image(this.after, "after"),
        ]),
        ...this.frames(),
        h("span", { class: "m-ccut", style: { left: `${this.cut}%` } }, h("b", "‹ ›")),
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
        Vue.h("button", {
          class: "m-cturn",
          type: "button",
          "aria-label": `Show the other picture of ${this.name}`,
          onClick: () => this.turn++,
        }),
      ]);
    },
  },
  render() {
    const isPair = this.before && this.after;
    const show = { side: this.side, swipe: this.swipe, blink: this.blink }[this.mode];
    return Vue.h("div", { class: "m-compare" }, isPair && show ? show() : this.side());
  },
};
