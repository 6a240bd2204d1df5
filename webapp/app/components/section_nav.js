// The sections of the settings; on phones a strip, scrolled to the present one.
import { glyph } from "moments/icons.js";
import { view } from "moments/view.js";

export default {
  props: { sections: Array, current: String },
  mounted() {
    const here = this.$el.querySelector("[aria-current]");
    if (here) this.$el.scrollTo({ left: here.offsetLeft - 60 });
  },
  render() {
    const links = this.sections.map(([key, label, drawing]) =>
      view`<a href="/settings/${key}" aria-current=${key === this.current ? "page" : undefined}>
        ${glyph(drawing)}
        ${label}
      </a>`
    );
    return view`<nav class="m-snav" aria-label="Settings"><h1>Settings</h1>${links}</nav>`;
  },
};
