// A provider's iframe and the messages with it. Everything that another window says is dropped, and
// so is what is too large to be a player's.
import { dom } from "./dom.js";

const MOST = 100_000; // characters
const ALLOW = "accelerometer; autoplay; clipboard-write; encrypted-media; gyroscope; " +
  "picture-in-picture; web-share";

/**
 * @typedef {object} Frame
 * @property {HTMLElement} node
 * @property {(message: unknown) => void} post
 * @property {() => void} close
 */

/**
 * Open a frame that says `onData(data)`, and `onLoad()` each time it has loaded.
 * @param {{src: string, title: string, id?: string, onData: (data: any) => void,
 *   onLoad?: () => void}} options
 * @returns {Frame}
 */
export function openFrame({ src, title, id, onData, onLoad }) {
  const { origin } = new URL(src, location.href);
  const node =
    /** @type {HTMLIFrameElement} */ (dom`<iframe id=${id} title=${title} src=${src} allow=${ALLOW} allowfullscreen
    referrerpolicy="strict-origin-when-cross-origin" onload=${onLoad} />`);
  const listen = (event) => {
    if (event.source !== node.contentWindow || event.origin !== origin) return;
    if (typeof event.data === "string" && event.data.length > MOST) return;
    onData(event.data);
  };
  addEventListener("message", listen);
  return {
    node,
    post: (message) => node.contentWindow?.postMessage(message, origin),
    close() {
      removeEventListener("message", listen);
      node.remove();
    },
  };
}

/** A finite number of at least zero, or undefined: what a frame says can be anything. */
export const figure = (value) => Number.isFinite(value) && value >= 0 ? value : undefined;

/** Text of a player, cut; or undefined. */
export const words = (value) =>
  typeof value === "string" && value ? value.slice(0, 200) : undefined;

/** A message as an object, also if it is the JSON of one; or null. */
export function parsed(data) {
  try {
    const message = typeof data === "string" ? JSON.parse(data) : data;
    return typeof message === "object" ? message : null;
  } catch {
    return null;
  }
}
