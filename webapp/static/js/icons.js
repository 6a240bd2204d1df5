// Our own drawings on a 20 px grid, stroke 1.7; `f` is filled.
import { view } from "./view.js";

const PATHS = {
  play:
    '<path class="f" d="M6.4 4.3v11.4c0 .7.7 1.1 1.3.7l8.4-5.7a.85.85 0 0 0 0-1.4L7.7 3.6c-.6-.4-1.3 0-1.3.7Z"/>',
  pause:
    '<rect class="f" x="5.6" y="4" width="3" height="12" rx=".8"/><rect class="f" x="11.4" y="4" width="3" height="12" rx=".8"/>',
  sound:
    '<path class="f" d="M3 8v4h2.6l3.8 3V5L5.6 8z"/><path d="M12.2 7.4a3.8 3.8 0 0 1 0 5.2M14.5 5.2a6.8 6.8 0 0 1 0 9.6"/>',
  muted: '<path class="f" d="M3 8v4h2.6l3.8 3V5L5.6 8z"/><path d="m12.6 8 4 4M16.6 8l-4 4"/>',
  microphone:
    '<rect class="f" x="7.6" y="2.8" width="4.8" height="8.8" rx="2.4"/><path d="M4.6 9.4a5.4 5.4 0 0 0 10.8 0M10 14.8v2.6M7.2 17.4h5.6"/>',
  silent:
    '<rect class="f" x="7.6" y="2.8" width="4.8" height="8.8" rx="2.4"/><path d="M4.6 9.4a5.4 5.4 0 0 0 10.8 0M10 14.8v2.6M7.2 17.4h5.6M3.6 3.2l12.8 13.6"/>',
  full: '<path d="M3.6 7.4V3.6h3.8M12.6 3.6h3.8v3.8M16.4 12.6v3.8h-3.8M7.4 16.4H3.6v-3.8"/>',
  captions:
    '<rect x="2.6" y="4.4" width="14.8" height="11.2" rx="2.2"/><path d="M9 8.6a2 2 0 1 0 0 2.8M14.6 8.6a2 2 0 1 0 0 2.8"/>',
  loop:
    '<path d="M4 9.4v-.8a3 3 0 0 1 3-3h8.6M13.2 3l2.6 2.6-2.6 2.6M16 10.6v.8a3 3 0 0 1-3 3H4.4M6.8 17l-2.6-2.6 2.6-2.6"/>',
  camera:
    '<path d="M2.8 7.2c0-1 .8-1.8 1.8-1.8h1.7l1-1.6c.2-.4.6-.6 1-.6h3.4c.4 0 .8.2 1 .6l1 1.6h1.7c1 0 1.8.8 1.8 1.8v7.2c0 1-.8 1.8-1.8 1.8H4.6c-1 0-1.8-.8-1.8-1.8z"/><circle cx="10" cy="10.6" r="3"/>',
  clip:
    '<path d="M6.6 3.4H5c-1 0-1.8.8-1.8 1.8v9.6c0 1 .8 1.8 1.8 1.8h1.6M13.4 3.4H15c1 0 1.8.8 1.8 1.8v9.6c0 1-.8 1.8-1.8 1.8h-1.6"/><path class="f" d="M8 7.1v5.8c0 .4.4.6.7.4l4.3-2.9c.3-.2.3-.6 0-.8L8.7 6.7c-.3-.2-.7 0-.7.4Z"/>',
  eye:
    '<path d="M2.2 10S5 4.8 10 4.8 17.8 10 17.8 10 15 15.2 10 15.2 2.2 10 2.2 10Z"/><circle cx="10" cy="10" r="2.3"/>',
  share:
    '<path d="M10 12.4V3M6.4 6.2 10 2.8l3.6 3.4M5.4 9h-.8c-.6 0-1 .4-1 1v6c0 .6.4 1 1 1h10.8c.6 0 1-.4 1-1v-6c0-.6-.4-1-1-1h-.8"/>',
  link:
    '<path d="M8.4 11.6a3.2 3.2 0 0 0 4.6.1l2.7-2.7a3.2 3.2 0 0 0-4.6-4.6L10 5.5M11.6 8.4a3.2 3.2 0 0 0-4.6-.1L4.3 11a3.2 3.2 0 0 0 4.6 4.6l1.1-1.1"/>',
  download: '<path d="M10 3.4v9.2M6 9l4 4 4-4M3.8 16.6h12.4"/>',
  pencil: '<path d="m12.2 4.6 3.2 3.2L7 16.2l-3.8.6.6-3.8z"/>',
  trash:
    '<path d="M3.6 5.6h12.8M8 5.4V3.6h4v1.8M5.2 5.8l.8 10.6h8l.8-10.6M8.4 8.8v4.6M11.6 8.8v4.6"/>',
  tag:
    '<path d="M3.4 9.4V4.6c0-.7.5-1.2 1.2-1.2h4.8l7 7-6 6z"/><circle class="f" cx="6.9" cy="6.9" r="1.1"/>',
  close: '<path d="m5 5 10 10M15 5 5 15"/>',
  check: '<path d="m4.4 10.6 3.6 3.6 7.6-8"/>',
  back: '<path d="M12 4.8 6.8 10l5.2 5.2"/>',
  next: '<path d="m8 4.8 5.2 5.2L8 15.2"/>',
  arrow: '<path d="M4 10h12M11.6 5.6 16 10l-4.4 4.4"/>',
  bell:
    '<path d="M4.2 13.8c1-.9 1.3-2 1.3-3.4V9a4.5 4.5 0 0 1 9 0v1.4c0 1.4.3 2.5 1.3 3.4zM8.3 16.4a1.9 1.9 0 0 0 3.4 0"/>',
  search: '<circle cx="9" cy="9" r="5.2"/><path d="m13 13 4 4"/>',
  more:
    '<circle class="f" cx="4.6" cy="10" r="1.5"/><circle class="f" cx="10" cy="10" r="1.5"/><circle class="f" cx="15.4" cy="10" r="1.5"/>',
  discover: '<circle cx="10" cy="10" r="7"/><path d="m12.9 7.1-1.6 4.2-4.2 1.6 1.6-4.2z"/>',
  spark:
    '<path d="m9 3.4 1.5 4.1 4.1 1.5-4.1 1.5L9 14.6l-1.5-4.1L3.4 9l4.1-1.5zM15.2 13v4M13.2 15h4"/>',
  plus: '<path d="M10 4v12M4 10h12"/>',
  live:
    '<circle class="f" cx="10" cy="10" r="2.2"/><path d="M6.4 6.2a5.4 5.4 0 0 0 0 7.6M13.6 6.2a5.4 5.4 0 0 1 0 7.6M3.9 3.8a8.8 8.8 0 0 0 0 12.4M16.1 3.8a8.8 8.8 0 0 1 0 12.4"/>',
  offair:
    '<path d="M6.4 6.2a5.4 5.4 0 0 0 0 7.6M13.6 6.2a5.4 5.4 0 0 1 .9 6M3.9 3.8a8.8 8.8 0 0 0 0 12.4M16.1 3.8a8.8 8.8 0 0 1 .6 11.3M4.4 3.4l11.4 13.2"/>',
  settings:
    '<path d="M3.4 6.2h6M14.2 6.2h2.4M3.4 13.8h2.4M10.6 13.8h6"/><circle cx="11.8" cy="6.2" r="2.2"/><circle cx="8.2" cy="13.8" r="2.2"/>',
  user: '<circle cx="10" cy="6.8" r="3.1"/><path d="M3.8 16.8c.4-3.2 2.9-5 6.2-5s5.8 1.8 6.2 5"/>',
  people:
    '<circle cx="7.6" cy="7" r="2.8"/><path d="M2.4 16.4c.3-2.9 2.4-4.6 5.2-4.6s4.9 1.7 5.2 4.6M13 4.6a2.6 2.6 0 0 1 0 4.9M14.8 12.2c1.7.6 2.7 2 2.9 4.2"/>',
  home: '<path d="m3.4 9 6.6-5.6L16.6 9v7.6h-4.4v-4.4H7.8v4.4H3.4z"/>',
  storage:
    '<ellipse cx="10" cy="5.4" rx="6.2" ry="2.4"/><path d="M3.8 5.4v9.2c0 1.3 2.8 2.4 6.2 2.4s6.2-1.1 6.2-2.4V5.4M3.8 10c0 1.3 2.8 2.4 6.2 2.4s6.2-1.1 6.2-2.4"/>',
  key: '<circle cx="6.8" cy="13.2" r="3.2"/><path d="m9.2 10.8 6.6-6.6M13.2 6.8l2.6 2.6"/>',
  copy:
    '<rect x="7" y="7" width="9.4" height="9.4" rx="2"/><path d="M13 7V5.2c0-.9-.7-1.6-1.6-1.6H5.2c-.9 0-1.6.7-1.6 1.6v6.2c0 .9.7 1.6 1.6 1.6H7"/>',
  again: '<path d="M16 10a6 6 0 1 1-1.8-4.3M16.2 3v3.4h-3.4"/>',
  warn: '<path d="M10 3.2 2.6 16.2h14.8zM10 8.2v3.6"/><circle class="f" cx="10" cy="13.9" r=".9"/>',
  clock: '<circle cx="10" cy="10" r="7"/><path d="M10 6v4.2l2.8 1.8"/>',
  lock:
    '<rect x="4" y="9" width="12" height="8" rx="2"/><path d="M6.8 9V6.6a3.2 3.2 0 0 1 6.4 0V9"/>',
  globe:
    '<circle cx="10" cy="10" r="7"/><path d="M3 10h14M10 3c2 2 2.9 4.3 2.9 7S12 15 10 17c-2-2-2.9-4.3-2.9-7S8 5 10 3Z"/>',
  sun:
    '<circle cx="10" cy="10" r="3.4"/><path d="M10 2.6v1.6M10 15.8v1.6M2.6 10h1.6M15.8 10h1.6M4.8 4.8l1.1 1.1M14.1 14.1l1.1 1.1M4.8 15.2l1.1-1.1M14.1 5.9l1.1-1.1"/>',
  moon: '<path d="M16.4 12A6.8 6.8 0 0 1 8 3.6a6.8 6.8 0 1 0 8.4 8.4Z"/>',
  screen:
    '<rect x="2.8" y="4" width="14.4" height="9.6" rx="1.8"/><path d="M7.4 16.8h5.2M10 13.6v3.2"/>',
  out:
    '<path d="M8 3.6H5.2c-.9 0-1.6.7-1.6 1.6v9.6c0 .9.7 1.6 1.6 1.6H8M8.4 10h8M13.2 6.6l3.4 3.4-3.4 3.4"/>',
  keys:
    '<rect x="2.6" y="5" width="14.8" height="10" rx="2"/><path d="M5.6 8.4h.1M8.5 8.4h.1M11.4 8.4h.1M14.3 8.4h.1M7 11.8h6"/>',
  scissors:
    '<circle cx="5.6" cy="5.8" r="2.2"/><circle cx="5.6" cy="14.2" r="2.2"/><path d="m7.4 7.2 8.8 6.6M7.4 12.8l8.8-6.6"/>',
  mark:
    '<circle class="f" cx="6" cy="15" r="2.2"/><circle class="f" cx="14" cy="13.4" r="2.2"/><path d="M8 15V5.4l8-1.8v9.8"/>',
  commit: '<circle cx="10" cy="10" r="3.1"/><path d="M10 2.4v4.4M10 13.2v4.4"/>',
  video:
    '<rect x="2.8" y="4.2" width="14.4" height="11.6" rx="2"/><path d="M6.4 4.2v11.6M13.6 4.2v11.6M2.8 8.1h3.6M2.8 11.9h3.6M13.6 8.1h3.6M13.6 11.9h3.6"/>',
  note: '<path d="M5.2 3.2h6l3.8 3.8v9.8H5.2zM11 3.4V7.2h3.8M7.8 10.4h4.6M7.8 13.4h3"/>',
  branch:
    '<circle cx="5.5" cy="4.6" r="1.9"/><circle cx="5.5" cy="15.4" r="1.9"/><circle cx="14.5" cy="6.6" r="1.9"/><path d="M5.5 6.6v6.8M14.5 8.6c0 3-4 2.6-7.4 5.2"/>',
  library:
    '<rect x="3" y="3" width="5.8" height="5.8" rx="1.4"/><rect x="11.2" y="3" width="5.8" height="5.8" rx="1.4"/><rect x="3" y="11.2" width="5.8" height="5.8" rx="1.4"/><rect x="11.2" y="11.2" width="5.8" height="5.8" rx="1.4"/>',
  upload: '<path d="M10 13V4.4M6 8.2l4-4 4 4M3.8 16.6h12.4"/>',
  log:
    '<rect x="2.8" y="4" width="14.4" height="12" rx="2"/><path d="m6 8 2.4 2L6 12M10.4 12.4h3.4"/>',
  sort: '<path d="M6 4v12M3.2 13.2 6 16l2.8-2.8M11.4 5.4h5.4M11.4 10h4M11.4 14.6h2.6"/>',
  calendar:
    '<rect x="3" y="4.4" width="14" height="12.4" rx="2"/><path d="M3 8.4h14M7 2.8v3M13 2.8v3"/>',
};

export const SIGN =
  '<svg class="m-sign" viewBox="0 0 28 28" aria-hidden="true"><path stroke="var(--ice)" d="M9.4 4.4H7c-1.7 0-3 1.3-3 3v13.2c0 1.7 1.3 3 3 3h2.4M18.6 4.4H21c1.7 0 3 1.3 3 3v13.2c0 1.7-1.3 3-3 3h-2.4"/><circle cx="14" cy="14" r="4.1" fill="var(--ember)"/></svg>';

/** The markup of an icon; size is "", "s" (16 px) or "l" (24 px). */
export const icon = (name, size = "") =>
  `<svg class="m-i${size ? ` m-${size}` : ""}" viewBox="0 0 20 20" aria-hidden="true">${
    PATHS[name]
  }</svg>`;

/** The same in a component of NiceGUI. */
export const glyph = (name, size = "") =>
  view`<span class="m-glyph" innerHTML=${icon(name, size)} />`;

/** The same as an element. */
export function ic(name, size) {
  const holder = document.createElement("template");
  holder.innerHTML = icon(name, size);
  return holder.content.firstChild;
}
