// A row of a list, as one element: drawn from one prop, says what was pressed by one event.
import CopyButton from "moments/copy-button.js";
import { menu } from "moments/dialog.js";
import { ago } from "moments/format.js";
import { glyph } from "moments/icons.js";
import { when } from "moments/state.js";
import { view } from "moments/view.js";

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
      const { letters, glyph: drawing, picture, blank, figure, href } = this.item;
      if (letters) return view`<span class="m-avatar" aria-hidden="true">${letters}</span>`;
      if (drawing) return view`<span class="m-3 m-rowglyph">${glyph(drawing)}</span>`;
      if (picture === null) return null;
      const broke = () => {
        this.broken = true;
      };
      const image = picture && !this.broken
        ? view`<img src=${picture} alt="" onError=${broke} />`
        : view`<span class="m-3 m-nopic">${glyph(blank)}</span>`;
      const badge = figure
        ? view`<span class="m-at-br"><span class="m-badge m-onpic">${figure}</span></span>`
        : null;
      return view`<a class="m-pic" href=${href} tabindex="-1" aria-hidden="true">${image}${badge}</a>`;
    },
    text() {
      const { title, note, meta, href, progress } = this.item;
      const name = [title, note ? view`<span class="m-3">${` ${note}`}</span>` : null];
      const second = meta.map((part) => this.words(part)).filter(Boolean).join(" · ");
      return view`<div class="m-grow">
        <${href ? "a" : "div"} class="m-b m-cut m-rowtitle" href=${href}>${name}<//>
        ${progress ? this.bar(progress) : null}
        ${second && view`<div class="m-sm m-3 m-cut" title=${second}>${second}</div>`}
      </div>`;
    },
    /** How far something is follows from the time, or is unknown. */
    bar([all, gone]) {
      const style = all
        ? { animationDuration: `${all}s`, animationDelay: `${-Math.min(gone, all)}s` }
        : {};
      return view`<span class=${["m-prog", all ? "m-timed" : "m-open"]}>
        <i style=${style} key="${all} ${gone}" />
      </span>`;
    },
    /** Stages as bars, then what happens now, and what can be done about it. */
    pipe() {
      const { bars, label, words, tail, is_bad: isBad } = this.item.pipe;
      const stages = bars.map(([look, share]) =>
        view`<li class=${look ? `m-${look}` : null} style=${{ "--v": share }} />`
      );
      return view`<div class="m-rowpipe">
        <ol class="m-pipe m-mini" aria-label=${label}>${stages}</ol>
        <div class="m-row m-between m-sm">
          <span class=${["m-b", { "m-bad": isBad }]}>${words}</span>
          <span class="m-3">${this.words(tail)}</span>
          ${this.item.buttons.map((each) => this.button(each))}
        </div>
      </div>`;
    },
    choice() {
      const { name, label, value, options } = this.item.choice;
      const choose = (event) => this.act(name, event.target.value);
      const rows = options.map(([each, text]) => view`<option value=${each}>${text}</option>`);
      return view`<select class="m-input m-role" aria-label=${label} value=${value} onChange=${choose}>
        ${rows}
      </select>`;
    },
    button({ name, label, glyph: drawing, href, is_danger: danger, is_primary: primary }) {
      const look = {
        class: ["m-btn", { "m-quiet": danger, "m-danger": danger, "m-primary": primary }],
        "aria-label": `${label} ${this.item.title}`,
      };
      const content = [drawing ? glyph(drawing, "s") : null, label];
      if (href) return view`<a ...${look} href=${href}>${content}</a>`;
      const press = () => this.act(name);
      return view`<button ...${look} type="button" onClick=${press}>${content}</button>`;
    },
    end() {
      const { title, badge, since, choice, copies, pipe, buttons, menu: entries } = this.item;
      const more = () =>
        view`<button class="m-btn m-quiet m-icon" type="button" aria-haspopup="menu"
          aria-expanded="false" aria-label="More for ${title}" onClick=${this.openMenu}>
          ${glyph("more")}
        </button>`;
      return [
        since ? view`<span class="m-sm m-2 m-desk">${this.words(since)}</span>` : null,
        badge ? view`<span class=${["m-badge", `m-${badge[0]}`]}>${badge[1]}</span>` : null,
        choice ? this.choice() : null,
        copies ? view`<${CopyButton} text=${copies[0]} label=${copies[1]} />` : null,
        ...(pipe ? [this.pipe()] : buttons.map((each) => this.button(each))),
        entries.length ? more() : null,
      ];
    },
  },
  render() {
    const { picture, pipe, is_picked: isPicked } = this.item;
    const kind = { "m-stream": picture !== null, "m-piped": pipe, "m-on": isPicked };
    return view`<li class=${["m-li", kind]} id=${this.$attrs.id}>
      ${this.start()}
      ${this.text()}
      ${this.end()}
    </li>`;
  },
};
