// Copies a text in the press itself: browsers allow it nowhere else.
import { copyText } from "moments/dom.js";
import { glyph } from "moments/icons.js";

export default {
  props: { text: String, label: { type: String, default: "Copy link" } },
  data: () => ({ copied: false }),
  methods: {
    async copy() {
      await copyText(this.text);
      this.copied = true;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        this.copied = false;
      }, 3000);
    },
  },
  beforeUnmount() {
    clearTimeout(this.timer);
  },
  render() {
    const { h } = Vue;
    return h("button", {
      class: "m-btn",
      type: "button",
      "aria-live": "polite",
      onClick: this.copy,
    }, [
      glyph(this.copied ? "check" : "copy", "s"),
      this.copied ? "Copied" : this.label,
    ]);
  },
};
