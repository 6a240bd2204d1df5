// Our drawings, by their names in `img/icons.svg`.
import { view } from "./view.js";

const FILE = new URL("../img/icons.svg", import.meta.url).pathname;
const isSandboxed = globalThis.origin === "null"; // by a site that embeds us: <use> reads no other file
const DRAWINGS = isSandboxed ? "" : FILE;

if (isSandboxed) {
  const holder = document.createElement("div");
  holder.hidden = true;
  document.body.append(holder);
  fetch(FILE).then((answer) => answer.text()).then((drawings) => {
    holder.innerHTML = drawings;
  });
}

/** The markup of an icon; size is "", "s" (16 px) or "l" (24 px). */
export const icon = (name, size = "") =>
  `<svg class="m-i${size ? ` m-${size}` : ""}" viewBox="0 0 20 20" aria-hidden="true">
    <use href="${DRAWINGS}#${name}" />
  </svg>`;

/** The same in a component of NiceGUI. */
export const glyph = (name, size = "") =>
  view`<span class="m-glyph" innerHTML=${icon(name, size)} />`;

/** The same as an element. */
export function ic(name, size) {
  const holder = document.createElement("template");
  holder.innerHTML = icon(name, size);
  return holder.content.firstChild;
}
