// One capture in full: play, rename, label, note, share, trim, download, delete.
import { h } from "./dom.js";
import { ic } from "./icons.js";
import { api, capturePath, captureKind } from "./api.js";
import { openDialog } from "./dialog.js";
import { clipPlayer } from "./clip-player.js";
import { labelEditor } from "./labels.js";
import { sharePanel } from "./share.js";
import { trimmer } from "./trim.js";
import { bytes, clock, day, fullTime, seconds, titleOf } from "./format.js";
import { toast, toastError } from "./toast.js";

const moment = (iso) => `${day(Date.parse(iso))}, ${clock(Date.parse(iso))}`;

/**
 * Open a capture. `hooks`: `{changed(item), remove(item), made(item), labels: [string], go(step),
 * closed()}`;
 * `readonly` allows viewing and downloading only.
 */
export async function openDetail(id, hooks) {
  const kind = id.startsWith("clip_") ? "clip" : "snapshot";
  let item;
  try {
    item = await api.get(`/api/${kind}s/${id}`);
  } catch (error) {
    toastError(error);
    hooks.closed?.();
    return undefined;
  }
  item.kind = kind;
  const view = new Detail(item, hooks);
  return view;
}

class Detail {
  constructor(item, hooks) {
    this.item = item;
    this.hooks = hooks;
    this.isClip = captureKind(item) === "clip";
    this.media = h("div", { class: "m-dmedia" });
    this.side = h("div", { class: "m-dside" });
    this.box = openDialog(titleOf(item), h("div", { class: "m-detail" }, this.media, this.side), { wide: true, onClose: () => hooks.closed?.() });
    this.box.dialog.addEventListener("keydown", (event) => {
      if (event.target.closest("input,textarea,select,[role=slider],.m-stage")) return;
      if (event.key === "ArrowLeft") hooks.go?.(-1);
      if (event.key === "ArrowRight") hooks.go?.(1);
    });
    this.#drawMedia();
    this.#drawSide();
  }

