// Sharing a stream: its public page and its embed code.
import { h, copyText } from "./dom.js";
import { ic } from "./icons.js";
import { openDialog } from "./dialog.js";

/** A button that copies and confirms it. */
export function copyButton(value, { label = "Copy link", solid = true } = {}) {
  const button = h("button", { class: `m-btn${solid ? " m-solid" : ""}`, type: "button", onclick: async () => {
    await copyText(typeof value === "function" ? value() : value);
    button.replaceChildren(ic("check", "s"), "Copied");
    setTimeout(() => button.replaceChildren(ic("link", "s"), label), 2000);
  } }, ic("link", "s"), label);
  return button;
}

/** A public stream's page. */
export function shareStream(stream, url) {
  const embed = `<iframe src="${url}/embed" width="640" height="360" allow="autoplay; fullscreen" style="border:0"></iframe>`;
  const row = (label, value) => h("div", { class: "m-field" }, h("span", { class: "m-label" }, label), h("div", { class: "m-row m-t" }, h("input", { class: "m-input", readonly: true, value, "aria-label": label, onfocus: (event) => event.target.select() }), copyButton(value, { label: "Copy", solid: label === "Link" })));
  openDialog(`Share ${stream.name}`, h("div", { class: "m-form" }, h("p", { class: "m-2" }, stream.visibility === "public" ? "Anyone can watch this stream." : "Anyone with this link can watch; it is not listed anywhere."), row("Link", url), row("Embed code", embed)));
}
