// Trimming: handles over the clip's frames; the selected part becomes a new clip.
import { dom, text } from "./dom.js";
import { ic } from "./icons.js";
import { position, seconds, short } from "./format.js";
import { listenToHandle, rangeHandle } from "./range-handle.js";

const CELLS = 12;

/** Frames of a clip, drawn one after the other from a second, muted copy of it. */
async function drawFilm(lane, url, length, crossOrigin) {
  const origin = crossOrigin && "anonymous";
  const copy = dom`<video muted preload="auto" playsinline crossorigin=${origin} />`;
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
    const height = Math.round((120 * copy.videoHeight) / copy.videoWidth);
    const [left, width] = [(cell / CELLS) * 100, 100 / CELLS];
    const canvas = dom`<canvas width="120" height=${height} style="position:absolute;left:${left}%;
      width:${width}%;height:100%;top:0;object-fit:cover" />`;
    canvas.getContext("2d").drawImage(copy, 0, 0, canvas.width, canvas.height);
    lane.prepend(canvas);
  }
  copy.removeAttribute("src");
  copy.load();
}

/** `video` is the player's; `save({start_ms, end_ms})` creates the clip; `cancel()` closes. */
export function trimmer({ video, url, durationMs, fps = 30, save, cancel }) {
  const range = { a: 0, b: durationMs };
  const lane = dom`<div class="m-lane"><i class="m-veil m-vl" /><i class="m-veil m-vr" /></div>`;
  const values = { "aria-valuemin": 0, "aria-valuemax": durationMs };
  const handles = {
    a: rangeHandle("a", "Start", values),
    b: rangeHandle("b", "End", values),
  };
  const label = dom`<span class="m-lbl" aria-hidden="true" />`;
  const body = dom`<div class="m-tlbody">
    ${lane}
    <div class="m-sel" />
    ${handles.a}
    ${handles.b}
    ${label}
    <i class="m-playhead" />
  </div>`;
  const timeline = dom`<div class="m-tl m-trimtl" role="group" aria-label="What to keep">
    <div class="m-ruler" />
    ${body}
  </div>`;
  const times = dom`<span class="m-sm m-2" />`;
  const go = dom`<button class="m-btn m-primary" type="button" />`;
  go.onclick = async () => {
    go.disabled = true;
    try {
      await save({ start_ms: Math.round(range.a), end_ms: Math.round(range.b) });
    } finally {
      go.disabled = false;
    }
  };
  const node = dom`<section class="m-trim" aria-label="Trim">
    ${timeline}
    <div class="m-row" style="margin-top:14px;flex-wrap:wrap">
      ${times}
      <span class="m-grow" />
      <button class="m-btn m-quiet" type="button" onclick=${cancel}>Cancel</button>
      ${go}
    </div>
  </section>`;

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
