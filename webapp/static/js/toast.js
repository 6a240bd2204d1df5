// One toast at a time: the result, the time taken, the next actions. Errors stay until closed.
import { announce, dom, reachable } from "./dom.js";
import { ic } from "./icons.js";

let host;
let current;

/** Move the toasts to the front: into an open dialog, where they are clickable, until it closes. */
function place() {
  host ??= dom`<div class="m-toasts" popover="manual" />`;
  const home = reachable();
  if (host.parentElement !== home) {
    home.append(host);
    if (home !== document.body) home.addEventListener("close", place, { once: true });
  }
  if (!host.showPopover) return;
  // Above dialogs too: a popover is in the top layer, and the last one shown is in front.
  if (host.matches(":popover-open")) host.hidePopover();
  if (current) host.showPopover();
}

/**
 * Show a toast. `{title, detail, image, tone: ok|bad|busy, actions: [elements], stay}`.
 * Returns `{set(changes), close(), node}`; a later toast replaces it.
 */
export function toast(options) {
  current?.close();
  const role = options.tone === "bad"
    ? { role: "alert" }
    : { role: "group", "aria-label": "Message" };
  const node = dom`<div class="m-toast m-float" ...${role} />`;
  /** @type {any} */
  const handle = { node, closed: false, state: {} };
  handle.close = () => {
    handle.closed = true;
    node.remove();
    if (current === handle) {
      current = undefined;
      host?.hidePopover?.();
    }
  };
  handle.set = (changes) => {
    if (handle.closed) return;
    const before = said(handle.state);
    Object.assign(handle.state, changes);
    draw(handle);
    if (handle.state.tone !== "bad" && said(handle.state) !== before) announce(said(handle.state));
  };
  current = handle;
  handle.set(options);
  place();
  host.append(node);
  return handle;
}

/** The screen reader's text: toasts appear and disappear, the live region stays. */
const said = ({ title, detail }) => [title, detail].filter(Boolean).join(", ");

function draw(handle) {
  const { title, detail, image, tone = "ok", actions = [], stay } = handle.state;
  const stays = stay ?? tone !== "ok";
  const mark = tone === "busy"
    ? dom`<span class="m-ring m-spin" style="width:18px;height:18px" />`
    : dom`<span class=${tone === "ok" ? "m-ok" : "m-bad"} style="display:grid">
      ${ic(tone === "ok" ? "check" : "warn")}
    </span>`;
  const picture = image ? dom`<div class="m-pic"><img src=${image} alt="" /></div>` : null;
  const fuse = stays
    ? null
    : dom`<span class="m-fuse"><i onanimationend=${() => handle.close()} /></span>`;
  handle.node.replaceChildren(
    dom`<div class="m-row" style="align-items:flex-start">
      ${picture}
      <div class="m-grow" style="padding-top:4px">
        <div class="m-b m-row m-t">${mark}<span>${title}</span></div>
        ${detail && dom`<div class="m-sm m-2" style="margin-top:2px">${detail}</div>`}
      </div>
      <button class="m-btn m-quiet m-icon" type="button" aria-label="Close"
        style="margin:-4px -4px 0 0" onclick=${() => handle.close()}>
        ${ic("close")}
      </button>
    </div>`,
    actions.length ? dom`<div class="m-acts">${actions}</div>` : "",
    fuse ?? "",
  );
}
