// The player beside a chat, with who speaks when and what the answers cite. A pressed citation of its
// video plays here; without this script, it is a link to the video's page.
import { dom } from "moments/dom.js";
import { length } from "moments/format.js";
import { ic } from "moments/icons.js";
import { ProviderBox } from "moments/provider-box.js";
import { speechMarkup } from "moments/speech-lane.js";
import { view } from "moments/view.js";

export default {
  props: {
    player: Object,
    video: String,
    from: Number,
    to: Number,
    turns: Array,
    cited: Array,
    lines: Array, // from when to when lines are shown, in seconds
  },
  emits: ["leave"],
  mounted() {
    this.box = new ProviderBox(this.player);
    this.head = dom`<i class="m-playhead" />`;
    this.marks = dom`<div />`;
    this.lane = dom`<div class="m-lane" onclick=${(event) => this.seek(event)} />`;
    this.lane.innerHTML = speechMarkup(this.turns, this.from, this.to);
    const times = [this.from, this.to].map((each) => dom`<span>${length(each * 1000)}</span>`);
    const body = dom`<div class="m-chatlane" aria-hidden="true" />`;
    body.append(this.lane, this.marks, this.head);
    // On a narrow page it is a strip until it plays.
    this.button = dom`<button class="m-btn m-icon m-chatplay" type="button"
      onclick=${() => this.isUnfolded() ? this.fold() : this.play(this.from)} />`;
    this.$el.append(this.box.node, this.button);
    if (this.to > this.from) {
      this.$el.append(dom`<div class="m-row m-between m-sm m-3 m-chattimes">${times}</div>`, body);
    }
    this.box.addEventListener("change", () => this.change());
    // These events do not bubble.
    for (const name of ["timeupdate", "seeked"]) this.$el.addEventListener(name, this.follow, true);
    document.addEventListener("click", this.press);
    this.drawCited();
    this.drawButton();
    this.follow();
  },
  beforeUnmount() {
    cancelAnimationFrame(this.frame);
    document.removeEventListener("click", this.press);
    this.box.close();
  },
  watch: {
    cited() {
      this.drawCited();
    },
  },
  methods: {
    /** A new tab or window is asked for with a key: that press stays a link's. */
    press(event) {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      const link = event.target.closest?.("a[data-video]");
      if (!this.video || link?.dataset.video !== this.video) return;
      event.preventDefault();
      this.play(Number(link.dataset.at));
    },
    play(seconds) {
      this.box.player.seek(seconds);
      this.box.player.play();
    },
    isUnfolded() {
      return this.$el.classList.contains("m-unfolded");
    },
    change() {
      if (!this.box.player.isPlaying) return;
      this.$el.classList.add("m-unfolded");
      this.drawButton();
      this.follow();
    },
    fold() {
      this.box.player.pause();
      this.$el.classList.remove("m-unfolded");
      this.drawButton();
    },
    drawButton() {
      const isUnfolded = this.isUnfolded();
      this.button.replaceChildren(ic(isUnfolded ? "close" : "play"));
      this.button.setAttribute("aria-label", isUnfolded ? "Hide the player" : "Play the moment");
    },
    /** Only what moves is drawn in each frame. */
    follow() {
      const { isPlaying, position } = this.box.player;
      this.place(this.head, position);
      const [first, last] = this.lines ?? [-Infinity, Infinity];
      if ((position < first || position > last) && this.left !== this.lines) {
        this.left = this.lines; // said once
        this.$emit("leave", position);
      }
      cancelAnimationFrame(this.frame);
      if (isPlaying) this.frame = requestAnimationFrame(this.follow);
    },
    seek({ clientX }) {
      const { left, width } = this.lane.getBoundingClientRect();
      this.box.player.seek(this.from + ((clientX - left) / width) * (this.to - this.from));
    },
    place(node, seconds) {
      const share = (seconds - this.from) / (this.to - this.from);
      node.style.setProperty("--p", `${(Math.min(1, Math.max(0, share)) * 100).toFixed(2)}%`);
    },
    drawCited() {
      this.marks.replaceChildren(...this.cited.map((at) => {
        const mark = dom`<i class="m-citedat" />`;
        this.place(mark, at);
        return mark;
      }));
    },
  },
  render() {
    return view`<section class="m-videodeck m-chatplayer" aria-label="Player" />`;
  },
};
