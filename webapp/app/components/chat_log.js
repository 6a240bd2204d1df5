// The messages of a chat, as one element: drawn from one prop; it follows the newest one.
import CopyButton from "moments/copy-button.js";
import { ago } from "moments/format.js";
import { glyph } from "moments/icons.js";

const OLDER_PX = 300;
const copied = (pieces) =>
  pieces.filter(({ href }) => href === undefined).map(({ text }) => text).join("").trim();

export default {
  props: { messages: Array, hasOlder: Boolean },
  emits: ["older"],
  watch: {
    messages(now, before) {
      this.isAsked = false;
      if (this.isAtEnd) this.$nextTick(this.follow);
      else if (now[0]?.id !== before[0]?.id) this.$nextTick(this.keepPlace(this.$el));
    },
  },
  mounted() {
    this.follow();
    // What is above it may become higher, such as the player.
    this.watcher = new ResizeObserver(() => this.isAtEnd && this.follow());
    this.watcher.observe(this.$el);
  },
  beforeUnmount() {
    this.watcher.disconnect();
  },
  methods: {
    follow() {
      this.isAtEnd = true;
      this.$el.scrollTop = this.$el.scrollHeight;
    },
    scrolled() {
      const { scrollHeight, scrollTop, clientHeight } = this.$el;
      this.isAtEnd = scrollHeight - scrollTop - clientHeight < 200;
      if (scrollTop > OLDER_PX || this.isAsked || !this.hasOlder) return;
      this.isAsked = true;
      this.$emit("older");
    },
    /** What one reads stays where it is when earlier messages appear above it. */
    keepPlace(list) {
      const below = list.scrollHeight - list.scrollTop;
      return () => {
        list.scrollTop = list.scrollHeight - below;
      };
    },
    /** Texts are text nodes: what somebody wrote is never markup. */
    piece(piece) {
      if (piece.href === undefined) return piece.text;
      const { h } = Vue;
      const { href, title, video, at } = piece;
      const plays = video ? { "data-video": video, "data-at": at } : {};
      return h("a", { class: "m-cite", href, title, ...plays }, [
        glyph(piece.is_timed ? "play" : "note", "s"),
        piece.text,
      ]);
    },
    message({ id, look, author, created, pieces, note, is_writing }) {
      const { h } = Vue;
      const by = author ? `${author}, ${ago(Date.parse(created))}` : "";
      return h("div", { key: id, class: ["m-turn", `m-${look}`] }, [
        by ? h("div", { class: "m-sm m-3" }, by) : null,
        h("p", {}, pieces.map((piece) => this.piece(piece))),
        h("div", { class: "m-row m-turnfoot" }, [
          note ? h("span", { class: ["m-sm m-3", { "m-writing": is_writing }] }, note) : null,
          is_writing ? null : h(CopyButton, { text: copied(pieces), label: "Copy" }),
        ]),
      ]);
    },
  },
  render() {
    const { h } = Vue;
    const said = { id: this.$attrs.id, class: "m-msgs", role: "log", tabindex: 0 };
    const more = { "aria-label": "Messages", onScroll: this.scrolled };
    return h("div", { ...said, ...more }, this.messages.map(this.message));
  },
};
