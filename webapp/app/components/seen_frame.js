// The frame that was on screen when a capture was made, before its own picture has loaded.
import { frameOf } from "moments/presses.js";

export default {
  props: { press: Number, source: String },
  render() {
    const { h } = Vue;
    const source = frameOf(this.press) ?? this.source;
    return h("div", { class: "m-pic" }, source ? h("img", { src: source, alt: "" }) : null);
  },
};
