// A button that opens a menu of links and values. One that has a value itself is a chip, which shows
// it: with one value a press removes it, and several are added and removed in the menu.
import { menu } from "moments/dialog.js";
import { dom } from "moments/dom.js";
import { glyph } from "moments/icons.js";
import { view } from "moments/view.js";

const FIND = 9; // with so many entries, the menu has a field to look for one

export default {
  props: { label: String, glyph: String, items: Array, value: [String, Array] },
  emits: ["choose"],
  render() {
    const { label, value } = this;
    const values = [value ?? ""].flat().filter(Boolean);
    if (values.length && !Array.isArray(value)) {
      const chosen = this.words(value);
      return view`<button class="m-chip m-on" type="button" title=${label}
        aria-label="${label} ${chosen}: remove this filter"
        onClick=${() => this.$emit("choose", "")}>
        <span class="m-cut m-chiptext">${chosen}</span>
        ${glyph("close", "s")}
      </button>`;
    }
    const chosen = values.map(this.words).join(", ");
    const look = value === undefined ? { class: "m-btn" } : {
      class: ["m-chip", { "m-on": chosen }],
      title: label,
      "aria-label": chosen ? `${label}: ${chosen}` : label,
    };
    return view`<button ...${look} type="button" aria-haspopup="menu" aria-expanded="false"
      onClick=${this.open}>
      ${glyph(this.glyph, "s")}
      ${
      value === undefined ? label : view`<span class="m-cut m-chiptext">${chosen || label}</span>`
    }
    </button>`;
  },
  methods: {
    words(value) {
      return this.items.find((item) => item.value === value)?.label ?? value;
    },
    open() {
      const [first, ...others] = this.items;
      const choose = ({ value }) => this.$emit("choose", value);
      if (this.value === undefined && first && !others.length && !first.href) {
        choose(first);
        return;
      }
      const rows = this.items.map((item) =>
        item.label === "-" ? "-" : {
          label: item.count ? `${item.label} (${item.count})` : item.label,
          icon: item.icon,
          href: item.href ?? undefined,
          checked: Array.isArray(this.value) ? this.value.includes(item.value) : undefined,
          onclick: item.href ? undefined : () => choose(item),
        }
      );
      if (!rows.length) {
        const none = `No ${this.label.toLowerCase()} yet`;
        rows.push(dom`<p class="m-menuhead m-sm m-3">${none}</p>`);
      }
      const shown = rows.length < FIND ? rows : [this.finder(), ...rows];
      this.list = menu(this.$el, shown, { label: this.label })?.list;
    },
    finder() {
      const input =
        dom`<input type="search" placeholder="Find" aria-label="Find a ${this.label.toLowerCase()}"
        oninput=${() => this.narrow(input.value)} />`;
      return dom`<label class="m-find">${input}</label>`;
    },
    narrow(text) {
      const wanted = text.toLocaleLowerCase();
      for (const row of this.list.querySelectorAll("[role^=menuitem]")) {
        row.hidden = !row.textContent.toLocaleLowerCase().includes(wanted);
      }
    },
  },
};
