// Who speaks when, and how loudly: a row for each voice, so that nobody is told apart by colour alone.

const WIDTH = 1000;
const HEIGHT = 100;
const VOICES = 5; // colours
const STEPS = 160; // across a lane
const QUIETEST = 0.15; // of a row, so that whispering is seen
const FEWEST = 1.25; // rows: one voice leaves a margin

/**
 * The markup of a drawing that fills its lane; `turns` are [start, end, voice], times in seconds.
 * With the loudness of parts of `step` seconds, 0 to 255, a turn is as high as it is loud beside the
 * loudest part.
 * @param {[number, number, number][]} turns
 * @param {{ levels: Uint8Array, step: number }} [heard]
 */
export function speechMarkup(turns, from, to, heard) {
  const rows = Math.max(1, ...turns.map(([, , voice]) => voice + 1));
  const scale = WIDTH / (to - from);
  const height = HEIGHT / Math.max(FEWEST, rows);
  const above = (HEIGHT - height * rows) / 2;
  const box = (start, width, share, voice) => {
    const y = above + height * (voice + 0.5 - share / 2);
    return `<rect x="${((start - from) * scale).toFixed(1)}" y="${y.toFixed(1)}" ` +
      `width="${Math.max(1.5, width * scale).toFixed(1)}" ` +
      `height="${(height * share).toFixed(1)}" class="m-voice${(voice % VOICES) + 1}"/>`;
  };
  const most = heard ? loudest(heard, 0, heard.levels.length * heard.step) : 0;
  const drawn = turns.filter(([start, end]) => end > from && start < to).map(
    ([start, end, voice]) => {
      const [first, last] = [Math.max(start, from), Math.min(end, to)];
      if (!most) return box(first, last - first, 0.6, voice);
      const each = Math.max(heard.step, (to - from) / STEPS);
      let steps = "";
      for (let at = Math.floor(first / each) * each; at < last; at += each) {
        const [begin, stop] = [Math.max(at, first), Math.min(at + each, last)];
        const share = Math.max(QUIETEST, 0.9 * (loudest(heard, at, at + each) / most) ** 2);
        steps += box(begin, stop - begin, share, voice); // the style sheet cuts it in bars
      }
      return steps;
    },
  );
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">` +
    `${drawn.join("")}</svg>`;
}

function loudest({ levels, step }, from, to) {
  const first = Math.round(from / step);
  return Math.max(0, ...levels.subarray(first, Math.max(first + 1, Math.round(to / step))));
}
