// The streams: cards with recent frames, health, viewers, and a quick Snapshot.
import { $, h, text, copyText } from "./dom.js";
import { ic, EMPTY_ART } from "./icons.js";
import { api } from "./api.js";
import { length } from "./format.js";
import { onEvent, onReconnect, showLost, hideLost } from "./events.js";
import { toast, toastError } from "./toast.js";
import { stateOf } from "./state.js";
import { goLiveButton } from "./go-live-button.js";

const root = $("#m-cards");
const config = JSON.parse(root.dataset.live);
const cards = new Map();
const PICTURE_MS = 4000;
let streams = [];
let missed = 0;

async function load() {
  try {
    ({ items: streams } = await api.get("/api/streams?limit=100"));
    missed = 0;
    hideLost();
  } catch (error) {
    missed += 1;
    if (missed > 1) showLost(5);
    if (!cards.size && missed === 1) toastError(error);
    return;
  }
  draw();
}

const ORDER = ["healthy", "unsteady", "connecting", "error", "off_air", "never_on_air"];
const rank = ({ state }) => (state === "unsteady" ? 0 : ORDER.indexOf(state)); // on-air cards keep their place

function draw() {
  root.removeAttribute("aria-busy");
  const onAir = streams.filter(({ status }) => status === "live").length;
  text($("#m-onair"), streams.length ? `${onAir} of ${streams.length} on air` : "");
  if (!streams.length) { drawEmpty(); return; }
  streams.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
  const order = streams.map((stream) => card(stream));
  root.classList.toggle("m-few", streams.length < 3);
  if (order.some((node, at) => root.children[at] !== node) || root.children.length !== order.length) root.replaceChildren(...order);
  order.forEach((node, at) => node.classList.toggle("m-bigcard", at === 0 && streams.length > 2));
  for (const id of [...cards.keys()]) if (!streams.some((stream) => stream.id === id)) cards.delete(id);
}

function drawEmpty() {
  root.replaceChildren(h("div", { class: "m-empty", style: "grid-column:1/-1" },
    h("div", { html: EMPTY_ART, style: "display:contents" }),
    h("h1", {}, "No streams yet"),
    h("p", {}, config.is_admin ? "Add a camera, a feed or the demo. Moments keeps the last minutes of every stream, so you miss nothing." : "When an admin adds a stream, it appears here with its last minutes."),
    config.is_admin ? h("button", { class: "m-btn m-solid m-big", type: "button", onclick: add }, ic("plus"), "Add stream") : null));
}

function card(stream) {
  let node = cards.get(stream.id);
  if (!node) { node = build(stream); cards.set(stream.id, node); }
  node.update(stream);
  return node;
}

