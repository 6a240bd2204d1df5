// All of our templating: dom`<div class="x" onclick=${press}>${child}</div>`.
// @ts-types="./htm.d.ts"
import htm from "../vendor/htm/htm.module.js";

/** Create an element. `on…` are listeners, false skips. */
export const dom = htm.bind(function (tag, attrs, ...children) {
  this[0] = 3; // each time a new one
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") node.style.cssText = value;
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(
    ...children.flat().filter((child) => child !== null && child !== undefined && child !== false),
  );
  return node;
});

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** Set text only if it differs, to avoid needless layout. */
export function text(node, value) {
  if (node && node.textContent !== value) node.textContent = value;
}

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
let phone; // asked for with each frame
export const isPhone = () => (phone ??= matchMedia("(max-width: 720px)")).matches;

/** The root of what is reachable now: the front dialog, or the page. Everything else is inert. */
export const reachable = () => $$("dialog[open]").at(-1) ?? document.body;

/** Announce a message to screen readers, politely. */
export function announce(message) {
  let region = $("#m-announce");
  const home = reachable();
  if (region?.parentElement !== home) {
    region?.remove();
    region = dom`<div id="m-announce" class="m-vh" role="status" aria-live="polite" />`;
    home.append(region);
  }
  region.textContent = "";
  setTimeout(() => {
    region.textContent = message;
  }, 50); // a new live region must be registered first
}

export async function copyText(value) {
  try {
    await navigator.clipboard.writeText(value);
  } catch {
    // Without TLS there is no clipboard object; the old way works in a click handler.
    const area = dom`<textarea style="position:fixed;opacity:0" value=${value} />`;
    (document.activeElement?.closest("dialog") ?? document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}
