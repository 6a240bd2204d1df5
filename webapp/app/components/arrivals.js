// What has arrived while the visitor was further down, or selecting: nothing moves until it is pressed.
import { glyph } from "moments/icons.js";
import { plural } from "moments/format.js";
import { view } from "moments/view.js";

export default {
  props: { count: Number },
  emits: ["away", "show", "zone"],
  mounted() {
    this.$emit("zone", Intl.DateTimeFormat().resolvedOptions().timeZone);
    let away = false;
    this.watcher = new IntersectionObserver(([{ isIntersecting }]) => {
      if (isIntersecting !== away) return;
      away = !isIntersecting;
      this.$emit("away", away);
    }, { rootMargin: "0px 0px 9999px 0px" });
    this.watcher.observe(this.$el);
  },
  beforeUnmount() {
    this.watcher.disconnect();
  },
  methods: {
    show() {
      this.$emit("show");
      scrollTo({ top: 0 });
    },
  },
  render() {
    const button = this.count
      ? view`<button class="m-btn m-solid m-arrived" type="button" onClick=${this.show}>
        ${glyph("plus", "s")}
        Show ${plural(this.count, "new moment")}
      </button>`
      : null;
    return view`<div class="m-arrivals" role="status">${button}</div>`;
  },
};
