// Snapshot and Clip: respond within one frame, then report the result and the time it took.
import { h, reducedMotion, copyText } from "./dom.js";
import { ic } from "./icons.js";
import { api, capturePath, captureKind, uuid } from "./api.js";
import { seconds, short, titleOf } from "./format.js";
import { toast, toastError } from "./toast.js";

const iso = (ms) => new Date(Math.round(ms)).toISOString();

/**
 * An instant (ms) safely inside the frame that begins at another: rounding to milliseconds
 * must not reach a neighbour. Not far inside, because the measured frame rate can drop for a while
 * (a camera, a busy machine), which makes frames seem longer than they are.
 */
export const insideFrame = (begin, fps) => begin + Math.min(8, 500 / Math.max(10, fps));

export class Capture extends EventTarget {
  /** `options`: `{player, timeline, stream, target(), urls, anonymous}`. */
  constructor(options) {
    super();
    Object.assign(this, options);
    this.urls ??= { snapshots: "/api/snapshots", clips: "/api/clips" };
  }

  /** Keep exactly the frame on screen. */
  async snapshot() {
    const picture = this.#flash();
    const { instant } = picture;
    if (instant === null) { this.#nothingYet(); return; }
    await this.#make("snapshot", { timestamp: iso(insideFrame(instant, this.player.source.fps)) }, picture, "Taking a snapshot");
  }

  /** Keep the selected range. */
  async clip(range = this.timeline.selection()) {
    if (!range) { this.#nothingYet(); return; }
    const picture = this.#flash();
    const start = this.#held(range.start);
    const duration = Math.max(100, Math.floor(range.end - start));
    await this.#make("clip", { start_ts: iso(start), duration_ms: duration }, picture, `Cutting ${short(duration)}`);
  }

  /** A start that is still buffered when the request arrives: the oldest part is about to leave. */
  #held(start) {
    const window = this.player.source.window();
    if (!window) return Math.ceil(start);
    const isFull = window.end - window.start > this.timeline.bufferMs - 2000;
    return Math.ceil(Math.max(start, window.start + (isFull ? 1000 : 0)));
  }

  async #make(kind, body, picture, doing) {
    const began = performance.now();
    const note = toast({ tone: "busy", title: doing, image: picture.url });
    try {
      const sent = this.anonymous ? body : { stream: this.stream.id, ...body };
      const item = await api.post(this.urls[`${kind}s`], sent, { key: uuid(), anonymous: this.anonymous });
      item.kind ??= kind;
      if (kind === "clip") item.duration_ms ??= body.duration_ms;
      this.dispatchEvent(new CustomEvent("made", { detail: { item, preview: picture.url } }));
      this.#show(note, item, performance.now() - began, picture.url);
    } catch (error) {
      note.close();
      this.#failed(error);
    }
  }

