// Commits as a list with a line through it; A and B are the two that are compared.
import { when } from "moments/state.js";
import { view } from "moments/view.js";

export default {
  props: { items: Array, before: String, after: String },
  emits: ["pick"],
  methods: {
    row(item) {
      const letter = { [this.before]: "A", [this.after]: "B" }[item.id];
      const second = [item.commit, item.by, when(Date.parse(item.at))].filter(Boolean).join(" · ");
      const tags = item.tags.map((tag) => view`<span class="m-tag">${tag}</span>`);
      return view`<li key=${item.id}>
        <button type="button" class=${["m-cm", { "m-on": letter }]}
          aria-pressed=${letter ? "true" : "false"} onClick=${() => this.$emit("pick", item.id)}>
          <span class="m-cline">
            ${letter ? view`<span class="m-ab">${letter}</span>` : view`<i class="m-cnode" />`}
          </span>
          <span class="m-pic">${item.picture && view`<img src=${item.picture} alt="" />`}</span>
          <span class="m-grow">
            <span class="m-b m-cut m-cmtitle">${item.title}</span>
            <span class="m-sm m-2 m-cut m-cmtitle">${second}</span>
            ${tags.length ? view`<span class="m-row m-t m-cmtags">${tags}</span>` : null}
          </span>
        </button>
      </li>`;
    },
  },
  render() {
    return view`<ol class="m-commits" aria-label="Commits, newest first">
      ${this.items.map((item) => this.row(item))}
    </ol>`;
  },
};
