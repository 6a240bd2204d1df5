// The newest captures beside the player, updated by events.
import { h } from "./dom.js";
import { ic } from "./icons.js";
import { api, captureKind } from "./api.js";
import { ago, fullTime, seconds, titleOf } from "./format.js";
import { onEvent, onReconnect } from "./events.js";

const MOST = 6;

export class Latest extends EventTarget {
  constructor({ streamId }) {
    super();
    this.streamId = streamId;
    this.items = new Map();
    this.list = h("div", { class: "m-caps" });
    this.node = h("section", { "aria-label": "Latest captures" },
      h("div", { class: "m-row m-between", style: "min-height:44px" }, h("h2", {}, "Latest"), h("a", { class: "m-link m-sm", href: "/library" }, "Open library")),
      this.list);
    onEvent((event) => this.#hear(event));
    onReconnect(() => this.load());
    setInterval(() => this.#draw(), 30_000);
  }

  async load() {
    try {
      const { items } = await api.get(`/api/gallery?stream=${this.streamId}&limit=${MOST}`);
      this.items = new Map(items.map((item) => [item.id, item]));
    } catch { /** the list stays as it is; the banner shows the error */ }
    this.#draw();
  }

  /** Insert a new capture first, with the frame that is already here. */
  add(item, preview) {
    this.items.delete(item.id);
    this.items = new Map([[item.id, { ...item, preview }], ...this.items]);
    this.fresh = item.id;
    this.#draw();
  }

  update(item) {
    const known = this.items.get(item.id);
    if (known) { this.items.set(item.id, { ...known, ...item }); this.#draw(); }
  }

  async #hear({ kind = "", payload = {} }) {
    const [what, how] = kind.split(".");
    if (!["clip", "snapshot"].includes(what) || !payload.id) return;
    if (how === "deleted") { if (this.items.delete(payload.id)) this.#draw(); return; }
    if (!this.items.has(payload.id) && how !== "created" && how !== "restored") return;
    try {
      const item = await api.get(`/api/${what}s/${payload.id}`, { quiet: true });
      if (item.stream?.id !== this.streamId) return;
      if (this.items.has(item.id)) this.update(item);
      else if (how === "created") this.add(item);
      this.dispatchEvent(new CustomEvent("item", { detail: { item } }));
    } catch { /** deleted meanwhile */ }
  }

  #draw() {
    const items = [...this.items.values()].slice(0, MOST);
    if (!items.length) {
      this.list.replaceChildren(h("p", { class: "m-2 m-sm", style: "padding:4px 0" }, "Nothing yet. What you capture from this stream appears here."));
      return;
    }
    this.list.replaceChildren(...items.map((item) => this.#card(item)));
  }

  #card(item) {
    const isClip = captureKind(item) === "clip";
    const picture = item.preview ?? item.preview_url ?? item.thumbnail_url;
    const badge = h("span", { class: "m-badge m-onpic" }, isClip ? seconds(item.duration_ms) : ic("camera", "s"));
    return h("a", { class: `m-cap${item.id === this.fresh ? " m-new" : ""}`, href: `/library/${item.moment_id}`, title: fullTime(Date.parse(item.start_ts ?? item.timestamp)) },
      h("span", { class: "m-pic" }, picture ? h("img", { src: picture, alt: "" }) : null, h("span", { class: "m-at-br" }, badge)),
      h("span", { class: "m-grow" },
        h("span", { class: "m-b m-cut", style: "display:block" }, titleOf(item, captureKind(item))),
        h("span", { class: "m-sm m-3 m-cut", style: "display:block" }, `${isClip ? "Clip" : "Snapshot"} · ${ago(Date.parse(item.created_at))}`),
        this.#state(item)));
  }

  #state(item) {
    const mark = (tone, label, spin) => h("span", { class: `m-badge ${tone}`, style: "margin-top:5px" }, spin ? h("span", { class: "m-ring m-spin", style: "width:14px;height:14px" }) : null, label);
    if (item.status === "recording") {
      const left = Math.max(0, Math.ceil((Date.parse(item.requested_end_ts ?? item.end_ts) - Date.now()) / 1000));
      return mark("m-icew", left ? `Recording, ${left} s left` : "Finishing", true);
    }
    if (item.status === "processing") return mark("m-icew", "Processing", true);
    if (item.status === "failed") return mark("m-badw", "Failed");
    return null;
  }
}
