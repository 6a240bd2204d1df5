// Which span a stream's timeline shows, and whether it keeps a place for the overview.

const SPANS_S = [30, 60, 120, 300, 600, 1200, 1800, 3600];
const NARROW_PX = 64; // a shorter selection zooms the view in on itself
const DEEP_MS = 150_000; // from this buffer on, wide screens get the overview too

/** Whether the overview is always there, so that nothing moves as the buffer fills. */
export const keepsOverview = (bufferMs, isPhone) => bufferMs > DEEP_MS || isPhone;

/**
 * The whole window, or a part around a narrow selection.
 *
 * `chosen`: `{start, end, isLast}`, or null to show the whole window. Lengths are constant, since a
 * growing one would move all thumbnails. Without its place, the overview comes only when asked for.
 */
export function viewOf(window, chosen, { bufferMs, width, isPhone }) {
  const have = window.end - window.start;
  const span = Math.min(
    bufferMs,
    (SPANS_S.find((s) => s * 1000 >= have - 2500) ?? 3600) * 1000,
  );
  const whole = { start: window.end - span, end: window.end, zoomed: false };
  if (chosen === null || span <= 30_000) return whole;
  if (chosen.isLast && !keepsOverview(bufferMs, isPhone)) return whole;
  const size = chosen.end - chosen.start;
  if ((size / span) * width >= NARROW_PX) return whole;
  const part = Math.min(span, Math.max(6000, size * (isPhone ? 2.6 : 4)));
  const end = Math.min(window.end, (chosen.start + chosen.end) / 2 + part / 2);
  return { start: end - part, end, zoomed: true, whole };
}
