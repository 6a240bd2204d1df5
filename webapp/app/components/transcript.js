// What is said, line by line: it follows the player, is searched, and leads to its place.
import { reducedMotion } from "moments/dom.js";
import { glyph } from "moments/icons.js";
import { length } from "moments/format.js";
import { bindKeys } from "moments/keys.js";
import { view } from "moments/view.js";

const clock = (ms) => length(ms - (ms % 1000));
const media =
  () => /** @type {HTMLVideoElement | null} */ (document.querySelector(".m-videodeck video"));

export default {
  props: { lines: Array, editable: Boolean, part: Array, hasSearch: Boolean },
  emits: ["edit"],
  data: () => ({ words: "", at: 0, isFollowing: true }),
  computed: {
    hits() {
      const wanted = this.words.trim().toLowerCase();
      if (!wanted) return [];
      return this.lines.flatMap(({ text }, at) => text.toLowerCase().includes(wanted) ? [at] : []);
    },
  },
  mounted() {
    this.follow = (event) => {
      if (event.target !== media()) return;
      // Without the button that follows again, a jump does.
      if (event.type === "seeked" && !this.hasSearch) this.isFollowing = true;
      this.show(event.target.currentTime * 1000);
    };
    // These events do not bubble.
    for (const name of ["timeupdate", "seeked"]) addEventListener(name, this.follow, true);
    const search = {
      key: "f",
      label: "Search the transcript",
      run: () => this.$el.querySelector("input").focus(),
    };
    this.unbind = bindKeys(this.hasSearch ? [search] : []);
  },
  beforeUnmount() {
    for (const name of ["timeupdate", "seeked"]) removeEventListener(name, this.follow, true);
    this.unbind();
    CSS.highlights?.delete("m-now");
  },
  watch: {
    lines() {
      this.now = undefined;
      const jump = () => media()?.currentTime && this.show(media().currentTime * 1000, "auto");
      this.$nextTick(jump);
    },
  },
  methods: {
    /** Mark the line of an instant, without drawing all of them anew. */
    show(ms, how = "smooth") {
      const rows = this.$el.querySelectorAll(".m-ln");
      const now = this.lines.findLastIndex(({ start_ms: start }) => start <= ms);
      this.underline(rows[now], this.lines[now], ms);
      if (now === this.now && rows[now]?.classList.contains("m-on")) return;
      this.now = now;
      rows.forEach((row, at) => row.classList.toggle("m-on", at === now));
      if (this.isFollowing) this.scrollTo(now, how);
    },
    /** The word of an instant, without a change of the document. */
    underline(row, line, ms) {
      CSS.highlights?.delete("m-now");
      const text = row?.querySelector("p").firstChild;
      const at = line?.words.findLastIndex((start) => start <= ms) ?? -1;
      if (at < 0 || !CSS.highlights || text.data !== line.text) return; // marked by a search
      const word = [...line.text.matchAll(/\S+/g)][at];
      const range = new Range();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      CSS.highlights.set("m-now", new Highlight(range));
    },
    /** Within the list alone: the page keeps its place. */
    scrollTo(at, how = "smooth") {
      const list = this.$el.querySelector(".m-lines");
      const row = list.querySelectorAll(".m-ln")[at];
      if (row) {
        list.scrollTo({
          top: row.offsetTop - list.clientHeight / 3,
          behavior: reducedMotion() ? "auto" : how,
        });
      }
    },
    /** Who scrolls reads elsewhere. */
    leave() {
      this.isFollowing = false;
    },
    seek({ start_ms: start }) {
      if (!media()) return;
      media().currentTime = start / 1000 + 0.01;
      this.show(start);
    },
    step(by) {
      if (!this.hits.length) return;
      this.at = (this.at + by + this.hits.length) % this.hits.length;
      this.isFollowing = false;
      this.scrollTo(this.hits[this.at]);
    },
    marked(text) {
      const wanted = this.words.trim();
      if (!wanted) return text;
      const parts = [];
      for (let rest = text; rest;) {
        const at = rest.toLowerCase().indexOf(wanted.toLowerCase());
        if (at < 0) return [...parts, rest];
        parts.push(rest.slice(0, at), view`<mark>${rest.slice(at, at + wanted.length)}</mark>`);
        rest = rest.slice(at + wanted.length);
      }
      return parts;
    },
    line(each) {
      const { number, start_ms: start, who, voice, text, emotion, sure } = each;
      const isIn = this.part && start < this.part[1] && each.end_ms > this.part[0];
      const edit = view`<button class="m-btn m-quiet m-icon m-lnedit" type="button"
        aria-label="Correct the line at ${clock(start)}"
        onClick=${() => this.$emit("edit", number)}>
        ${glyph("pencil", "s")}
      </button>`;
      return view`<li key=${number} class=${["m-ln", { "m-in": isIn }]}>
        <button class="m-lntime" type="button" aria-label="Play from ${clock(start)}"
          onClick=${() => this.seek(each)}>
          ${clock(start)}
        </button>
        <div class="m-grow">
          ${who && view`<span class="m-who m-v${(voice % 5) + 1}">${who}</span>`}
          ${emotion && view`<span class="m-tag">${emotion}</span>`}
          ${sure && view`<span class="m-sm m-3">${sure}</span>`}
          <p onClick=${() => this.seek(each)}>${this.marked(text)}</p>
        </div>
        ${this.editable && edit}
      </li>`;
    },
    head() {
      const step = (label, drawing, by) =>
        view`<button class="m-btn m-icon" type="button" aria-label=${label}
          disabled=${!this.hits.length} onClick=${() => this.step(by)}>
          ${glyph(drawing, "s")}
        </button>`;
      const count = this.hits.length ? `${this.at + 1} of ${this.hits.length}` : "No hits";
      const type = ({ target }) => {
        Object.assign(this, { words: target.value, at: -1, isFollowing: !target.value });
        this.step(1);
      };
      const follow = () => {
        this.isFollowing = !this.isFollowing;
        if (this.isFollowing) this.scrollTo(this.now);
      };
      return view`<div class="m-row m-t m-lnhead">
        <label class="m-find m-grow">
          ${glyph("search", "s")}
          <input aria-label="Search the transcript" placeholder="Search the transcript"
            value=${this.words} onInput=${type}
            onKeydown=${(event) => event.key === "Enter" && this.step(event.shiftKey ? -1 : 1)} />
          <span class="m-sm m-3" role="status">${this.words.trim() ? count : ""}</span>
        </label>
        ${step("Earlier hit", "back", -1)}
        ${step("Later hit", "next", 1)}
        <button class="m-btn m-followbtn" type="button" aria-pressed=${
        String(this.isFollowing)
      } onClick=${follow}>
          ${glyph("arrow", "s")}
          Follow
        </button>
      </div>`;
    },
  },
  render() {
    return view`<div class="m-transcript">
      ${this.hasSearch ? this.head() : null}
      <ol class="m-lines" tabindex="0" aria-label="Lines" onWheel=${this.leave}
        onTouchmove=${this.leave}>
        ${this.lines.map(this.line)}
      </ol>
    </div>`;
  },
};
