// A visitor's captures of a public stream: made through the public API, told in the press's own toast.
import { copyText, dom } from "./dom.js";
import { ic } from "./icons.js";
import { api } from "./api.js";
import { seconds } from "./format.js";
import { toast } from "./toast.js";

const iso = (ms) => new Date(ms).toISOString();

/** Return Capture's `make`; `urls` are those of `{snapshot, clip}`, `oldest()` clips what is left. */
export const visitorCapture =
  (urls, oldest) => async ({ kind, start_ms: start, duration_ms: duration, preview }, note) => {
    const began = performance.now();
    const body = kind === "clip"
      ? { start_ts: iso(start), duration_ms: duration }
      : { timestamp: iso(start) };
    try {
      const item = await api.post(urls[kind], body, { anonymous: true });
      say(note, { kind, duration_ms: duration, ...item }, performance.now() - began, preview);
      return item;
    } catch (error) {
      note.close();
      const again = dom`<button class="m-btn m-solid" type="button" onclick=${oldest}>
        ${ic("clip", "s")}
        Clip the oldest 10 s
      </button>`;
      if (error.code === "left_the_buffer") {
        toast({
          tone: "bad",
          title: "That part has left the buffer",
          detail: error.message,
          actions: [again],
        });
      } else toast({ tone: "bad", title: error.message });
      return null;
    }
  };

function say(note, item, took, image) {
  const isClip = item.kind === "clip";
  if (isClip && item.status === "failed") {
    note.close();
    toast({ tone: "bad", title: item.error ?? "The clip failed." });
    return;
  }
  const pace = `${(took / 1000).toFixed(took < 95 ? 2 : 1)} s`;
  const isRecording = isClip && item.status !== "ready";
  const title = isRecording ? "Recording" : `${isClip ? "Clip" : "Snapshot"} is ready`;
  const detail = isRecording
    ? "It continues in the background; its link works once it is ready."
    : isClip
    ? `${seconds(item.duration_ms)}, cut in ${pace}`
    : `Taken in ${pace}`;
  const copy = dom`<button class="m-btn m-solid" type="button" onclick=${async () => {
    await copyText(item.share_url);
    copy.replaceChildren(ic("check", "s"), "Copied");
  }}>
    ${ic("link", "s")}
    Copy link
  </button>`;
  const download = item.download_url && !isRecording
    ? dom`<a class="m-btn m-icon" href=${item.download_url} download="" aria-label="Download"
      title="Download">
      ${ic("download", "s")}
    </a>`
    : null;
  note.set({ tone: "ok", title, detail, image, actions: [copy, download].filter(Boolean) });
}
