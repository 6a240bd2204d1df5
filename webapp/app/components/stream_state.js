// A stream's state in words, with a dot in its colour.
import { stateOf } from "moments/state.js";

export default {
  props: { shown: Object },
  render() {
    const { h } = Vue;
    const { state, note } = this.shown;
    const { tone, words } = state ? stateOf(this.shown) : { tone: "off", words: "" };
    return h("span", { class: "m-row m-state-line" }, [
      h("span", { class: ["m-dot", tone ? `m-${tone}` : ""] }),
      h("span", [words, note].filter(Boolean).join(" · ")),
    ]);
  },
};
