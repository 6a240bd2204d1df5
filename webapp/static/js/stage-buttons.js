// Buttons on a video, of the live player and of a finished clip.
import { dom } from "./dom.js";
import { ic } from "./icons.js";

export const stageButton = (label, glyph, onclick, look = "") =>
  dom`<button class="m-ib ${look}" type="button" aria-label=${label} title=${label}
    onclick=${onclick}>
    ${ic(glyph)}
  </button>`;

/** Give a button another meaning. */
export function relabel(button, label, glyph) {
  button.replaceChildren(ic(glyph));
  button.setAttribute("aria-label", label);
  button.title = label;
}

/** Show or hide a video's captions. */
export function toggleCaptions(video, button) {
  const [track] = video.textTracks;
  if (!track) return;
  track.mode = track.mode === "showing" ? "hidden" : "showing";
  button.setAttribute("aria-pressed", String(track.mode === "showing"));
}

/** Fill the screen, or end that; iPhones can only do so with a video. */
export function toggleFull(stage, video) {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (stage.requestFullscreen) stage.requestFullscreen();
  else video.webkitEnterFullscreen?.();
}
