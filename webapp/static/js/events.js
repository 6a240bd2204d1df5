// The organisation's events over a WebSocket that reconnects with the last id.
import { organization } from "./api.js";
import { hideLost, showLost } from "./banner.js";

export { hideLost, showLost };

const listeners = new Set();
const reconnected = new Set();
let socket;
let last;
let attempt = 0;
let wasOpen = false;

/** Subscribe to every event: `{id, kind, payload}`. Returns a function that unsubscribes. */
export function onEvent(listener) {
  listeners.add(listener);
  connect();
  return () => listeners.delete(listener);
}

/** Called after a reconnect: reload what was missed. */
export function onReconnect(listener) {
  reconnected.add(listener);
  return () => reconnected.delete(listener);
}

function connect() {
  if (socket) return;
  const org = organization();
  const url = new URL("/api/events", location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  if (last !== undefined) url.searchParams.set("after", last);
  if (org) url.searchParams.set("organization_id", org);
  socket = new WebSocket(url);
  socket.onopen = () => {
    attempt = 0;
    hideLost();
    if (wasOpen) for (const listener of reconnected) listener();
    wasOpen = true;
  };
  socket.onmessage = ({ data }) => {
    let event;
    try { event = JSON.parse(data); } catch { return; }
    if (event.id !== undefined) last = event.id;
    for (const listener of listeners) listener(event);
  };
  socket.onclose = () => {
    socket = undefined;
    attempt += 1;
    const wait = Math.min(10, 0.5 * 2 ** (attempt - 1)) * (0.8 + Math.random() * 0.4);
    if (wasOpen && attempt > 1) showLost(wait);
    setTimeout(connect, wait * 1000);
  };
}
