// A filter: a chip that opens a menu of its values. With one value it shows that, and a press
// removes it; a chip for several keeps its menu, in which a press adds or removes one.
import { menu } from "moments/dialog.js";
import { dom } from "moments/dom.js";
import { glyph } from "moments/icons.js";
import { view } from "moments/view.js";

const FIND = 9; // with so many values, the menu has a field to look for one

export default {
  props: { label: String, glyph: String, options: Array, value: [String, Array] },
  emits: ["choose"],
  render() {
    const { label } = this;
    const values = [this.value].flat().filter(Boolean);
    const isMany = Array.isArray(this.value);
    if (values.length && !isMany) {
      const chosen = this.words(values[0]);
      return view`<button class="m-chip m-on" type="button" title=${label}
        aria-label="${label} ${chosen}: remove this filter"
        onClick=${() => this.$emit("choose", "")}>
        <span class="m-cut m-chiptext">${chosen}</span>
        ${glyph("close", "s")}
      </button>`;
    }
    const chosen = values.map(this.words).join(", ");
    return view`<button class=${["m-chip", { "m-on": chosen }]} type="button" title=${label}
      aria-haspopup="menu" aria-expanded="false"
      aria-label=${chosen ? `${label}: ${chosen}` : label} onClick=${() => this.open()}>
      ${glyph(this.glyph, "s")}
      <span class="m-cut m-chiptext">${chosen || label}</span>
    </button>`;
  },
  methods: {
    words(value) {
      return this.options.find((option) => option.value === value)?.label ?? value;
    },
    open() {
      const values = Array.isArray(this.value) ? this.value : undefined;
      const rows = this.options.map(({ value, label, count }) =>
        label === "-" ? label : {
          label: count ? `${label} (${count})` : label,
          checked: values?.includes(value),
          onclick: () => this.$emit("choose", value),
        }
      );
      if (!rows.length) {
        const none = `No ${this.label.toLowerCase()} yet`;
        rows.push(dom`<p class="m-menuhead m-sm m-3">${none}</p>`);
      }
      const opened = menu(this.$el, rows.length < FIND ? rows : [this.finder(), ...rows], {
        label: this.label,
      });
      this.list = opened?.list;
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
