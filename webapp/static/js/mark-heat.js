// How many people saved each stretch, as bars: the height carries the value, six steps of one hue
// repeat it.

const STEPS = 6;
const WIDTH = 1000;
const HEIGHT = 100;

/**
 * Bars of a view, at most `most`, each the greatest of what it covers; times are in seconds.
 * @param {{bucket_s: number, values: number[]}} heat
 */
export function barsOf({ bucket_s, values }, from, to, most) {
  const group = Math.max(1, Math.ceil((to - from) / bucket_s / Math.max(1, most)));
  const first = Math.max(0, Math.floor(from / bucket_s / group) * group);
  const peak = Math.max(1, ...values);
  const bars = [];
  for (let at = first; at < values.length && at * bucket_s < to; at += group) {
    const value = Math.max(0, ...values.slice(at, at + group));
    const step = Math.min(STEPS - 1, Math.floor((value / peak) * STEPS));
    bars.push({ at: at * bucket_s, length: group * bucket_s, value, share: value / peak, step });
  }
  return bars;
}

/** The markup of a drawing that fills its lane. */
export function heatMarkup(heat, from, to, most) {
  const scale = WIDTH / (to - from);
  const bars = barsOf(heat, from, to, most).map(({ at, length, share, step }) => {
    const height = 3 + share * (HEIGHT - 15);
    const width = Math.max(1, length * scale * 0.72);
    return `<rect x="${((at - from) * scale).toFixed(1)}" y="${(HEIGHT - height).toFixed(1)}" ` +
      `width="${width.toFixed(1)}" height="${height.toFixed(1)}" rx="1.6" class="m-heat${step}"/>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">` +
    `${bars.join("")}</svg>`;
}

/** "0:52, 64 people". */
export function heatWords({ bucket_s, values }, second, timeText) {
  const value = values[Math.floor(second / bucket_s)] ?? 0;
  return `${timeText(Math.floor(second) * 10)}, ${value} ${value === 1 ? "person" : "people"}`;
}
