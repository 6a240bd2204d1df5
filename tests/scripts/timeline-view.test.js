import { deepEqual, equal } from "node:assert/strict";
import { keepsOverview, viewOf } from "moments/timeline-view.js";

const NEWEST = 10_000;

/** Return which views are zoomed while a buffer fills, with the newest ten seconds chosen. */
function zooms(bufferMs, width, isPhone) {
  const found = new Set();
  for (let have = 1000; have <= bufferMs; have += 1000) {
    const window = { start: 5_000_000 - have, end: 5_000_000 };
    const chosen = { start: window.end - NEWEST, end: window.end, isLast: true };
    found.add(viewOf(window, chosen, { bufferMs, width, isPhone }).zoomed);
  }
  return [...found];
}

Deno.test("an overview without a kept place does not come as the buffer fills", () => {
  for (const width of [600, 704, 980, 1800]) {
    for (const bufferMs of [10_000, 120_000, 150_000]) {
      equal(keepsOverview(bufferMs, false), false);
      deepEqual(zooms(bufferMs, width, false), [false]);
    }
  }
  equal(keepsOverview(120_000, true), true);
  equal(keepsOverview(600_000, false), true);
  deepEqual(zooms(600_000, 980, false), [false, true]);
});

Deno.test("a short range that somebody chose is zoomed in on, inside the window", () => {
  const window = { start: 0, end: 120_000 };
  const layout = { bufferMs: 120_000, width: 980, isPhone: false };
  const view = viewOf(window, { start: 117_000, end: 119_000 }, layout);
  deepEqual([view.start, view.end, view.zoomed], [112_000, 120_000, true]);
  deepEqual(view.whole, { start: 0, end: 120_000, zoomed: false });
  equal(viewOf(window, null, layout).zoomed, false);
});