function build(stream) {
  const image = h("img", { alt: "", decoding: "async" });
  const state = h("span", { class: "m-badge" });
  const viewers = h("span", { class: "m-badge m-onpic", hidden: true }, ic("eye", "s"), h("span"));
  const shade = h("span", { class: "m-shade", hidden: true });
  const name = h("span", { class: "m-nm m-cut" });
  const dot = h("span", { class: "m-dot" });
  const words = h("span", { class: "m-cut" });
  const shot = config.may_capture ? h("button", { class: "m-btn m-icon m-shot", type: "button", title: "Snapshot", onclick: () => snapshot(node.stream, shot) }, ic("camera"), h("span", { class: "m-shotlabel" }, "Snapshot")) : null;
  const node = h("article", { class: "m-card" },
    h("a", { class: "m-cardlink" },
      h("span", { class: "m-pic" }, image, shade, h("span", { class: "m-at-tl" }, state, viewers))),
    h("div", { class: "m-row m-cardfoot" }, h("a", { class: "m-grow m-cardtext" }, name, h("span", { class: "m-sm m-3 m-row", style: "gap:8px" }, dot, words)), shot));
  node.image = image;
  node.update = (now) => {
    node.stream = now;
    for (const link of node.querySelectorAll("a")) link.href = `/watch/${now.slug}`;
    node.querySelector(".m-cardlink").setAttribute("aria-label", `Watch ${now.name}`);
    node.querySelector(".m-cardlink").tabIndex = -1;
    shot?.setAttribute("aria-label", `Snapshot of ${now.name}`);
    if (shot) shot.hidden = !now.window;
    text(name, now.name);
    const live = now.status === "live";
    const { tone, badge, glyph, words: how } = stateOf(now);
    state.className = `m-badge ${live ? "m-live" : "m-onpic"}`;
    text(state, badge);
    viewers.hidden = !now.viewers;
    text(viewers.lastChild, String(now.viewers));
    node.classList.toggle("m-old", !live);
    shade.hidden = live;
    if (!live) shade.replaceChildren(glyph ? ic(glyph, "l") : h("span", { class: "m-ring m-l m-spin" }));
    const said = [how, live ? shapeOf(now) : null].filter(Boolean).join(" · ");
    dot.className = `m-dot${tone ? ` m-${tone}` : ""}`;
    text(words, said);
    words.title = said;
    if (!image.src && now.window) picture(node);
  };
  image.onerror = () => { image.style.opacity = 0; };
  image.onload = () => { image.style.opacity = 1; };
  return node;
}

function shapeOf({ media, window }) {
  const shape = media.video ? `${media.video.height}p${Math.round(media.video.fps)}` : "audio only";
  const held = window ? `${length(Date.parse(window.end) - Date.parse(window.start))} to rewind` : null;
  return [shape, held].filter(Boolean).join(" · ");
}

/** Load the newest frame; the old one stays until then. */
function picture(node) {
  const { poster_url: url, window } = node.stream;
  if (!url || !window) return;
  const next = new Image();
  next.onload = () => { node.image.src = next.src; };
  next.src = `${url}${url.includes("?") ? "&" : "?"}w=${root.clientWidth > 900 ? 960 : 640}&t=${Math.floor(Date.now() / PICTURE_MS)}`;
}

async function snapshot(stream, button) {
  button.disabled = true;
  const began = performance.now();
  const note = toast({ tone: "busy", title: `Taking a snapshot of ${stream.name}` });
  try {
    const item = await api.post("/api/snapshots", { stream: stream.id });
    const copy = h("button", { class: "m-btn m-solid", type: "button", onclick: async () => {
      try {
        item.share_url ??= (await api.post(`/api/snapshots/${item.id}/share`)).share_url;
        await copyText(item.share_url);
        copy.replaceChildren(ic("check", "s"), "Copied");
      } catch (error) { toastError(error); }
    } }, ic("link", "s"), "Copy link");
    note.set({ tone: "ok", title: "Snapshot is ready", detail: `${item.width} × ${item.height}, taken in ${((performance.now() - began) / 1000).toFixed(1)} s`, image: item.thumbnail_url, actions: [copy, h("a", { class: "m-btn m-icon", href: `/library/${item.moment_id}`, "aria-label": "Open in the library" }, ic("library", "s"))] });
  } catch (error) {
    note.close();
    toastError(error);
  } finally {
    button.disabled = false;
  }
}

async function add() {
  const { addStream } = await import("./add-stream.js");
  addStream({ onMade: load });
}

if (config.may_capture) $("#m-liveacts").append(goLiveButton(() => streams, load));
if (config.is_admin) $("#m-liveacts").append(h("button", { class: "m-btn m-solid", type: "button", onclick: add }, ic("plus", "s"), "Add stream"));
load();
setInterval(() => { if (!document.hidden) load(); }, 5000);
setInterval(() => { if (!document.hidden) for (const node of cards.values()) if (node.stream.status === "live") picture(node); }, PICTURE_MS);
onEvent(({ kind = "" }) => { if (kind.startsWith("stream.")) load(); });
onReconnect(load);
document.addEventListener("visibilitychange", () => { if (!document.hidden) load(); });
