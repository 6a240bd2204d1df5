// Without a connection, a page is the offline page; what is shared or made there is sent later.
/// <reference lib="webworker" />
import { send } from "./outbox.js";

const PAGE = "/offline";
const CACHE = `offline ${import.meta.url}`; // a new version of our files is a new cache
const OURS = /(?:src|href)="(\/static\/[^"]+)"/g;
const worker = /** @type {any} */ (globalThis);

worker.addEventListener("install", (event) => {
  worker.skipWaiting();
  event.waitUntil(fill());
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([
    worker.clients.claim(),
    worker.registration.navigationPreload?.enable(),
    caches.keys().then((names) =>
      Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)))
    ),
  ]));
});

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(navigate(request, event.preloadResponse));
  else if (!navigator.onLine) event.respondWith(cachedOr(request));
});

worker.addEventListener("push", (event) => event.waitUntil(show(event.data?.json() ?? {})));

worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});

worker.addEventListener("sync", (event) => {
  if (event.tag === "outbox") event.waitUntil(sendOrFail());
});

async function fill() {
  const cache = await caches.open(CACHE);
  const answer = await fetch(PAGE);
  if (!answer.ok) throw new Error(`The offline page answered ${answer.status}`);
  const html = await answer.clone().text();
  await cache.put(PAGE, answer);
  await cache.addAll([...new Set([...html.matchAll(OURS)].map(([, url]) => url))]);
}

async function navigate(request, preloaded) {
  const shared = request.method === "POST" && new URL(request.url).pathname === "/marks/share"
    ? request.clone()
    : null;
  try {
    return (await preloaded) ?? (await fetch(request));
  } catch (error) {
    if (shared) {
      const fields = [...await shared.formData()].filter(([, value]) => typeof value === "string");
      return Response.redirect(`${PAGE}?${new URLSearchParams(fields)}`, 303);
    }
    const page = await caches.match(PAGE);
    if (!page) throw error;
    return page;
  }
}

/** A later message of the same notice takes its place. */
function show({ id, title, detail, href }) {
  const options = { body: detail, tag: id, data: href, icon: "/icons/192.png" };
  return worker.registration.showNotification(title || "Moments", options);
}

/** Show a page of ours: in a tab that shows it already, or in a new one. */
async function open(path) {
  const url = new URL(path || "/library", worker.location.origin);
  if (url.origin !== worker.location.origin) return;
  const tabs = await worker.clients.matchAll({ type: "window" });
  const shown = tabs.find((tab) => tab.url === url.href);
  await (shown ? shown.focus() : worker.clients.openWindow(url.href));
}

async function cachedOr(request) {
  return await caches.match(request) ?? await fetch(request);
}

/** The browser tries again later if this fails. */
async function sendOrFail() {
  const { problem } = await send();
  if (problem) throw new Error(problem);
}
