// The banner that says that the connection is lost.
import { dom, text } from "./dom.js";
import { ic } from "./icons.js";

let banner;

/** Show that the connection is lost, with a countdown to the next attempt. */
export function showLost(wait = 0) {
  if (!banner) {
    banner = dom`<div class="m-banner" role="status">${ic("offair", "s")}<span /></div>`;
    document.body.append(banner);
  }
  const label = banner.querySelector("span");
  const end = Date.now() + wait * 1000;
  clearInterval(banner.timer);
  const say = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    text(
      label,
      left > 0
        ? `Connection lost. Trying again in ${left} s; your captures are safe.`
        : "Connection lost. Trying again now; your captures are safe.",
    );
  };
  say();
  banner.timer = setInterval(say, 500);
}

export function hideLost() {
  if (!banner) return;
  clearInterval(banner.timer);
  banner.remove();
  banner = undefined;
}
