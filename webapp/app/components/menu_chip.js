// A filter: a chip that opens a menu of its values. With a value it shows that, and a press clears it.
import { menu } from "moments/dialog.js";
import { icon } from "moments/icons.js";
import { h as node } from "moments/dom.js";

const FIND = 9; // with so many values, the menu has a field to look for one

export default {
  props: { label: String, glyph: String, options: Array, value: String },
  emits: ["choose"],
  render() {
    const { h } = Vue;
    const { label, value } = this;
    if (value) {
      const chosen = this.options.find((option) => option.value === value)?.label ?? value;
      return h("button", { class: "m-chip m-on", type: "button", title: label, "aria-label": `${label} ${chosen}: remove this filter`, onClick: () => this.$emit("choose", "") },
        [h("span", { class: "m-cut m-chiptext" }, chosen), h("span", { class: "m-glyph", innerHTML: icon("close", "s") })]);
    }
    return h("button", { class: "m-chip", type: "button", "aria-haspopup": "menu", "aria-expanded": "false", onClick: () => this.open() },
      [h("span", { class: "m-glyph", innerHTML: icon(this.glyph, "s") }), label]);
  },
  methods: {
    open() {
      const rows = this.options.map((option) => ({ label: option.count ? `${option.label} (${option.count})` : option.label, onclick: () => this.$emit("choose", option.value) }));
      if (!rows.length) rows.push(node("p", { class: "m-menuhead m-sm m-3" }, `No ${this.label.toLowerCase()} yet`));
      const opened = menu(this.$el, rows.length < FIND ? rows : [this.finder(), ...rows], { label: this.label });
      this.list = opened?.list;
    },
    finder() {
      const field = node("input", { type: "search", placeholder: "Find", "aria-label": `Find a ${this.label.toLowerCase()}`, oninput: () => this.narrow(field.value) });
      return node("label", { class: "m-find" }, field);
    },
    narrow(text) {
      const wanted = text.toLocaleLowerCase();
      for (const row of this.list.querySelectorAll("[role=menuitem]")) row.hidden = !row.textContent.toLocaleLowerCase().includes(wanted);
    },
  },
};
