// Labels as tags that can be added and removed.
import { h } from "./dom.js";
import { ic } from "./icons.js";

/** A label editor; calls `change(labels)` with every new list. */
export function labelEditor(labels, change, { suggestions = [] } = {}) {
  let now = [...labels];
  const id = `m-l${Math.random().toString(36).slice(2)}`;
  const input = h("input", { class: "m-labelinput", "aria-label": "Add a label", placeholder: now.length ? "Add" : "Add a label", maxlength: 64, list: id, enterkeyhint: "done" });
  const box = h("div", { class: "m-labels" });
  const options = h("datalist", { id }, suggestions.map((value) => h("option", { value })));
  const draw = () => box.replaceChildren(
    ...now.map((label) => h("span", { class: "m-tag" }, label, h("button", { type: "button", "aria-label": `Remove ${label}`, onclick: () => set(now.filter((each) => each !== label)) }, ic("close", "s")))),
    input, options);
  const set = (next) => { now = next; draw(); change(now); };
  const add = () => {
    const fresh = input.value.split(",").map((part) => part.trim()).filter((part) => part && !now.includes(part));
    input.value = "";
    if (fresh.length) { set([...now, ...fresh]); input.focus(); }
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === ",") { event.preventDefault(); add(); }
    if (event.key === "Backspace" && !input.value && now.length) set(now.slice(0, -1));
  });
  input.addEventListener("change", add);
  draw();
  return box;
}
