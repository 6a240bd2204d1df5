// The frame that was on screen when a capture was made, before its own picture has loaded.
import { frameOf } from "moments/presses.js";
import { view } from "moments/view.js";

export default {
  props: { press: Number, source: String },
  render() {
    const source = frameOf(this.press) ?? this.source;
    return view`<div class="m-pic">
      ${source && view`<img src=${source} alt="" />`}
      ${this.$slots.default?.()}
    </div>`;
  },
};
