// The banner that says that the connection is lost.
import { dom, text } from "./dom.js";
import { ic } from "./icons.js";

let banner;
let timer;

/** Show that the connection is lost, with a countdown to the next attempt. */
export function showLost(wait = 0) {
  banner ??= dom`<div class="m-banner" role="status">${ic("offair", "s")}<span /></div>`;
  if (!banner.isConnected) document.body.append(banner);
  const end = Date.now() + wait * 1000;
  const say = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    const again = left > 0 ? `in ${left} s` : "now";
    text(banner.lastChild, `Connection lost. Trying again ${again}; your captures are safe.`);
  };
  clearInterval(timer);
  timer = setInterval(say, 500);
  say();
}

export function hideLost() {
  clearInterval(timer);
  banner?.remove();
}