  #show(note, item, took, preview) {
    const isClip = captureKind(item) === "clip";
    const image = preview ?? item.preview_url ?? item.thumbnail_url;
    const pace = `${(took / 1000).toFixed(took < 95 ? 2 : 1)} s`;
    if (isClip && item.status === "failed") { note.close(); toastError(new Error(item.error ?? "The clip failed.")); return; }
    const still = isClip && item.status !== "ready";
    const shorter = isClip && !still && item.error; // than requested
    const title = isClip ? (still ? "Recording" : shorter ? "The clip is shorter than requested" : "Clip is ready") : "Snapshot is ready";
    const detail = isClip
      ? (still ? "It continues in the background and appears in the library" : shorter ? `${seconds(item.duration_ms)}. ${item.error}.` : `${seconds(item.duration_ms)}, cut in ${pace}`)
      : [item.width ? `${item.width} × ${item.height}` : "", `taken in ${pace}`].filter(Boolean).join(", ");
    note.set({ tone: shorter ? "bad" : "ok", title, detail, image, actions: this.#actions(note, item, still) });
    note.state.onclose = () => { this.open = undefined; };
    this.open = { id: item.id, note, took, preview, still };
  }

  /** A recording has finished: report it in its toast, if that is still open. */
  finished(item) {
    if (this.open?.id === item.id && this.open.still) this.#show(this.open.note, item, this.open.took, this.open.preview);
  }

  #actions(note, item, still) {
    const copy = h("button", { class: "m-btn m-solid", type: "button" }, ic("link", "s"), "Copy link");
    copy.onclick = () => this.#copyLink(copy, item);
    const icons = [
      still || this.anonymous && !item.download_url ? null : h("a", { class: "m-btn m-icon", href: item.download_url ?? `${capturePath(item)}/download`, download: "", "aria-label": "Download", title: "Download" }, ic("download", "s")),
      this.anonymous ? null : h("button", { class: "m-btn m-icon", type: "button", "aria-label": "Rename", title: "Rename", onclick: () => this.#rename(note, item) }, ic("pencil", "s")),
    ];
    return [copy, ...icons.filter(Boolean)];
  }

  async #copyLink(button, item) {
    button.disabled = true;
    try {
      item.share_url ??= (await api.post(`${capturePath(item)}/share`, {})).share_url;
      await copyText(item.share_url);
      button.replaceChildren(ic("check", "s"), "Copied");
      setTimeout(() => button.replaceChildren(ic("link", "s"), "Copy link"), 2000);
    } catch (error) {
      toastError(error);
    } finally {
      button.disabled = false;
    }
  }

  #rename(note, item) {
    const input = h("input", { class: "m-input", value: titleOf(item, captureKind(item)), maxlength: 200, "aria-label": "Name" });
    const save = async (event) => {
      event.preventDefault();
      try {
        const changed = await api.patch(capturePath(item), { title: input.value.trim() });
        item.title = changed.title;
        this.dispatchEvent(new CustomEvent("renamed", { detail: { item } }));
        note.set({ extra: undefined, title: changed.title || "Renamed", stay: undefined, actions: this.#actions(note, item, false) });
      } catch (error) {
        toastError(error);
      }
    };
    const form = h("form", { class: "m-row m-t", style: "margin-top:12px", onsubmit: save }, input, h("button", { class: "m-btn m-solid", type: "submit" }, "Save"));
    note.set({ extra: form, stay: true, actions: [] });
    input.focus();
    input.select();
  }

  #failed(error) {
    const window = this.player.source.window();
    const oldest = h("button", { class: "m-btn m-solid", type: "button", onclick: () => this.clip({ start: window.start + 1000, end: Math.min(window.end, window.start + 11_000) }) }, ic("clip", "s"), "Clip the oldest 10 s");
    if (error.code === "left_the_buffer" && window) toast({ tone: "bad", title: "That part has left the buffer", detail: error.message, actions: [oldest] });
    else toastError(error);
  }

  #nothingYet() {
    toast({ tone: "bad", title: "Nothing to capture yet", detail: "No video has played here yet." });
  }

  /** A white flash, then the frame shrinks towards its place in the list. */
  #flash() {
    const picture = this.player.grab();
    if (reducedMotion()) return picture;
    const { flashVeil, video } = this.player;
    flashVeil.animate([{ opacity: 0.46 }, { opacity: 0 }], { duration: 90, easing: "ease-out" });
    const goal = this.target?.()?.getBoundingClientRect();
    if (!picture.canvas || !goal?.width) return picture;
    const from = video.getBoundingClientRect();
    const { canvas } = picture;
    canvas.className = "m-flying";
    canvas.style.cssText = `left:${from.left}px;top:${from.top}px;width:${from.width}px;height:${from.height}px`;
    document.body.append(canvas);
    const scale = goal.width / from.width;
    canvas.animate(
      [{ transform: "none", opacity: 0.9 }, { transform: `translate(${goal.left - from.left}px, ${goal.top - from.top}px) scale(${scale})`, opacity: 1, offset: 0.9 }, { transform: `translate(${goal.left - from.left}px, ${goal.top - from.top}px) scale(${scale})`, opacity: 0 }],
      { duration: 320, easing: "cubic-bezier(.2,.8,.2,1)" },
    ).finished.finally(() => canvas.remove());
    return picture;
  }
}
