// A button that copies a text. Browsers allow it only for a press: a text that is still to be created is
// asked for by the event "share", promised to the clipboard, and arrives in `text`.
import { copyText } from "./dom.js";
import { glyph } from "./icons.js";
import { view } from "./view.js";

const SHOWN_MS = 3000;

export default {
  props: {
    text: String,
    label: { type: String, default: "Copy link" },
    drawing: { type: String, default: "copy" },
  },
  emits: ["share"],
  data: () => ({ state: "" }),
  watch: {
    text(now) {
      this.resolve?.(now);
    },
  },
  beforeUnmount() {
    clearTimeout(this.timer);
  },
  methods: {
    async press() {
      clearTimeout(this.timer);
      try {
        if (this.text) await copyText(this.text);
        else await this.promise(this.ask());
        this.state = "copied";
        this.timer = setTimeout(() => {
          this.state = "";
        }, SHOWN_MS);
      } catch {
        this.state = "";
      }
    },
    ask() {
      this.state = "busy";
      return new Promise((resolve, reject) => {
        Object.assign(this, { resolve, reject });
        this.$emit("share");
      });
    },
    async promise(link) {
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
    const isCopied = this.state === "copied";
    const isBusy = this.state === "busy";
    return view`<button class="m-btn" type="button" disabled=${isBusy} aria-live="polite"
      onClick=${this.press}>
      ${glyph(isCopied ? "check" : this.drawing, "s")}
      ${isCopied ? "Copied" : this.label}
    </button>`;
  },
};
