// The part of a wide picture that a vertical clip keeps: a window that is dragged, or moved by keys.
import { view } from "moments/view.js";

export default {
  props: { modelValue: Number, picture: String },
  emits: ["update:modelValue"],
  data() {
    return { at: this.modelValue };
  },
  render() {
    const percent = Math.round(this.at * 100);
    const input = view`<input type="range" min="0" max="1" step="0.01" value=${this.at}
      aria-label="Part of the frame that is kept" aria-valuetext="${percent} % from the left"
      onInput=${(event) => {
      this.at = Number(event.target.value);
      this.$emit("update:modelValue", this.at);
    }} />`;
    const style = { left: `${percent}%`, transform: `translateX(-${percent}%)` };
    return view`<div class="m-crop">
      ${this.picture && view`<img src=${this.picture} alt="" />`}
      ${input}
      <span class="m-cropped" style=${style} />
    </div>`;
  },
};
