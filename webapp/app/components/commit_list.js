// Commits as a list with a line through it; A and B are the two that are compared.
import { when } from "moments/state.js";

export default {
  props: { items: Array, before: String, after: String },
  emits: ["pick"],
  methods: {
    row(item) {
      const { h } = Vue;
      const letter = { [this.before]: "A", [this.after]: "B" }[item.id];
      const second = [item.commit, item.by, when(Date.parse(item.at))].filter(Boolean).join(" · ");
      const tags = item.tags.map((tag) => h("span", { class: "m-tag" }, tag));
      return h("li", { key: item.id }, [
        h("button", {
          type: "button",
          class: ["m-cm", { "m-on": letter }],
          "aria-pressed": letter ? "true" : "false",
          onClick: () => this.$emit("pick", item.id),
        }, [
          h(
            "span",
            { class: "m-cline" },
            letter ? h("span", { class: "m-ab" }, letter) : h("i", { class: "m-cnode" }),
          ),
          h(
            "span",
            { class: "m-pic" },
            item.picture ? h("img", { src: item.picture, alt: "" }) : null,
          ),
          h("span", { class: "m-grow" }, [
            h("span", { class: "m-b m-cut m-cmtitle" }, item.title),
            h("span", { class: "m-sm m-2 m-cut m-cmtitle" }, second),
            tags.length ? h("span", { class: "m-row m-t m-cmtags" }, tags) : null,
          ]),
        ]),
      ]);
    },
  },
  render() {
    return Vue.h(
      "ol",
      { class: "m-commits", "aria-label": "Commits, newest first" },
      this.items.map((item) => this.row(item)),
    );
  },
};
