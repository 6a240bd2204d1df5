// A stream's state in words, with a dot in its colour.
import { stateOf } from "moments/state.js";
import { view } from "moments/view.js";

export default {
  props: { shown: Object },
  render() {
    const { state, note } = this.shown;
    const { tone, words } = state ? stateOf(this.shown) : { tone: "off", words: "" };
    return view`<span class="m-row m-state-line">
      <span class=${["m-dot", tone ? `m-${tone}` : ""]} />
      <span>${[words, note].filter(Boolean).join(" · ")}</span>
    </span>`;
  },
};
