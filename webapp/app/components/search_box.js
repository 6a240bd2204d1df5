// Search from every page: a button in the bar opens it, as do `/` and Ctrl or Cmd K. The focus stays
// in the field; the arrows choose a result, Enter opens it.
import { ago, plural } from "moments/format.js";
import { glyph } from "moments/icons.js";
import { bindKeys } from "moments/keys.js";
import { recall, remember } from "moments/recent.js";

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
    this.unbind = bindKeys([{ keys: ["/"], label: "Search everything", run: () => this.open() }]);
    this.onKey = (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.open();
    };
    addEventListener("keydown", this.onKey);
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
      return Vue.h(isLink ? "a" : "button", {
        class: ["m-hit", classes],
        id: `m-hit-${n}`,
        role: "option",
        tabindex: -1,
        href: row.href,
        type: isLink ? undefined : "button",
        "aria-selected": String(n === this.at),
        onClick: isLink ? () => remember(this.wanted()) : () => this.choose(row),
        onPointermove: () => {
          this.at = n;
        },
      }, content);
    },
    hit(row, n) {
      const { h } = Vue;
      const picture = row.picture ? h("img", { src: row.picture, alt: "" }) : glyph(row.glyph, "l");
      return this.option(row, n, "", [
        h("span", { class: "m-pic" }, picture),
        h("span", {}, [
          h("span", { class: "m-b m-cut m-rowtitle" }, row.title),
          h(
            "span",
            { class: "m-sm m-3 m-cut m-rowtitle" },
            row.detail,
          ),
        ]),
        h("span", { class: "m-sm m-3 m-hitat" }, ago(Date.parse(row.at))),
      ]);
    },
    found() {
      const { h } = Vue;
      let n = 0;
      const parts = this.groups().flatMap(({ label, hits }) => [
        h("h3", { role: "presentation" }, label),
        ...hits.map((hit) => this.hit(hit, n++)),
      ]);
      if (!n) {
        const words = this.isCurrent() ? "No matches. Try fewer or other words." : "Searching…";
        parts.push(h("p", { class: "m-none m-2" }, words));
      }
      parts.push(this.option(this.rows()[n], n, "m-past", [
        glyph("search", "s"),
        "Search everything, by meaning too",
      ]));
      return parts;
    },
    recent() {
      const { h } = Vue;
      if (!this.past.length) {
        return [h("p", { class: "m-none m-2" }, "Type a word of what you look for.")];
      }
      return [
        h("h3", { role: "presentation" }, "Recent searches"),
        ...this.past.map((words, n) =>
          this.option(words, n, "m-past", [glyph("clock", "s"), words])
        ),
      ];
    },
    field() {
      return Vue.h("label", { class: "m-find" }, [
        glyph("search", "s"),
        Vue.h("input", {
          ref: "field",
          type: "search",
          role: "combobox",
          maxlength: 200,
          placeholder: "Search everything",
          "aria-label": "Search everything",
          "aria-expanded": "true",
          "aria-controls": "m-hits",
          "aria-activedescendant": this.rows().length ? `m-hit-${this.at}` : undefined,
          autocomplete: "off",
          value: this.q,
          onInput: (event) => this.typed(event.target.value),
          onKeydown: this.press,
        }),
        Vue.h("kbd", { class: "m-desk", "aria-hidden": "true" }, "Esc"),
      ]);
    },
  },
  render() {
    const { h } = Vue;
    const total = this.groups().reduce((sum, { hits }) => sum + hits.length, 0);
    return h("span", { style: { display: "contents" } }, [
      h("button", {
        class: "m-find",
        type: "button",
        "aria-label": "Search everything",
        "aria-haspopup": "dialog",
        onClick: () => this.open(),
      }, [
        glyph("search", "s"),
        h("span", { class: "m-cut" }, "Search everything"),
        h("kbd", { "aria-hidden": "true" }, "/"),
      ]),
      h(
        "dialog",
        {
          ref: "dialog",
          class: "m-dialog m-float m-search",
          "aria-label": "Search everything",
          onClose: () => {
            this.isOpen = false;
          },
          onClick: ({ target }) => target === this.$refs.dialog && target.close(),
        },
        h("div", { class: "m-dbody" }, [
          this.field(),
          h(
            "div",
            {
              ref: "list",
              class: "m-hits",
              id: "m-hits",
              role: "listbox",
              "aria-label": "Results",
            },
            this.isOpen ? (this.wanted() ? this.found() : this.recent()) : [],
          ),
          h(
            "span",
            { class: "m-vh", role: "status" },
            this.wanted() && this.isCurrent() ? plural(total, "result") : "",
          ),
        ]),
      ),
    ]);
  },
};
