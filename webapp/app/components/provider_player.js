// A provider's player, or the browser's own, as an element; it plays a part, or everything.
import { ProviderBox } from "moments/provider-box.js";
import { view } from "moments/view.js";

export default {
  props: { source: Object, addresses: Object, range: Object, href: String, markedS: Number },
  mounted() {
    this.box = new ProviderBox({ ...this.$props, hasButtons: Boolean(this.range) });
    this.$el.append(this.box.node);
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
    pause() {
      this.box.player.pause();
    },
  },
  render() {
    return view`<div />`;
  },
};
