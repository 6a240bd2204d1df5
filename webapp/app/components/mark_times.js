// Start and end as figures that are typed or stepped: a second by the buttons, a tenth with Shift.
import { readTime, session, timeText } from "moments/mark-session.js";
import { icon } from "moments/icons.js";
import { view } from "moments/view.js";

const STEPS = { ArrowUp: 1, ArrowDown: -1 };

export default {
  // What is being typed is kept here: the page may be drawn anew meanwhile.
  data: () => ({ start: null, end: null, wrong: null, typed: {} }),
  mounted() {
    this.onChange = () => {
      const { start, end } = session;
      if (start !== this.start) delete this.typed.a;
      if (end !== this.end) delete this.typed.b;
      Object.assign(this, { start, end });
    };
    session.addEventListener("change", this.onChange);
    this.onChange();
  },
  beforeUnmount() {
    session.removeEventListener("change", this.onChange);
  },
  methods: {
    step(which, event, by) {
      session.nudge(which, event.shiftKey ? by : by * 10);
    },
    type(which, event) {
      const tenths = readTime(event.target.value);
      this.wrong = tenths === null && event.target.value ? which : null;
      if (!this.wrong) delete this.typed[which];
      if (tenths === null) return;
      if (which === "a") session.setStart(tenths);
      else session.setEnd(tenths);
    },
    press(which, event) {
      const by = STEPS[event.key];
      if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) event.target.blur();
      if (!by) return;
      event.preventDefault();
      this.step(which, event, by);
    },
    field(which, label, key, value) {
      const name = label.toLowerCase();
      const written = value === null ? "" : timeText(value);
      const button = (words, drawing, by) =>
        view`<button class="m-nudgebtn" type="button" aria-label="${label} one second ${words}"
          title="One second ${words}; with Shift a tenth" disabled=${value === null}
          innerHTML=${drawing} onClick=${(event) => this.step(which, event, by)} />`;
      const minus = '<svg class="m-i m-s" viewBox="0 0 20 20" aria-hidden="true">' +
        '<path d="M4.5 10h11"/></svg>';
      return view`<div class="m-time">
        <label class="m-label m-row m-between" for="m-time-${name}">
          ${label}
          <kbd class="m-desk" aria-hidden="true">${key}</kbd>
        </label>
        <div class=${["m-timebox", { "m-wrong": this.wrong === which }]}>
          ${button("earlier", minus, -1)}
          <input id="m-time-${name}" value=${this.typed[which] ?? written}
            placeholder="0:00" inputmode="decimal" autocomplete="off"
            aria-invalid=${this.wrong === which ? "true" : null}
            aria-describedby=${this.wrong === which ? "m-time-wrong" : null}
            onInput=${(event) => (this.typed[which] = event.target.value)}
            onChange=${(event) => this.type(which, event)}
            onKeydown=${(event) => this.press(which, event)} />
          ${button("later", icon("plus", "s"), 1)}
        </div>
      </div>`;
    },
  },
  render() {
    const help =
      view`<p class="m-msg" id="m-time-wrong" role="alert">Write a time such as 1:02.5.</p>`;
    return view`<div>
      <div class="m-timesrow">
        ${this.field("a", "Start", "I", this.start)}
        <span class="m-3 m-timesarrow" innerHTML=${icon("arrow", "s")} />
        ${this.field("b", "End", "O", this.end)}
      </div>
      ${this.wrong && help}
    </div>`;
  },
};
