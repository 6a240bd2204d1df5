// Copies a link. Browsers allow it only for a press: a link that is still to be created is promised to
// the clipboard, and arrives in `url`.
import { copyText } from "moments/dom.js";
import { glyph } from "moments/icons.js";

const SHOWN_MS = 2000;

export default {
  props: { url: String },
  emits: ["share"],
  data: () => ({ state: "" }),
  watch: {
    url(now) {
      this.resolve?.(now);
    },
  },
  beforeUnmount() {
    clearTimeout(this.timer);
  },
  methods: {
    async press() {
      this.state = "busy";
      const link = this.url ? Promise.resolve(this.url) : new Promise((resolve, reject) => {
        Object.assign(this, { resolve, reject });
        this.$emit("share");
      });
      try {
        await this.copy(link);
        this.state = "copied";
        this.timer = setTimeout(() => {
          this.state = "";
        }, SHOWN_MS);
      } catch {
        this.state = "";
      }
    },
    async copy(link) {
      const text = link.then((url) => new Blob([url], { type: "text/plain" }));
      try {
        await navigator.clipboard.write([new ClipboardItem({ "text/plain": text })]);
      } catch {
        await copyText(await link); // no TLS, or an older browser
      }
    },
    fail() {
      this.reject?.(new Error("no link"));
    },
  },
  render() {
    const { h } = Vue;
    const copied = this.state === "copied";
    return h("button", {
      class: "m-btn m-solid",
      type: "button",
      disabled: this.state === "busy",
      "aria-live": "polite",
      onClick: this.press,
    }, [
      glyph(copied ? "check" : "link", "s"),
      copied ? "Copied" : "Copy link",
    ]);
  },
};
