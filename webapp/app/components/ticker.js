// A clock that stands still while nobody looks at the page.
import { view } from "moments/view.js";

export default {
  props: { every: Number },
  emits: ["tick"],
  mounted() {
    this.tick = () => {
      if (!document.hidden) this.$emit("tick");
    };
    this.timer = setInterval(this.tick, this.every);
    document.addEventListener("visibilitychange", this.tick);
  },
  beforeUnmount() {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.tick);
  },
  render() {
    return view`<span hidden />`;
  },
};
