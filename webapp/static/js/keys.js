// Keyboard shortcuts of a page: off while typing, listed by `?`, can be turned off.
import { dom } from "./dom.js";
import { openDialog } from "./dialog.js";
import { store, stored } from "./store.js";

const STORE = "moments.keys";
const isOn = () => stored(STORE, true);

const SPOKEN = {
  " ": "Space",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  "Shift+ArrowLeft": "Shift ←",
  "Shift+ArrowRight": "Shift →",
};

let bound = []; // of the whole page: `?` lists them all

/** Bind `[{key: "s", label: "Snapshot", run}]`; returns a function that unbinds. */
export function bindKeys(bindings) {
  const table = new Map(bindings.map((binding) => [binding.key, binding]));
  const listener = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (
      target.closest(
        "input:not([type=range],[type=radio]),textarea,select,[contenteditable],[role=dialog],[role=menu]",
      ) ||
      document.querySelector("dialog[open], .q-dialog") // also before it has the focus
    ) return;
    // A focused button or slider keeps its own keys; a slider has none for Space.
    if (
      [" ", "Enter"].includes(event.key) &&
      target.closest("button:not([role=slider]),a,[role=button],[type=radio]")
    ) return;
    if (
      event.key.startsWith("Arrow") &&
      target.closest("[role=slider],[type=range],[type=radio],[role=radio],[role=tab]")
    ) {
      return;
    }
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (name === "?") {
      event.preventDefault();
      showKeys(bound.flat());
      return;
    }
    if (!isOn()) return;
    const binding = table.get(
      event.shiftKey && event.key.startsWith("Arrow") ? `Shift+${name}` : name,
    );
    if (!binding || (event.repeat && !binding.repeat)) return;
    event.preventDefault();
    binding.run(event);
  };
  addEventListener("keydown", listener);
  bound.push(bindings);
  return () => {
    removeEventListener("keydown", listener);
    bound = bound.filter((each) => each !== bindings);
  };
}

export function showKeys(bindings) {
  const change = () => store(STORE, toggle.checked);
  const toggle = dom`<input type="checkbox" class="m-switch" id="m-keys-on" role="switch" autofocus
    onchange=${change} />`;
  toggle.checked = isOn();
  const rows = bindings.map(({ key, label }) =>
    dom`<div>
      <dt class="m-row m-t"><kbd>${SPOKEN[key] ?? key.toUpperCase()}</kbd></dt>
      <dd>${label}</dd>
    </div>`
  );
  openDialog("Keyboard shortcuts", [
    dom`<dl class="m-keylist">${rows}</dl>`,
    dom`<div class="m-row m-between m-keyswitch">
      <label for="m-keys-on">Single-key shortcuts on this device</label>
      ${toggle}
    </div>`,
  ]);
}
