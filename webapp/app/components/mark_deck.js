// The deck of the page where marks are made, with what must survive a reload: a part and its words
// are kept in this browser until they are saved.
import { MarkDeck } from "moments/mark-deck.js";
import { session } from "moments/mark-session.js";
import { store, stored } from "moments/store.js";
import { view } from "moments/view.js";

const EVERY_MS = 200;
const USUAL = "moments.mark.usual";

function usual() {
  const kept = stored(USUAL);
  return kept >= 10 && kept <= 6000 ? kept : session.usual;
}

export default {
  props: {
    player: Object,
    href: String,
    heat: Object,
    start: Number,
    end: Number,
    lengthMs: Number,
    markedMs: Number,
    store: String, // under which a draft is kept; empty: nothing is
  },
  emits: ["range", "seen", "named", "draft", "restored", "save"],
  mounted() {
    const kept = this.read();
    session.usual = usual();
    session.begin({
      start: kept?.start ?? this.start,
      end: kept?.end ?? this.end,
      length: this.lengthMs ? Math.round(this.lengthMs / 100) : null,
    });
    const { player, href, heat, markedMs } = this;
    const markedS = markedMs ? markedMs / 1000 : null;
    this.deck = new MarkDeck({ player, href, heat, markedS });
    for (const name of ["seen", "named", "draft"]) {
      this.deck.addEventListener(name, ({ detail }) => this.$emit(name, detail));
    }
    this.$el.append(this.deck.node);
    this.onChange = () => this.tellSoon();
    this.onPress = (event) => {
      this.tell(); // whatever is pressed gets the present part
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.$emit("save");
    };
    session.addEventListener("change", this.onChange);
    for (const name of ["pointerdown", "keydown"]) addEventListener(name, this.onPress, true);
    if (kept) this.$emit("restored", kept);
    this.told = this.key();
    this.$emit("range", { start: session.start, end: session.end });
  },
  beforeUnmount() {
    clearTimeout(this.timer);
    session.removeEventListener("change", this.onChange);
    for (const name of ["pointerdown", "keydown"]) removeEventListener(name, this.onPress, true);
    this.deck.close();
  },
  watch: {
    heat(heat) {
      this.deck.timeline.setHeat(heat);
    },
  },
  methods: {
    key: () => `${session.start} ${session.end}`,
    tellSoon() {
      this.timer ??= setTimeout(() => this.tell(), EVERY_MS);
    },
    tell() {
      clearTimeout(this.timer);
      this.timer = undefined;
      if (this.key() === this.told) return;
      this.told = this.key();
      this.$emit("range", { start: session.start, end: session.end });
      this.keep({});
    },
    /** Keep words beside the times. */
    keep(words) {
      if (!this.store || this.isSaved) return;
      const { start, end } = session;
      store(this.store, { ...this.read(), ...words, start, end, from: this.start ?? null });
    },
    /** What was kept is saved, and what follows are changes to it. */
    forget() {
      store(this.store, null);
      this.isSaved = true;
      session.usual = session.end - session.start;
      store(USUAL, session.usual);
    },
    read() {
      const kept = this.store ? stored(this.store) : null;
      return kept?.from === (this.start ?? null) ? kept : null; // another start is another part
    },
  },
  render() {
    return view`<section aria-label="Player" />`;
  },
};
