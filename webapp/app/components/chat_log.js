// The messages of a chat, as one element: drawn from one prop; it follows the newest one.
import { ago } from "moments/format.js";
import { glyph } from "moments/icons.js";

export default {
  props: { messages: Array },
  watch: {
    messages() {
      const { scrollHeight, scrollTop, clientHeight } = this.$el;
      if (scrollHeight - scrollTop - clientHeight < 200) this.$nextTick(this.follow);
    },
  },
  mounted() {
    this.follow();
  },
  methods: {
    follow() {
      this.$el.scrollTop = this.$el.scrollHeight;
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
    return h("div", { ...said, "aria-label": "Messages" }, this.messages.map(this.message));
  },
};
