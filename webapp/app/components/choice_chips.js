// A choice of one as chips, each with how many there are.
import { tally } from "moments/format.js";
import { glyph } from "moments/icons.js";

export default {
  props: { label: String, options: Array, value: String, counts: Object },
  emits: ["choose"],
  render() {
    const { h } = Vue;
    const chip = ({ value, label, glyph: drawing }) => {
      const [count, isEstimate] = this.counts?.[value] ?? [];
      return h(
        "button",
        {
          class: ["m-chip", { "m-on": value === this.value }],
          type: "button",
          "aria-pressed": String(value === this.value),
          onClick: () => this.$emit("choose", value),
        },
        [
          drawing ? glyph(drawing, "s") : null,
          label,
          // Counts come late: room for one digit is kept, so that little moves.
          this.counts &&
          h(
            "span",
            { class: ["m-chipcount", { "m-unknown": count === undefined }] },
            tally(count ?? 0, isEstimate),
          ),
        ],
      );
    };
    return h(
      "div",
      { class: "m-chips m-kinds", role: "group", "aria-label": this.label },
      this.options.map(chip),
    );
  },
};
