// Search results in groups, as one element: drawn from one prop; a group's link asks for all of it.
import { ago } from "moments/format.js";
import { glyph } from "moments/icons.js";

export default {
  props: { groups: Array },
  emits: ["more"],
  methods: {
    /** Texts are text nodes: what somebody said is never markup. */
    passage(pieces) {
      return pieces.map(([text, isFound]) => (isFound ? Vue.h("mark", {}, text) : text));
    },
    picture(row, drawing) {
      const { h } = Vue;
      const image = row.picture
        ? h("img", { src: row.picture, alt: "", loading: "lazy" })
        : glyph(drawing, "l");
      return h("span", { class: ["m-pic", { "m-drawn": !row.picture }] }, image);
    },
    row(row, drawing) {
      const { h } = Vue;
      const { author, at } = row;
      const note = [row.note, row.created ? ago(Date.parse(row.created)) : ""].filter(Boolean);
      return h("a", { class: "m-result", href: row.href }, [
        this.picture(row, drawing),
        h("span", { class: "m-grow" }, [
          h("span", { class: "m-b m-cut m-resultname" }, [
            ...this.passage(row.title),
            h("span", { class: "m-sm m-3" }, ` ${note.join(", ")}`),
          ]),
          h("span", { class: "m-pass" }, [
            author ? h("span", { class: "m-who" }, `${author} `) : null,
            ...this.passage(row.pieces),
          ]),
        ]),
        h("span", { class: "m-row m-t" }, [
          row.is_meant ? h("span", { class: "m-badge m-plain" }, "by meaning") : null,
          at ? h("span", { class: "m-cite" }, [glyph("play", "s"), at]) : null,
        ]),
      ]);
    },
    group({ key, label, glyph: drawing, more, rows }) {
      const { h } = Vue;
      const all = more
        ? h("button", {
          class: "m-link m-sm",
          type: "button",
          "aria-label": `All ${more} of ${label}`,
          onClick: () => this.$emit("more", key),
        }, `All ${more}`)
        : null;
      return h("section", { key, class: "m-results", "aria-label": label }, [
        h("div", { class: "m-row" }, [
          glyph(drawing, "s"),
          h("h2", { class: "m-grow" }, label),
          all,
        ]),
        ...rows.map((row) => this.row(row, drawing)),
      ]);
    },
  },
  render() {
    return Vue.h("div", { id: this.$attrs.id }, this.groups.map((group) => this.group(group)));
  },
};
