// A page's keys: an address to go to, something on the page to focus, or an event for Python.
import { bindKeys } from "moments/keys.js";
import { view } from "moments/view.js";

export default {
  props: { keys: Array },
  emits: ["press"],
  mounted() {
    this.bind();
  },
  watch: {
    keys() {
      this.unbind();
      this.bind();
    },
  },
  beforeUnmount() {
    this.unbind();
  },
  methods: {
    bind() {
      this.unbind = bindKeys(
        this.keys.map(({ key, label, href, focus }) => ({
          key,
          label,
          run: () => {
            if (href) location.assign(href);
            else if (focus) document.querySelector(focus)?.focus();
            else this.$emit("press", key);
          },
        })),
      );
    },
  },
  render() {
    return view`<span hidden />`;
  },
};
