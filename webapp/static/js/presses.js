// The frames that were on screen when Snapshot or Clip was pressed, by the number of the press: what
// is drawn of a fresh capture shows them until its own picture is needed.
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
