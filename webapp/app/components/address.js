// The page's address: shown without loading anything, and heard when the visitor goes back.
import { view } from "moments/view.js";

export default {
  emits: ["moved"],
  mounted() {
    this.back = () => this.$emit("moved", location.search.slice(1));
    addEventListener("popstate", this.back);
  },
  beforeUnmount() {
    removeEventListener("popstate", this.back);
  },
  methods: {
    show(url, replace) {
      history[replace ? "replaceState" : "pushState"](null, "", url);
    },
  },
  render() {
    return view`<span hidden />`;
  },
};
