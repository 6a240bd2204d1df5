// Links to the moments before and after this one; a swipe across the page follows them too.
import { view } from "moments/view.js";

const FAR = 60; // px across
const LEVEL = 40; // px up or down

export default {
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
      const link = this.$el.querySelector(across > 0 ? "[rel=prev]" : "[rel=next]");
      if (isLevel && Math.abs(across) > FAR) link?.click();
    };
    this.page.addEventListener("touchstart", this.begin, { passive: true });
    this.page.addEventListener("touchend", this.end, { passive: true });
  },
  beforeUnmount() {
    this.page.removeEventListener("touchstart", this.begin);
    this.page.removeEventListener("touchend", this.end);
  },
  render() {
    return view`<nav>${this.$slots.default?.()}</nav>`;
  },
};
