// The sections of the settings; on phones a strip, scrolled to the present one.
import { glyph } from "moments/icons.js";

export default {
  props: { sections: Array, current: String },
  mounted() {
    const here = this.$el.querySelector("[aria-current]");
    if (here) this.$el.scrollTo({ left: here.offsetLeft - 60 });
  },
  render() {
    const { h } = Vue;
    const links = this.sections.map(([key, label, drawing]) =>
      h("a", {
        href: `/settings/${key}`,
        "aria-current": key === this.current ? "page" : undefined,
      }, [
        glyph(drawing),
        label,
      ])
    );
    return h("nav", { class: "m-snav", "aria-label": "Settings" }, [h("h1", "Settings"), ...links]);
  },
};
