// Search results in groups, as one element: drawn from one prop; a group's link asks for all of it.
import { ago } from "moments/format.js";
import { glyph } from "moments/icons.js";
import { view } from "moments/view.js";

export default {
  props: { groups: Array },
  emits: ["more"],
  methods: {
    /** Texts are text nodes: what somebody said is never markup. */
    passage(pieces) {
      return pieces.map(([text, isFound]) => (isFound ? view`<mark>${text}</mark>` : text));
    },
    picture(row, drawing) {
      const image = row.picture
        ? view`<img src=${row.picture} alt="" loading="lazy" />`
        : glyph(drawing, "l");
      return view`<span class=${["m-pic", { "m-drawn": !row.picture }]}>${image}</span>`;
    },
    row(row, drawing) {
      const { author, at } = row;
      const note = [row.note, row.created ? ago(Date.parse(row.created)) : ""].filter(Boolean);
      return view`<a class="m-result" href=${row.href}>
        ${this.picture(row, drawing)}
        <span class="m-grow">
          <span class="m-b m-cut m-resultname">
            ${this.passage(row.title)}
            <span class="m-sm m-3">${` ${note.join(", ")}`}</span>
          </span>
          <span class="m-pass">
            ${author && view`<span class="m-who">${`${author} `}</span>`}
            ${this.passage(row.pieces)}
          </span>
        </span>
        <span class="m-row m-t">
          ${row.is_meant && view`<span class="m-badge m-plain">by meaning</span>`}
          ${at && view`<span class="m-cite">${glyph("play", "s")}${at}</span>`}
        </span>
      </a>`;
    },
    group({ key, label, glyph: drawing, more, rows }) {
      const all = more
        ? view`<button class="m-link m-sm" type="button" aria-label="All ${more} of ${label}"
          onClick=${() => this.$emit("more", key)}>
          All ${more}
        </button>`
        : null;
      return view`<section key=${key} class="m-results" aria-label=${label}>
        <div class="m-row">${glyph(drawing, "s")}<h2 class="m-grow">${label}</h2>${all}</div>
        ${rows.map((row) => this.row(row, drawing))}
      </section>`;
    },
  },
  render() {
    return view`<div id=${this.$attrs.id}>${this.groups.map((group) => this.group(group))}</div>`;
  },
};