  /** Apply an event's changes. */
  update(item) {
    const was = this.item.status;
    this.item = { ...this.item, ...item };
    if (was !== this.item.status) { this.#drawMedia(); this.#drawSide(); }
  }

  #drawMedia() {
    const { item } = this;
    if (!this.isClip) {
      this.media.replaceChildren(h("a", { class: "m-dshot", href: item.url, target: "_blank", rel: "noopener", title: "Open at full size" }, h("img", { src: item.url, alt: titleOf(item), width: item.width, height: item.height })));
      return;
    }
    if (item.status !== "ready") { this.media.replaceChildren(this.#waiting()); return; }
    this.video = h("video", { src: item.url, poster: item.preview_url, preload: "metadata", playsinline: true, "data-duration-ms": item.duration_ms });
    this.media.replaceChildren(this.video);
    clipPlayer(this.video, { autoplay: true });
  }

  #waiting() {
    const { item } = this;
    const failed = item.status === "failed";
    return h("div", { class: "m-stage" }, h("div", { class: "m-cover" }, h("div", { class: "m-state" },
      failed ? h("span", { style: "color:#ff9aa4;display:grid" }, ic("warn", "l")) : h("span", { class: "m-ring m-l m-spin" }),
      h("div", { class: "m-b m-lg" }, failed ? "The clip failed" : item.status === "recording" ? "Recording" : "Processing"),
      h("p", {}, failed ? item.error ?? "The source stopped." : "It appears here when it is done."),
      failed && !this.hooks.readonly ? h("button", { class: "m-btn m-onpicbtn", type: "button", onclick: () => this.#retry() }, ic("again", "s"), "Keep what was recorded") : null)));
  }

  async #retry() {
    try { this.update(await api.post(`${capturePath(this.item)}/retry`)); this.hooks.changed?.(this.item); } catch (error) { toastError(error); }
  }

  async #save(change) {
    try {
      this.item = { ...this.item, ...(await api.patch(capturePath(this.item), change)) };
      this.hooks.changed?.(this.item);
      return true;
    } catch (error) {
      toastError(error);
      return false;
    }
  }

  #drawSide() {
    const { item } = this;
    if (this.hooks.readonly) { this.#drawFacts(); return; }
    const title = h("input", { class: "m-input", value: titleOf(item), maxlength: 200, "aria-label": "Title", onchange: async () => {
      if (await this.#save({ title: title.value.trim() })) this.box.dialog.querySelector("h2").textContent = titleOf(this.item);
    }, onkeydown: (event) => { if (event.key === "Enter") title.blur(); } });
    const note = h("textarea", { class: "m-input", "aria-label": "Note", placeholder: "A note, shown with shared links", maxlength: 10_000, onchange: () => this.#save({ note: note.value.trim() }), value: item.note });
    const ready = !this.isClip || item.status === "ready";
    this.side.replaceChildren(
      h("div", { class: "m-field" }, title),
      labelEditor(item.labels, (labels) => this.#save({ labels }), { suggestions: this.hooks.labels ?? [] }),
      note,
      this.#facts(),
      h("div", { class: "m-dacts" },
        ready ? h("a", { class: "m-btn", href: `${capturePath(item)}/download`, download: item.file_name }, ic("download", "s"), "Download") : null,
        ready && this.isClip ? h("button", { class: "m-btn", type: "button", onclick: () => this.#trim() }, ic("scissors", "s"), "Trim") : null,
        h("button", { class: "m-btn m-quiet m-danger", type: "button", onclick: () => { this.box.close(); this.hooks.remove?.(item); } }, ic("trash", "s"), "Delete")),
      // Last, because its height changes: nothing else moves under the pointer.
      ready ? sharePanel(item, { onChange: () => this.hooks.shared?.(item) }) : "");
  }

  /** The sidebar of a read-only viewer. */
  #drawFacts() {
    const { item } = this;
    const ready = !this.isClip || item.status === "ready";
    this.side.replaceChildren(
      item.labels.length ? h("div", { class: "m-row m-t", style: "flex-wrap:wrap" }, item.labels.map((label) => h("span", { class: "m-tag" }, label))) : "",
      item.note ? h("p", { class: "m-2", style: "white-space:pre-line" }, item.note) : "",
      this.#facts(),
      h("div", { class: "m-dacts" }, ready ? h("a", { class: "m-btn", href: `${capturePath(item)}/download`, download: item.file_name }, ic("download", "s"), "Download") : null));
  }

  #facts() {
    const { item } = this;
    const rows = [
      ["From", item.stream ? h("a", { class: "m-link", href: `/watch/${item.stream.slug}` }, item.stream.name) : "An uploaded image"],
      [this.isClip ? "Starts" : "Shows", h("span", { title: fullTime(Date.parse(item.start_ts ?? item.timestamp)) }, moment(item.start_ts ?? item.timestamp))],
      this.isClip ? ["Length", seconds(item.duration_ms)] : null,
      item.width ? ["Resolution", `${item.width} × ${item.height}`] : null,
      item.size_bytes ? ["Size", bytes(item.size_bytes)] : null,
      item.error && item.status === "ready" ? ["Note", item.error] : null,
    ].filter(Boolean);
    return h("dl", { class: "m-facts" }, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
  }

  #trim() {
    const { item, video } = this;
    this.media.querySelector(".m-trim")?.remove();
    video.pause();
    const panel = trimmer({
      video, url: item.url, durationMs: item.duration_ms,
      cancel: () => panel.remove(),
      save: async (range) => {
        try {
          const made = await api.post(`${capturePath(item)}/trim`, range);
          made.kind = "clip";
          panel.remove();
          this.hooks.made?.(made);
          toast({ title: "The new clip is ready", detail: seconds(made.duration_ms), image: made.preview_url, actions: [h("button", { class: "m-btn m-solid", type: "button", onclick: () => { this.box.close(); this.hooks.open?.(made.id); } }, "Open")] });
        } catch (error) { toastError(error); }
      },
    });
    this.media.append(panel);
    panel.scrollIntoView({ block: "nearest" });
  }
}
