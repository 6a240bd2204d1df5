// Search from every page: a button in the bar opens it, as do `/` and Ctrl or Cmd K. The focus stays
// in the field; the arrows choose a result, Enter opens it.
import { $ } from "moments/dom.js";
import { ago, plural } from "moments/format.js";
import { glyph } from "moments/icons.js";
import { bindKeys } from "moments/keys.js";
import { recall, remember } from "moments/recent.js";
import { view } from "moments/view.js";

const PAUSE_MS = 150;

export default {
  props: { results: Object },
  emits: ["search"],
  data: () => ({ q: "", at: 0, past: [], isOpen: false }),
  watch: {
    results() {
      this.at = 0;
    },
  },
  mounted() {
    this.unbind = bindKeys([{ key: "/", label: "Search everything", run: () => this.open() }]);
    this.onKey = (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.open();
    };
    addEventListener("keydown", this.onKey);
    if ($("#m-boot [aria-busy]")) this.open(); // pressed before this was there
  },
  beforeUnmount() {
    this.unbind();
    removeEventListener("keydown", this.onKey);
    clearTimeout(this.timer);
  },
  methods: {
    wanted() {
      return this.q.trim();
    },
    isCurrent() {
      return this.results?.q === this.wanted();
    },
    /** Results by their kind; none for other words than those in the field. */
    groups() {
      return this.wanted() ? this.results?.groups ?? [] : [];
    },
    /** What the arrows go through, in the order of display. */
    rows() {
      if (!this.wanted()) return this.past;
      const everything = `/search?q=${encodeURIComponent(this.wanted())}`;
      return [...this.groups().flatMap(({ hits }) => hits), { href: everything, all: true }];
    },
    open() {
      if (this.isOpen) return;
      Object.assign(this, { isOpen: true, past: recall(), at: 0 });
      this.$refs.dialog.showModal();
      this.$refs.field.select();
    },
    typed(text) {
      Object.assign(this, { q: text, at: 0 });
      clearTimeout(this.timer);
      if (this.wanted()) {
        this.timer = setTimeout(() => this.$emit("search", this.wanted()), PAUSE_MS);
      }
    },
    choose(row) {
      if (typeof row === "string") return this.typed(row);
      remember(this.wanted());
      return location.assign(row.href);
    },
    press(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && this.rows().length) {
        this.at = (this.at + step + this.rows().length) % this.rows().length;
        this.$nextTick(() =>
          this.$refs.list.querySelector("[aria-selected=true]")?.scrollIntoView({
            block: "nearest",
          })
        );
      } else if (event.key === "Enter" && !event.isComposing) {
        const row = this.rows()[this.at];
        if (row && (!this.wanted() || this.isCurrent() || row.all)) this.choose(row);
      } else return;
      event.preventDefault();
    },
    option(row, n, classes, content) {
      const isLink = typeof row !== "string";
      return view`<${isLink ? "a" : "button"} class="m-hit ${classes}" id="m-hit-${n}" role="option"
        tabindex="-1" href=${row.href} type=${isLink ? undefined : "button"}
        aria-selected=${String(n === this.at)}
        onClick=${isLink ? () => remember(this.wanted()) : () => this.choose(row)}
        onPointermove=${() => (this.at = n)}>
        ${content}
      <//>`;
    },
    hit(row, n) {
      const picture = row.picture ? view`<img src=${row.picture} alt="" />` : glyph(row.glyph, "l");
      return this.option(row, n, "", [
        view`<span class="m-pic">${picture}</span>`,
        view`<span>
          <span class="m-b m-cut m-rowtitle">${row.title}</span>
          <span class="m-sm m-3 m-cut m-rowtitle">${row.detail}</span>
        </span>`,
        view`<span class="m-sm m-3 m-hitat">${ago(Date.parse(row.at))}</span>`,
      ]);
    },
    found() {
      let n = 0;
      const parts = this.groups().flatMap(({ label, hits }) => [
        view`<h3 role="presentation">${label}</h3>`,
        ...hits.map((hit) => this.hit(hit, n++)),
      ]);
      if (!n) {
        const words = this.isCurrent() ? "No matches. Try fewer or other words." : "Searching…";
        parts.push(view`<p class="m-none m-2">${words}</p>`);
      }
      parts.push(this.option(this.rows()[n], n, "m-past", [
        glyph("search", "s"),
        "Search everything, by meaning too",
      ]));
      return parts;
    },
    recent() {
      if (!this.past.length) {
        return [view`<p class="m-none m-2">Type a word of what you look for.</p>`];
      }
      return [
        view`<h3 role="presentation">Recent searches</h3>`,
        ...this.past.map((words, n) =>
          this.option(words, n, "m-past", [glyph("clock", "s"), words])
        ),
      ];
    },
    field() {
      return view`<label class="m-find">
        ${glyph("search", "s")}
        <input ref="field" type="search" role="combobox" maxlength="200"
          placeholder="Search everything" aria-label="Search everything" aria-expanded="true"
          aria-controls="m-hits"
          aria-activedescendant=${this.rows().length ? `m-hit-${this.at}` : undefined}
          autocomplete="off" value=${this.q} onInput=${(event) => this.typed(event.target.value)}
          onKeydown=${this.press} />
        <kbd class="m-desk" aria-hidden="true">Esc</kbd>
      </label>`;
    },
  },
  render() {
    const total = this.groups().reduce((sum, { hits }) => sum + hits.length, 0);
    return view`<span style=${{ display: "contents" }}>
      <button class="m-find" type="button" aria-label="Search everything" aria-haspopup="dialog"
        onClick=${() => this.open()}>
        ${glyph("search", "s")}
        <span class="m-cut">Search everything</span>
        <kbd aria-hidden="true">/</kbd>
      </button>
      <dialog ref="dialog" class="m-dialog m-float m-search" aria-label="Search everything"
        onClose=${() => (this.isOpen = false)}
        onClick=${({ target }) => target === this.$refs.dialog && target.close()}>
        <div class="m-dbody">
          ${this.field()}
          <div ref="list" class="m-hits" id="m-hits" role="listbox" aria-label="Results">
            ${this.isOpen ? (this.wanted() ? this.found() : this.recent()) : []}
          </div>
          <span class="m-vh" role="status">
            ${this.wanted() && this.isCurrent() ? plural(total, "result") : ""}
          </span>
        </div>
      </dialog>
    </span>`;
  },
};
