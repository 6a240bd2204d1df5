// A moment's files in a row, as one element: a press chooses one.
import { glyph } from "moments/icons.js";

export default {
  props: { items: Array, chosen: String },
  emits: ["choose"],
  methods: {
    content({ name, picture, glyph: drawing, figure }) {
      const { h } = Vue;
      const start = picture
        ? h("img", { src: picture, alt: "", loading: "lazy" })
        : h("span", { class: "m-row m-t m-stripname" }, [
          glyph(drawing, "s"),
          h("span", { class: "m-cut" }, name),
        ]);
      const mark = figure
        ? h("span", { class: "m-at-br" }, h("span", { class: "m-badge m-onpic" }, figure))
        : null;
      return [start, mark];
    },
  },
  render() {
    const { h } = Vue;
    const buttons = this.items.map((item) =>
      h("li", { key: item.id }, [
        h("button", {
          type: "button",
          class: "m-stripfile",
          title: item.name,
          "aria-label": `Show ${item.name}`,
          "aria-pressed": String(item.id === this.chosen),
          onClick: () => this.$emit("choose", item.id),
        }, this.content(item)),
      ])
    );
    return h("ul", { class: "m-filestrip", "aria-label": "Files" }, buttons);
  },
};
