// A filter: a chip that opens a menu of its values. With one value it shows that, and a press
// removes it; a chip for several keeps its menu, in which a press adds or removes one.
import { menu, openDialog } from "moments/dialog.js";
import { dom } from "moments/dom.js";
import { dayMonth } from "moments/format.js";
import { glyph } from "moments/icons.js";
import { view } from "moments/view.js";

const FIND = 9; // with so many values, the menu has a field to look for one
const SPAN = "/"; // between two instants: a span of days

export default {
  props: { label: String, glyph: String, options: Array, value: [String, Array], days: Boolean },
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
      if (this.days && value.includes(SPAN)) {
        // The end is the midnight after the last day.
        const [from, to] = value.split(SPAN).map((iso, n) => (iso ? Date.parse(iso) - n : NaN));
        return [from, to].map((ms) => (Number.isNaN(ms) ? "…" : dayMonth(ms))).join(" – ");
      }
      return this.options.find((option) => option.value === value)?.label ?? value;
    },
    open() {
      const values = Array.isArray(this.value) ? this.value : undefined;
      const rows = this.options.map(({ value, label, count }) => ({
        label: count ? `${label} (${count})` : label,
        checked: values?.includes(value),
        onclick: () => this.$emit("choose", value),
      }));
      if (this.days) {
        rows.push("-", {
          label: "Between two days…",
          onclick: () => this.askForDays(),
        });
      }
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
    // Days of the viewer's time zone, sent as instants.
    askForDays() {
      const [first, last] = ["First day", "Last day"].map((label, n) => {
        const input = dom`<input class="m-input" type="date" autofocus=${!n} />`;
        return { input, field: dom`<label class="m-field">${label}${input}</label>` };
      });
      const problem = dom`<p class="m-msg" role="alert" />`;
      const at = ({ input }, more) => {
        if (!input.value) return "";
        const date = new Date(`${input.value}T00:00`);
        date.setDate(date.getDate() + more);
        return date.toISOString();
      };
      const show = (event) => {
        event.preventDefault();
        if (!first.input.value && !last.input.value) {
          problem.textContent = "Choose at least one day.";
          first.input.focus();
          return;
        }
        box.close();
        this.$emit("choose", `${at(first, 0)}${SPAN}${at(last, 1)}`);
      };
      const cancel = { class: "m-btn", type: "button", onclick: () => box.close() };
      const form = dom`<form class="m-form" onsubmit=${show}>
        <div class="m-two">${first.field}${last.field}</div>
        ${problem}
        <div class="m-dfoot">
          <button ...${cancel}>Cancel</button>
          <button class="m-btn m-solid" type="submit">Show</button>
        </div>
      </form>`;
      const box = openDialog("Between two days", form);
    },
  },
};
