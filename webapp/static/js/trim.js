// Trimming: handles over the clip's frames; the selected part becomes a new clip.
import { h, text } from "./dom.js";
import { ic } from "./icons.js";
import { position, seconds, short } from "./format.js";
import { listenToHandle, rangeHandle } from "./range-handle.js";

const CELLS = 12;

/** Frames of a clip, drawn one after the other from a second, muted copy of it. */
async function drawFilm(lane, url, length, crossOrigin) {
  const copy = h("video", {
    muted: true,
    preload: "auto",
    playsinline: true,
    crossorigin: crossOrigin ? "anonymous" : null,
  });
  copy.muted = true;
  copy.src = url;
  await new Promise((resolve, reject) => {
    copy.onloadeddata = resolve;
    copy.onerror = reject;
  });
  for (let cell = 0; cell < CELLS && lane.isConnected; cell += 1) {
    await new Promise((resolve) => {
      copy.onseeked = resolve;
      copy.currentTime = ((cell + 0.5) / CELLS) * length;
    });
    const canvas = h("canvas", {
      width: 120,
      height: Math.round((120 * copy.videoHeight) / copy.videoWidth),
      style: `position:absolute;left:${(cell / CELLS) * 100}%;width:${
        100 / CELLS
      }%;height:100%;top:0;object-fit:cover`,
    });
    canvas.getContext("2d").drawImage(copy, 0, 0, canvas.width, canvas.height);
    lane.prepend(canvas);
  }
  copy.removeAttribute("src");
  copy.load();
}

/** `video` is the player's; `save({start_ms, end_ms})` creates the clip; `cancel()` closes. */
export function trimmer({ video, url, durationMs, fps = 30, save, cancel }) {
  const range = { a: 0, b: durationMs };
  const lane = h(
    "div",
    { class: "m-lane" },
    h("i", { class: "m-veil m-vl" }),
    h("i", { class: "m-veil m-vr" }),
  );
  const values = { "aria-valuemin": 0, "aria-valuemax": durationMs };
  const handles = {
    a: rangeHandle("a", "Start", values),
    b: rangeHandle("b", "End", values),
  };
  const label = h("span", { class: "m-lbl", "aria-hidden": "true" });
  const body = h(
    "div",
    { class: "m-tlbody" },
    lane,
    h("div", { class: "m-sel" }),
    handles.a,
    handles.b,
    label,
    h("i", { class: "m-playhead" }),
  );
  const timeline = h(
    "div",
    { class: "m-tl m-trimtl", role: "group", "aria-label": "What to keep" },
    h("div", { class: "m-ruler" }),
    body,
  );
  const times = h("span", { class: "m-sm m-2" });
  const go = h("button", { class: "m-btn m-primary", type: "button" });
  go.onclick = async () => {
    go.disabled = true;
    try {
      await save({ start_ms: Math.round(range.a), end_ms: Math.round(range.b) });
    } finally {
      go.disabled = false;
    }
  };
  const node = h(
    "section",
    { class: "m-trim", "aria-label": "Trim" },
    timeline,
    h(
      "div",
      { class: "m-row", style: "margin-top:14px;flex-wrap:wrap" },
      times,
      h("span", { class: "m-grow" }),
      h("button", { class: "m-btn m-quiet", type: "button", onclick: cancel }, "Cancel"),
      go,
    ),
  );

  function draw() {
    const share = (ms) => `${(ms / durationMs) * 100}%`;
    timeline.style.setProperty("--a", share(range.a));
    timeline.style.setProperty("--b", share(range.b));
    timeline.style.setProperty("--p", share(Math.min(durationMs, video.currentTime * 1000)));
    text(label, seconds(range.b - range.a));
    text(times, `${position(range.a / 1000)} to ${position(range.b / 1000)}`);
    go.replaceChildren(ic("scissors", "s"), `Save ${short(range.b - range.a)} as a new clip`);
    for (const [which, knob] of Object.entries(handles)) {
      knob.setAttribute("aria-valuenow", Math.round(range[which]));
      knob.setAttribute("aria-valuetext", position(range[which] / 1000));
    }
  }
  function set(which, ms) {
    const least = 1000 / fps;
    range[which] = which === "a"
      ? Math.max(0, Math.min(ms, range.b - least))
      : Math.min(durationMs, Math.max(ms, range.a + least));
    video.pause();
    // The last frame kept is the one before the end.
    video.currentTime = Math.max(0, (which === "a" ? range.a + 1 : range.b - least / 2) / 1000);
    draw();
  }
  for (const which of /** @type {const} */ (["a", "b"])) {
    listenToHandle(handles[which], which, {
      onMove(x) {
        const box = lane.getBoundingClientRect();
        set(which, ((x - box.left) / box.width) * durationMs);
      },
      onStep: (steps, hasShift) =>
        set(which, range[which] + steps * (hasShift ? 1000 : 1000 / fps)),
    });
  }
  video.addEventListener("timeupdate", draw);
  lane.addEventListener("click", (event) => {
    const box = lane.getBoundingClientRect();
    video.currentTime = ((event.clientX - box.left) / box.width) * (durationMs / 1000);
  });
  draw();
  drawFilm(lane, url, durationMs / 1000, new URL(url, location.href).origin !== location.origin)
    .catch(() => {});
  return node;
}
