// On every page of the app: register the service worker, and send what was made without a connection.
import { device, send } from "./outbox.js";

const meta = (name) =>
  document.querySelector(`meta[name="moments-${name}"]`)?.getAttribute("content");

async function start() {
  await device.setWho({ user: meta("user"), organization: meta("organization") });
  await send();
}

if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("/service-worker.js", { type: "module" }).catch(() => {});
  start().catch(() => {}); // without storage, as in private windows, nothing waits
}
