// A video file with the browser's own controls, and a button that takes the frame that it shows.
import { view } from "moments/view.js";

export default {
  props: { src: String, poster: String, label: String, canTake: Boolean },
  emits: ["take"],
  methods: {
    take() {
      const video = this.$refs.video;
      video.pause();
      this.$emit("take", Math.round(video.currentTime * 1000));
    },
  },
  render() {
    const video = view`<video ref="video" class="m-mpic" src=${this.src} poster=${this.poster}
      preload=${this.poster ? "none" : "metadata"} controls aria-label=${this.label} />`;
    const act = { class: "m-btn m-quiet", type: "button", onClick: this.take };
    const button = view`<button ...${act}>Take this frame</button>`;
    return view`<div class="m-mvideo">${this.canTake ? [video, button] : [video]}</div>`;
  },
};
