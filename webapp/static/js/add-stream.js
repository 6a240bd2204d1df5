// Adds or edits a stream: shows the source types and tests the source right away.
import { h } from "./dom.js";
import { ic } from "./icons.js";
import { api } from "./api.js";
import { openDialog } from "./dialog.js";
import { field, form, toggle } from "./forms.js";
import { toastOk } from "./toast.js";

const BUFFERS = [[60, "1 minute"], [120, "2 minutes"], [300, "5 minutes"], [600, "10 minutes"], [1800, "30 minutes"], [3600, "1 hour"]];
const VISIBLE = [["private", "Only me and admins"], ["organization", "The organisation"], ["unlisted", "Anyone with the link"], ["public", "Anyone"]];

const ABOUT = {
  push: "From a browser's camera or screen, or from OBS or ffmpeg by WHIP or RTMP. The next page shows how.",
  demo: "A generated test stream with a frame counter and a beep every second.",
};

function common(stream = {}) {
  const known = BUFFERS.some(([seconds]) => seconds === stream.buffer_s);
  const buffers = stream.buffer_s && !known ? [...BUFFERS, [stream.buffer_s, `${stream.buffer_s} seconds`]] : BUFFERS;
  return [
    field({ name: "buffer_s", label: "Rewind", options: buffers, value: stream.buffer_s ?? 120 }),
    field({ name: "visibility", label: "Who can watch", options: VISIBLE, value: stream.visibility ?? "organization" }),
    toggle({ name: "allow_capture", label: "Let visitors capture", hint: "For public and unlisted streams: snapshots and clips, ten a minute.", checked: stream.allow_capture }),
  ];
}

/** Show the source's error under its URL. */
function aboutAddress(error) {
  const { source, "source.url": url } = error.fields ?? {};
  if (source ?? url) error.fields.url = source ?? url;
  return error;
}

/** Open the dialog; calls `onMade(stream)` when the stream is created. */
export function addStream({ onMade, start = "pull" }) {
  let kind = start;
  const name = field({ name: "name", label: "Name", placeholder: "Garden", maxlength: 120, autocomplete: "off", autofocus: true });
  const url = field({ name: "url", label: "URL", placeholder: "rtsp://camera.lan/stream1", inputmode: "url", autocomplete: "off", autocapitalize: "none", spellcheck: "false", hint: "RTSP, RTMP, HLS or MPEG-TS over HTTP. A user name and password in it are hidden afterwards." });
  const rest = common();
  const choice = (value, label, glyph) => h("button", { type: "button", role: "radio", "aria-checked": String(value === kind), "data-kind": value, onclick: () => pick(value) }, ic(glyph, "s"), label);
  const kinds = h("div", { class: "m-seg m-full", role: "radiogroup", "aria-label": "Source" }, choice("pull", "From a URL", "link"), choice("push", "Published to us", "camera"), choice("demo", "Demo", "live"));
  const about = h("p", { class: "m-sm m-2", hidden: true });
  function pick(value) {
    kind = value;
    for (const button of kinds.children) button.setAttribute("aria-checked", String(button.dataset.kind === value));
    url.node.hidden = value !== "pull";
    about.hidden = value === "pull";
    about.textContent = ABOUT[value] ?? "";
  }
  const send = async ({ name: title, url: address, buffer_s: buffer, ...others }) => {
    const source = kind === "pull" ? { kind, url: address.trim() } : { kind };
    const body = { name: title.trim() || ({ demo: "Demo", push: "My camera" }[kind] ?? ""), source, buffer_s: Number(buffer), ...others };
    let stream;
    try {
      stream = await api.post("/api/streams", body);
    } catch (error) {
      throw aboutAddress(error);
    }
    onMade?.(stream);
    if (kind === "push") { location.assign(`/go-live/${stream.slug}`); return; }
    tryOut(box, stream, onMade);
  };
  const made = form({ fields: [name, url, ...rest], layout: [kinds, name.node, url.node, about, h("div", { class: "m-two" }, rest[0].node, rest[1].node), rest[2].node], action: "Add and test", send, cancel: () => box.close() });
  const box = openDialog(start === "push" ? "Go live" : "Add stream", made.node);
  pick(kind);
  return box;
}

