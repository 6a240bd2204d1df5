// The deck of a video: the player and bar of the page where marks are made, who speaks when, and
// the moments that were found, as brackets over the whole.
import { dom } from "moments/dom.js";
import { MarkDeck } from "moments/mark-deck.js";
import { session } from "moments/mark-session.js";
import { speechMarkup } from "moments/speech-lane.js";
import { view } from "moments/view.js";

export default {
  props: {
    player: Object,
    lengthMs: Number,
    turns: Array,
    loudness: String,
    found: Array,
    picked: String,
  },
  emits: ["range", "draft", "pick"],
  mounted() {
    session.begin({ length: Math.round(this.lengthMs / 100) });
    this.deck = new MarkDeck({ player: this.player, draft: "as a moment" });
    this.deck.addEventListener("draft", ({ detail }) => this.$emit("draft", detail));
    this.$el.append(this.deck.node);
    this.onDone = () => this.$emit("range", { start: session.start, end: session.end });
    session.addEventListener("done", this.onDone);
    this.drawLane();
    this.drawFound();
  },
  beforeUnmount() {
    session.removeEventListener("done", this.onDone);
    this.deck.close();
  },
  watch: {
    turns() {
      this.drawLane();
    },
    loudness() {
      this.drawLane();
    },
    found() {
      this.drawFound();
    },
    picked() {
      this.drawFound();
    },
  },
  methods: {
    // Called by Python
    choose(start, end) {
      session.set(start, end);
    },
    choose_nothing() {
      session.clear();
    },
    play(seconds) {
      const { player } = this.deck.box;
      player.seek(seconds);
      player.play();
    },
    drawLane() {
      const levels = Uint8Array.from(atob(this.loudness), (each) => each.charCodeAt(0));
      const heard = { levels, step: this.lengthMs / 1000 / levels.length };
      this.deck.timeline.setDrawing((from, to) => speechMarkup(this.turns, from, to, heard));
    },
    drawFound() {
      const { over } = this.deck.timeline;
      for (const each of over.querySelectorAll(".m-mkr")) each.remove();
      over.append(...this.found.map((each, at) => this.bracket(each, at + 1)));
    },
    bracket({ id, start_ms: start, end_ms: end, kept }, number) {
      const isPicked = id === this.picked;
      const share = (ms) => `${((ms / this.lengthMs) * 100).toFixed(2)}%`;
      return dom`<button class=${`m-mkr${kept ? " m-kept" : ""}${isPicked ? " m-on" : ""}`}
        style="left:${share(start)};width:${share(end - start)}" type="button"
        aria-label=${`Moment ${number}${kept ? ", kept" : ""}`} aria-pressed=${String(isPicked)}
        onclick=${(event) => {
        event.stopPropagation(); // the strip below it seeks
        this.$emit("pick", id);
      }}>
        <b>${number}</b>
      </button>`;
    },
  },
  render() {
    return view`<section class="m-videodeck" aria-label="Player" />`;
  },
};
