// Who speaks when: a row for each voice, so that nobody is told apart by colour alone.

const WIDTH = 1000;
const HEIGHT = 100;
const VOICES = 5; // colours

/**
 * The markup of a drawing that fills its lane; `turns` are [start, end, voice], times in seconds.
 * @param {[number, number, number][]} turns
 */
export function speechMarkup(turns, from, to) {
  const rows = Math.max(1, ...turns.map(([, , voice]) => voice + 1));
  const scale = WIDTH / (to - from);
  const height = HEIGHT / Math.max(2, rows);
  const above = (HEIGHT - height * rows) / 2;
  const bars = turns.filter(([start, end]) => end > from && start < to).map(
    ([start, end, voice]) => {
      const x = (Math.max(start, from) - from) * scale;
      const width = Math.max(1.5, (Math.min(end, to) - Math.max(start, from)) * scale);
      return `<rect x="${x.toFixed(1)}" y="${(above + height * (voice + 0.2)).toFixed(1)}" ` +
        `width="${width.toFixed(1)}" height="${(height * 0.6).toFixed(1)}" ` +
        `class="m-voice${(voice % VOICES) + 1}"/>`;
    },
  );
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">` +
    `${bars.join("")}</svg>`;
}
