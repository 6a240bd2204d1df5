// The messages of a chat, as one element: drawn from one prop; it follows the newest one.
import { ago } from "moments/format.js";
import { glyph } from "moments/icons.js";

export default {
  props: { messages: Array },
  watch: {
    messages() {
      if (this.isAtEnd) this.$nextTick(this.follow);
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
        note ? h("div", { class: ["m-sm m-3", { "m-writing": is_writing }] }, note) : null,
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
