// A choice of one as chips.
import { icon } from "moments/icons.js";

export default {
  props: { label: String, options: Array, value: String },
  emits: ["choose"],
  render() {
    const { h } = Vue;
    return h("div", { class: "m-chips m-kinds", role: "group", "aria-label": this.label }, this.options.map(({ value, label, glyph }) =>
      h("button", { class: ["m-chip", { "m-on": value === this.value }], type: "button", "aria-pressed": String(value === this.value), onClick: () => this.$emit("choose", value) },
        [glyph ? h("span", { class: "m-glyph", innerHTML: icon(glyph, "s") }) : null, label])));
  },
};
