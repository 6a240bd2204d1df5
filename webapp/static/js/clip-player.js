// A finished clip: our own controls around a plain <video>, in the library and on public pages.
import { dom, text } from "./dom.js";
import { ic } from "./icons.js";
import { position } from "./format.js";
import { relabel, stageButton, toggleCaptions, toggleFull } from "./stage-buttons.js";

/** Put a video into a stage with controls. */
export function clipPlayer(video, { autoplay = false } = {}) {
  video.controls = false;
  video.playsInline = true;
  const big = dom`<button class="m-bigplay" type="button" aria-label="Play" onclick=${() =>
    toggle()}>
    ${ic("play")}
  </button>`;
  const play = stageButton("Play", "play", () => toggle());
  const sound = stageButton("Mute or unmute", "sound", () => {
    video.muted = !video.muted;
  });
  const loop = stageButton("Loop", "loop", () => {
    video.loop = !video.loop;
    loop.setAttribute("aria-pressed", String(video.loop));
  });
  loop.setAttribute("aria-pressed", String(video.loop));
  const captions = stageButton("Captions", "captions", () => toggleCaptions(video, captions));
  captions.hidden = video.textTracks.length === 0;
  const full = stageButton("Full screen", "full", () => toggleFull(stage, video));
  const now = dom`<span class="m-b" />`;
  const whole = dom`<span style="opacity:.75" />`;
  const seek = () => {
    video.currentTime = Number(scrub.value);
  };
  const scrub = dom`<input type="range" class="m-volume m-scrub" min="0" step="any" value="0"
    aria-label="Position" oninput=${seek} />`;
  const stage = dom`<div class="m-stage m-clipstage m-paused" />`;
  video.replaceWith(stage);
  stage.append(
    video,
    big,
    dom`<div class="m-hud m-hud-b m-cliphud">
      ${scrub}
      <div class="m-row" style="gap:4px">
        ${play}
        ${sound}
        <span class="m-sm">${now}${whole}</span>
        <span class="m-grow" />
        ${loop}
        ${captions}
        ${full}
      </div>
    </div>`,
  );

  function toggle() {
    if (video.paused) video.play().catch(() => {});
    else video.pause();
  }
  function drawPlay() {
    const { paused } = video;
    stage.classList.toggle("m-paused", paused);
    big.hidden = !paused;
    relabel(play, paused ? "Play" : "Pause", paused ? "play" : "pause");
  }
  /** In seconds; the page's value until the metadata has loaded. */
  const duration = () => video.duration || Number(video.dataset.durationMs ?? 0) / 1000;
  function drawTime() {
    const length = duration();
    const share = length ? (video.currentTime / length) * 100 : 0;
    scrub.max = String(length);
    scrub.value = String(video.currentTime);
    scrub.style.setProperty("--v", `${share}%`);
    text(now, position(video.currentTime));
    text(whole, ` / ${position(length)}`);
    scrub.setAttribute("aria-valuetext", `${position(video.currentTime)} of ${position(length)}`);
    if (!video.paused && stage.isConnected) requestAnimationFrame(drawTime);
  }
  stage.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowLeft: -1, ArrowRight: 1, ",": -1 / 30, ".": 1 / 30 }[event.key];
    if (step) {
      event.preventDefault();
      event.stopPropagation();
      if (Math.abs(step) < 1) video.pause();
      video.currentTime += step;
    } else if (event.key === " " && !event.target.closest("button")) {
      event.preventDefault();
      toggle();
    }
  });
  video.addEventListener("click", toggle);
  for (const name of ["play", "pause", "ended"]) {
    video.addEventListener(name, () => {
      drawPlay();
      drawTime();
    });
  }
  for (const name of ["timeupdate", "seeked", "loadedmetadata"]) {
    video.addEventListener(name, drawTime);
  }
  video.addEventListener("volumechange", () => {
    relabel(sound, video.muted ? "Unmute" : "Mute", video.muted ? "muted" : "sound");
  });
  drawPlay();
  drawTime();
  if (autoplay) {
    video.play().catch(() => {
      video.muted = true;
      video.play().catch(() => {});
    });
  }
}
