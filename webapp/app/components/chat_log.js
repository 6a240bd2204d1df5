// The messages of a chat, as one element: drawn from one prop; it follows the newest one.
import CopyButton from "moments/copy-button.js";
import { ago } from "moments/format.js";
import { glyph } from "moments/icons.js";
import { view } from "moments/view.js";

const OLDER_PX = 300;
const copied = (pieces) =>
  pieces.filter(({ href }) => href === undefined).map(({ text }) => text).join("").trim();

const URL_IN_TEXT = /(https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]}])/;
/** What people wrote, with its addresses as links; a model's answer has none of its own. */
const linked = (text) =>
  text.split(URL_IN_TEXT).map((part, at) =>
    at % 2
      ? view`<a class="m-link" href=${part} target="_blank" rel="noopener nofollow">${part}</a>`
      : part
  );

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
    piece(piece, look) {
      if (piece.href === undefined) return look === "answer" ? piece.text : linked(piece.text);
      const { href, title, video, at } = piece;
      const plays = video ? { "data-video": video, "data-at": at } : {};
      return view`<a class="m-cite" href=${href} title=${title} ...${plays}>
        ${glyph(piece.is_timed ? "play" : "note", "s")}
        ${piece.text}
      </a>`;
    },
    message({ id, look, author, created, pieces, note, is_writing }) {
      const by = author ? `${author}, ${ago(Date.parse(created))}` : "";
      return view`<div key=${id} class=${["m-turn", `m-${look}`]}>
        ${by && view`<div class="m-sm m-3">${by}</div>`}
        <p>${pieces.map((piece) => this.piece(piece, look))}</p>
        <div class="m-row m-turnfoot">
          ${note && view`<span class=${["m-sm m-3", { "m-writing": is_writing }]}>${note}</span>`}
          ${is_writing ? null : view`<${CopyButton} text=${copied(pieces)} label="Copy" />`}
        </div>
      </div>`;
    },
  },
  render() {
    const said = { id: this.$attrs.id, class: "m-msgs", role: "log", tabindex: 0 };
    const more = { "aria-label": "Messages", onScroll: this.scrolled };
    return view`<div ...${said} ...${more}>${this.messages.map(this.message)}</div>`;
  },
};
