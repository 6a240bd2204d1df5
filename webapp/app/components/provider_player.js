// YouTube's, Spotify's or the browser's own player as an element; it plays a part, or everything.
import { ProviderBox } from "moments/provider-box.js";

export default {
  props: { source: Object, addresses: Object, range: Object, href: String },
  emits: ["seen", "trouble"],
  mounted() {
    const { source, addresses, range, href } = this;
    this.box = new ProviderBox({ source, addresses, range, href });
    this.$el.append(this.box.node);
    this.box.addEventListener("change", () => this.see());
    this.box.addEventListener("trouble", ({ detail }) => this.$emit("trouble", detail.code));
  },
  beforeUnmount() {
    this.box.close();
  },
  watch: {
    range(range) {
      this.box.setRange(range);
    },
  },
  methods: {
    play() {
      this.box.play();
    },
    see() {
      const { duration, isPreview } = this.box.player;
      if (duration === null || isPreview || duration === this.seen) return;
      this.seen = duration;
      this.$emit("seen", duration);
    },
  },
  render() {
    return Vue.h("div");
  },
};
