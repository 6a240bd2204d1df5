// A finished clip: our player's controls, and handles to trim it.
import { clipPlayer } from "moments/clip-player.js";
import { dom } from "moments/dom.js";
import { trimmer } from "moments/trim.js";
import { view } from "moments/view.js";

export default {
  props: { url: String, poster: String, label: String, durationMs: Number },
  emits: ["trim"],
  mounted() {
    const { url, poster, label, durationMs } = this;
    this.video =
      dom`<video src=${url} poster=${poster} preload="metadata" playsinline aria-label=${label}
      data-duration-ms=${durationMs} />`;
    this.$el.append(this.video);
    clipPlayer(this.video, { autoplay: true });
  },
  beforeUnmount() {
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load(); // lets go of the connection
  },
  methods: {
    trim() {
      if (this.panel) return;
      this.video.pause();
      this.panel = trimmer({
        video: this.video,
        url: this.url,
        durationMs: this.durationMs,
        cancel: () => this.close(),
        save: (range) =>
          new Promise((resolve) => {
            this.saved = resolve;
            this.$emit("trim", range);
          }),
      });
      this.$el.append(this.panel);
      this.panel.scrollIntoView({ block: "nearest" });
      this.panel.querySelector("[role=slider]").focus();
    },
    // Python has answered; after a refusal the handles stay.
    trimmed(isDone) {
      this.saved?.();
      if (isDone) this.close();
    },
    close() {
      this.panel?.remove();
      this.panel = undefined;
    },
  },
  render() {
    return view`<div class="m-clip" />`;
  },
};
