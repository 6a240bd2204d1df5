// The player beside a chat, with who speaks when and what the answers cite. A pressed citation of its
// video plays here; without this script, it is a link to the video's page.
import { h } from "moments/dom.js";
import { length } from "moments/format.js";
import { ic } from "moments/icons.js";
import { ProviderBox } from "moments/provider-box.js";
import { speechMarkup } from "moments/speech-lane.js";

export default {
  props: {
    player: Object,
    video: String,
    from: Number,
    to: Number,
    turns: Array,
    cited: Array,
  },
  mounted() {
    this.box = new ProviderBox(this.player);
    this.head = h("i", { class: "m-playhead" });
    this.marks = h("div", {});
    this.lane = h("div", { class: "m-lane", onclick: (event) => this.seek(event) });
    this.lane.innerHTML = speechMarkup(this.turns, this.from, this.to);
    const times = [this.from, this.to].map((each) => h("span", {}, length(each * 1000)));
    const body = h("div", { class: "m-chatlane", "aria-hidden": "true" });
    body.append(this.lane, this.marks, this.head);
    // On a narrow page it is a strip until it plays.
    const play = h("button", { class: "m-btn m-icon m-chatplay", type: "button" }, ic("play"));
    play.setAttribute("aria-label", "Play the moment");
    play.addEventListener("click", () => this.play(this.from));
    this.$el.append(this.box.node, play);
    if (this.to > this.from) {
      this.$el.append(h("div", { class: "m-row m-between m-sm m-3 m-chattimes" }, ...times), body);
    }
    this.box.addEventListener("change", () => this.unfold());
    document.addEventListener("click", this.press);
    this.drawCited();
    const follow = () => {
      this.place(this.head, this.box.player.position);
      this.frame = requestAnimationFrame(follow);
    };
    follow();
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
    unfold() {
      if (this.box.player.isPlaying) this.$el.classList.add("m-unfolded");
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
        const mark = h("i", { class: "m-citedat" });
        this.place(mark, at);
        return mark;
      }));
    },
  },
  render() {
    return Vue.h("section", { class: "m-videodeck m-chatplayer", "aria-label": "Player" });
  },
};
