// Links to the moments before and after this one in the list; a swipe follows them too.
import { glyph } from "moments/icons.js";
import { view } from "moments/view.js";

const FAR = 60; // px across
const LEVEL = 40; // px up or down

export default {
  props: { previous: String, next: String },
  mounted() {
    this.page = this.$el.closest("main") ?? document.body;
    this.begin = (event) => {
      const isOther = event.target.closest(
        "input,textarea,pre,[role=slider],.m-tl,.m-scrub,.m-zoomed",
      );
      this.from = event.touches.length === 1 && !isOther ? event.touches[0] : undefined;
    };
    this.end = ({ changedTouches: [to] }) => {
      if (!this.from) return;
      const across = to.clientX - this.from.clientX;
      const isLevel = Math.abs(to.clientY - this.from.clientY) < LEVEL;
      const href = across > 0 ? this.previous : this.next;
      if (isLevel && Math.abs(across) > FAR && href) location.assign(href);
    };
    this.page.addEventListener("touchstart", this.begin, { passive: true });
    this.page.addEventListener("touchend", this.end, { passive: true });
  },
  beforeUnmount() {
    this.page.removeEventListener("touchstart", this.begin);
    this.page.removeEventListener("touchend", this.end);
  },
  render() {
    const step = (href, drawing, label) =>
      view`<${href ? "a" : "span"} class="m-btn m-quiet m-icon" href=${href} title=${label}
        ...${href ? { "aria-label": label } : { "aria-disabled": "true", "aria-hidden": "true" }}>
        ${glyph(drawing)}
      <//>`;
    return view`<nav class="m-row m-pager" aria-label="Neighbours in the list">
      ${step(this.previous, "back", "Previous moment")}
      ${step(this.next, "next", "Next moment")}
    </nav>`;
  },
};
