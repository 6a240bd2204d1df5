// A row of a list, as one element: drawn from one prop, says what was pressed by one event.
import CopyButton from "moments/copy-button.js";
import { menu } from "moments/dialog.js";
import { ago } from "moments/format.js";
import { glyph } from "moments/icons.js";
import { when } from "moments/state.js";

function date(ms) {
  const at = new Date(ms);
  const year = at.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return at.toLocaleDateString("en-GB", { day: "numeric", month: "long", year });
}

const HOW = { ago, date, time: when };

export default {
  props: { item: Object },
  emits: ["act"],
  inheritAttrs: false,
  data: () => ({ broken: false }),
  watch: {
    item(now, before) {
      if (now.picture !== before.picture) this.broken = false;
    },
  },
  methods: {
    act(what, value = "") {
      this.$emit("act", [what, value]);
    },
    openMenu(event) {
      const rows = this.item.menu.map(
        ({ name, label, glyph: drawing, href, is_danger: danger }) => {
          if (name === "-") return "-";
          const onclick = href ? undefined : () => this.act(name);
          return { label, icon: drawing, href, danger, onclick };
        },
      );
      menu(event.currentTarget, rows);
    },
    words(part) {
      if (typeof part === "string") return part;
      const ms = Date.parse(part.at);
      return part.before + HOW[part.how](ms);
    },
    start() {
      const { h } = Vue;
      const { letters, glyph: drawing, picture, figure, href } = this.item;
      if (letters) return h("span", { class: "m-avatar", "aria-hidden": "true" }, letters);
      if (drawing) return h("span", { class: "m-3 m-rowglyph" }, glyph(drawing));
      if (picture === null) return null;
      const broke = () => {
        this.broken = true;
      };
      const image = picture && !this.broken
        ? h("img", { src: picture, alt: "", onError: broke })
        : null;
      const badge = figure
        ? h("span", { class: "m-at-br" }, h("span", { class: "m-badge m-onpic" }, figure))
        : null;
      return h("a", { class: "m-pic", href, tabindex: -1, "aria-hidden": "true" }, [image, badge]);
    },
    text() {
      const { h } = Vue;
      const { title, note, meta, href, progress } = this.item;
      const name = [title, note ? h("span", { class: "m-3" }, ` ${note}`) : null];
      const second = meta.map((part) => this.words(part)).join(" · ");
      return h("div", { class: "m-grow" }, [
        h(href ? "a" : "div", { class: "m-b m-cut m-rowtitle", href }, name),
        progress ? this.bar(progress) : null,
        second ? h("div", { class: "m-sm m-3 m-cut", title: second }, second) : null,
      ]);
    },
    /** How far something is follows from the time, or is unknown. */
    bar([all, gone]) {
      const style = all
        ? { animationDuration: `${all}s`, animationDelay: `${-Math.min(gone, all)}s` }
        : {};
      return Vue.h(
        "span",
        { class: ["m-prog", all ? "m-timed" : "m-open"] },
        Vue.h("i", { style, key: `${all} ${gone}` }),
      );
    },
    /** Stages as bars, then what happens now, and what can be done about it. */
    pipe() {
      const { h } = Vue;
      const { bars, label, words, tail, is_bad: isBad } = this.item.pipe;
      const stages = bars.map(([look, share]) =>
        h("li", { class: look ? `m-${look}` : null, style: { "--v": share } })
      );
      return h("div", { class: "m-rowpipe" }, [
        h("ol", { class: "m-pipe m-mini", "aria-label": label }, stages),
        h("div", { class: "m-row m-between m-sm" }, [
          h("span", { class: ["m-b", { "m-bad": isBad }] }, words),
          h("span", { class: "m-3" }, this.words(tail)),
          ...this.item.buttons.map((each) => this.button(each)),
        ]),
      ]);
    },
    choice() {
      const { name, label, value, options } = this.item.choice;
      const choose = (event) => this.act(name, event.target.value);
      const rows = options.map(([each, text]) => Vue.h("option", { value: each }, text));
      return Vue.h("select", {
        class: "m-input m-role",
        "aria-label": label,
        value,
        onChange: choose,
      }, rows);
    },
    button({ name, label, glyph: drawing, href, is_danger: danger, is_primary: primary }) {
      const { h } = Vue;
      const look = {
        class: ["m-btn", { "m-quiet": danger, "m-danger": danger, "m-primary": primary }],
        "aria-label": `${label} ${this.item.title}`,
      };
      const content = [drawing ? glyph(drawing, "s") : null, label];
      if (href) return h("a", { ...look, href }, content);
      return h("button", { ...look, type: "button", onClick: () => this.act(name) }, content);
    },
    end() {
      const { h } = Vue;
      const { title, badge, since, choice, copies, pipe, buttons, menu: entries } = this.item;
      const more = () =>
        h("button", {
          class: "m-btn m-quiet m-icon",
          type: "button",
          "aria-haspopup": "menu",
          "aria-expanded": "false",
          "aria-label": `More for ${title}`,
          onClick: this.openMenu,
        }, glyph("more"));
      return [
        since ? h("span", { class: "m-sm m-2 m-desk" }, this.words(since)) : null,
        badge ? h("span", { class: ["m-badge", `m-${badge[0]}`] }, badge[1]) : null,
        choice ? this.choice() : null,
        copies ? h(CopyButton, { text: copies[0], label: copies[1] }) : null,
        ...(pipe ? [this.pipe()] : buttons.map((each) => this.button(each))),
        entries.length ? more() : null,
      ];
    },
  },
  render() {
    const { picture, pipe, is_picked: isPicked } = this.item;
    const kind = { "m-stream": picture !== null, "m-piped": pipe, "m-on": isPicked };
    return Vue.h("li", { class: ["m-li", kind], id: this.$attrs.id }, [
      this.start(),
      this.text(),
      ...this.end(),
    ]);
  },
};