/** Show whether a new stream is on air, with its first frame. */
function tryOut(box, stream, onMade) {
  const state = h("div", { class: "m-state", role: "status", style: "min-height:240px" });
  box.body.replaceChildren(state);
  const began = Date.now();
  let timer;
  const look = async () => {
    if (!box.dialog.isConnected) return;
    let now;
    try { now = await api.get(`/api/streams/${stream.id}`); } catch { timer = setTimeout(look, 1000); return; }
    const waited = Date.now() - began;
    if (now.status === "live" && now.window) { onAir(now); return; }
    if (waited > 15_000 || (now.status === "error" && waited > 6000)) { failed(now); return; }
    state.replaceChildren(h("span", { class: "m-ring m-l m-spin" }), h("div", { class: "m-b" }, "Opening the source"), h("p", {}, now.error ?? "The first frame takes a few seconds."));
    timer = setTimeout(look, 700);
  };
  const onAir = (now) => {
    const picture = h("span", { class: "m-pic", style: "width:min(320px,100%)" }, h("img", { src: now.poster_url, alt: "" }));
    const { video } = now.media;
    state.replaceChildren(picture, h("div", { class: "m-b m-lg" }, `${now.name} is on air`), h("p", {}, video ? `${video.width} × ${video.height}, ${Math.round(video.fps)} fps` : "Audio only"),
      h("div", { class: "m-dfoot" }, h("button", { class: "m-btn", type: "button", onclick: () => box.close() }, "Done"), h("a", { class: "m-btn m-solid", href: `/watch/${now.slug}` }, "Watch")));
    onMade?.(now);
  };
  const failed = (now) => {
    state.replaceChildren(h("span", { class: "m-bad" }, ic("warn", "l")), h("div", { class: "m-b m-lg" }, "No video yet"), h("p", {}, now.error ?? "The source does not answer. Moments keeps trying."),
      h("div", { class: "m-dfoot" },
        h("button", { class: "m-btn m-danger", type: "button", onclick: async () => { await api.delete(`/api/streams/${stream.id}`); onMade?.(null); box.close(); } }, "Remove"),
        h("button", { class: "m-btn", type: "button", onclick: () => { box.close(); editStream(now, { onMade }); } }, "Change the URL"),
        h("button", { class: "m-btn m-solid", type: "button", onclick: () => box.close() }, "Keep trying")));
  };
  box.closed.then(() => clearTimeout(timer));
  look();
}

/** Edit an existing stream. */
export function editStream(stream, { onMade }) {
  const name = field({ name: "name", label: "Name", value: stream.name, maxlength: 120, autofocus: true });
  const slug = field({ name: "slug", label: "Name in URLs", value: stream.slug, maxlength: 60, autocapitalize: "none", spellcheck: "false" });
  const isPull = stream.source.kind === "pull";
  const url = field({ name: "url", label: "URL", placeholder: stream.source.url ?? "", inputmode: "url", autocapitalize: "none", spellcheck: "false", hint: "Leave it empty to keep the current URL." });
  const rest = common(stream);
  const send = async ({ url: address, buffer_s: buffer, ...others }) => {
    const body = { ...others, buffer_s: Number(buffer) };
    if (isPull && address?.trim()) body.source = { kind: "pull", url: address.trim() };
    try {
      onMade?.(await api.patch(`/api/streams/${stream.id}`, body));
    } catch (error) {
      throw aboutAddress(error);
    }
    box.close();
    toastOk("Saved");
  };
  const made = form({
    fields: [name, slug, ...(isPull ? [url] : []), ...rest],
    layout: [h("div", { class: "m-two" }, name.node, slug.node), isPull ? url.node : null, h("div", { class: "m-two" }, rest[0].node, rest[1].node), rest[2].node].filter(Boolean),
    action: "Save", send, cancel: () => box.close(),
  });
  const box = openDialog(stream.name, made.node);
}
