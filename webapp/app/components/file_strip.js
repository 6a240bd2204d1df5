// A moment's files in a row, as one element: a press chooses one.
import { glyph } from "moments/icons.js";
import { view } from "moments/view.js";

export default {
  props: { items: Array, chosen: String },
  emits: ["choose"],
  methods: {
    content({ name, picture, glyph: drawing, figure }) {
      const start = picture
        ? view`<img src=${picture} alt="" loading="lazy" />`
        : view`<span class="m-row m-t m-stripname">
          ${glyph(drawing, "s")}
          <span class="m-cut">${name}</span>
        </span>`;
      const mark = figure
        ? view`<span class="m-at-br"><span class="m-badge m-onpic">${figure}</span></span>`
        : null;
      return [start, mark];
    },
  },
  render() {
    const buttons = this.items.map((item) =>
      view`<li key=${item.id}>
        <button type="button" class="m-stripfile" title=${item.name}
          aria-label="Show ${item.name}" aria-pressed=${String(item.id === this.chosen)}
          onClick=${() => this.$emit("choose", item.id)}>
          ${this.content(item)}
        </button>
      </li>`
    );
    return view`<ul class="m-filestrip" aria-label="Files">${buttons}</ul>`;
  },
};
