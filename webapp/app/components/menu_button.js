// A button that opens a menu of links and values.
import { menu } from "moments/dialog.js";
import { glyph } from "moments/icons.js";
import { view } from "moments/view.js";

export default {
  props: { label: String, glyph: String, items: Array },
  emits: ["choose"],
  methods: {
    press() {
      const choose = ({ value }) => this.$emit("choose", value);
      const [first, ...others] = this.items;
      if (first && !others.length && !first.href) {
        choose(first);
        return;
      }
      menu(
        this.$el,
        this.items.map((item) => ({
          label: item.label,
          icon: item.icon,
          href: item.href ?? undefined,
          onclick: item.href ? undefined : () => choose(item),
        })),
      );
    },
  },
  render() {
    return view`<button class="m-btn" type="button" aria-haspopup="menu" aria-expanded="false"
      onClick=${this.press}>
      ${glyph(this.glyph, "s")}
      ${this.label}
    </button>`;
  },
};
