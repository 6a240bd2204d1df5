// Forms: label above, the error under the field as a sentence, input preserved.
import { h } from "./dom.js";
import { ic } from "./icons.js";

let number = 0;

/** A field: `{name, label, type, value, hint, options: [[value, label]], …input attributes}`. */
export function field({ name, label, hint, options, area, side, ...attrs }) {
  const id = `m-f${++number}`;
  const tag = options ? "select" : area ? "textarea" : "input";
  const control = h(tag, { class: "m-input", id, name, "aria-describedby": `${id}-m`, ...attrs },
    options?.map(([value, text]) => h("option", { value, selected: String(value) === String(attrs.value) }, text)));
  const message = h("span", { class: "m-msg", id: `${id}-m`, role: "alert" });
  const labelled = h("label", { for: id }, label);
  const node = h("div", { class: "m-field" }, side ? h("div", { class: "m-row m-between" }, h("label", { class: "m-label", for: id }, label), side) : labelled, control, message, hint ? h("span", { class: "m-hint" }, hint) : null);
  const fail = (text) => {
    control.toggleAttribute("aria-invalid", Boolean(text));
    if (text) control.setAttribute("aria-invalid", "true");
    message.replaceChildren(...(text ? [ic("warn", "s"), text] : []));
  };
  control.addEventListener("input", () => fail(""));
  return { node, control, fail, name, get value() { return control.value; } };
}

/** A switch with its label. */
export function toggle({ name, label, hint, checked }) {
  const id = `m-f${++number}`;
  const control = h("input", { type: "checkbox", role: "switch", class: "m-switch", id, name });
  control.checked = Boolean(checked);
  const node = h("div", { class: "m-row m-between", style: "min-height:44px" }, h("div", {}, h("label", { for: id, class: "m-sm m-b" }, label), hint ? h("div", { class: "m-hint" }, hint) : null), control);
  return { node, control, name, fail: () => {}, get value() { return control.checked; } };
}

const sentence = (text) => (text ? text[0].toUpperCase() + text.slice(1) : text);

/**
 * A form of fields with one primary action. `send(values)` may throw an ApiError: its field errors
 * appear under the fields, the rest above the button.
 */
export function form({ fields, layout, action, big, send, more, cancel, glyph }) {
  const general = h("p", { class: "m-msg", role: "alert" });
  const button = h("button", { class: `m-btn m-solid${big ? " m-big m-block" : ""}`, type: "submit" }, action, glyph ? ic(glyph, "s") : null);
  const say = (text) => general.replaceChildren(...(text ? [ic("warn", "s"), text] : []));
  const submit = async (event) => {
    event.preventDefault();
    say("");
    button.disabled = true;
    try {
      await send(Object.fromEntries(fields.map((each) => [each.name, each.value])));
    } catch (error) {
      const why = (name) => error.fields?.[name] ?? error.fields?.[`${name}_password`];
      const known = fields.filter((each) => why(each.name));
      for (const each of known) each.fail(`${sentence(why(each.name))}${/[.!?]$/.test(why(each.name)) ? "" : "."}`);
      const rest = Object.entries(error.fields ?? {}).filter(([, text]) => !known.some((each) => why(each.name) === text));
      if (!known.length || rest.length) say(rest.length ? rest.map(([name, text]) => `${name} ${text}`).join("; ") : error.message);
      (known[0]?.control ?? fields[0]?.control)?.focus();
    } finally {
      button.disabled = false;
    }
  };
  const node = h("form", { class: "m-form", novalidate: true, onsubmit: submit },
    layout ?? fields.map((each) => each.node), more, general,
    big ? button : h("div", { class: "m-dfoot", style: "margin-top:4px" }, cancel ? h("button", { class: "m-btn", type: "button", onclick: cancel }, "Cancel") : null, button));
  return { node, say, button };
}
