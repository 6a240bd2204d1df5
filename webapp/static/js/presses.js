// Presses on Snapshot and Clip: the instant that is meant, and the frame that was on screen, by the
// press's number; what is drawn of a fresh capture shows it before its own picture has loaded.
const MOST = 12;
const frames = new Map();
let count = 0;

/** Keep a press's frame (a data URL, or null); returns the press's number. */
export function keepFrame(url) {
  count += 1;
  frames.set(count, url);
  frames.delete(count - MOST);
  return count;
}

export const frameOf = (number) => frames.get(number) ?? null;

/**
 * An instant (ms) safely inside the frame that begins at another: rounding to milliseconds
 * must not reach a neighbour. Not far inside, because the measured frame rate can drop for a while
 * (a camera, a busy machine), which makes frames seem longer than they are.
 */
export const insideFrame = (begin, fps) => begin + Math.min(8, 500 / Math.max(10, fps));
