// A choice of one as chips, each with how many there are.
import { tally } from "moments/format.js";
import { glyph } from "moments/icons.js";
import { view } from "moments/view.js";

export default {
  props: { label: String, options: Array, value: String, counts: Object },
  emits: ["choose"],
  render() {
    const chip = ({ value, label, glyph: drawing }) => {
      const [count, isEstimate] = this.counts?.[value] ?? [];
      // Counts come late: room for one digit is kept, so that little moves.
      const number = view`<span class=${["m-chipcount", { "m-unknown": count === undefined }]}>
        ${tally(count ?? 0, isEstimate)}
      </span>`;
      return view`<button class=${["m-chip", { "m-on": value === this.value }]} type="button"
        aria-pressed=${String(value === this.value)} onClick=${() => this.$emit("choose", value)}>
        ${drawing ? glyph(drawing, "s") : null}
        ${label}
        ${this.counts && number}
      </button>`;
    };
    return view`<div class="m-chips m-kinds" role="group" aria-label=${this.label}>
      ${this.options.map(chip)}
    </div>`;
  },
};
