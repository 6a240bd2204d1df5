// Says when the end of a list comes near, so that the list can go on.
import { view } from "moments/view.js";

export default {
  props: { page: Number },
  emits: ["near"],
  mounted() {
    this.watcher = new IntersectionObserver((found) => {
      if (found.some((each) => each.isIntersecting)) this.$emit("near");
    }, { rootMargin: "1200px" });
    this.watcher.observe(this.$el);
  },
  // A page that was shorter than the margin leaves the sentinel in sight: look again.
  watch: {
    page() {
      this.watcher.unobserve(this.$el);
      this.$nextTick(() => this.watcher.observe(this.$el));
    },
  },
  beforeUnmount() {
    this.watcher.disconnect();
  },
  render() {
    return view`<div class="m-sentinel" />`;
  },
};
