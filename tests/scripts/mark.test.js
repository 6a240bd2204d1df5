// Choosing a part: the times, the handles' rules, what the bar shows.
import { deepEqual, equal } from "node:assert/strict";
import { barsOf, heatWords } from "moments/mark-heat.js";
import { MarkSession, readTime, timeText } from "moments/mark-session.js";
import { ticksOf, viewOf } from "moments/mark-timeline.js";

const at = ({ start, end }) => [start, end];

function begin(values) {
  const session = new MarkSession();
  session.begin({ length: 2220, ...values });
  const heard = [];
  for (const name of ["change", "done"]) session.addEventListener(name, () => heard.push(name));
  return { session, heard };
}

Deno.test("times are read as people write them, and written so", () => {
  const texts = ["45", "0:45", "1:02.5", "62,5", "1:02:03", "100:00"];
  deepEqual(texts.map(readTime), [450, 450, 625, 625, 37_230, 60_000]);
  deepEqual(
    ["", "x", "-1", "1:", ":5", "1e3", "NaN", "1:2:3:4"].map(readTime),
    Array(8).fill(null),
  );
  deepEqual([450, 453, 37_230].map(timeText), ["0:45", "0:45.3", "1:02:03"]);
});

Deno.test("start and end by button: each takes the other along, and 15 s are usual", () => {
  const { session } = begin();
  session.setStart(450);
  deepEqual(at(session), [450, 600]);
  session.setEnd(520);
  deepEqual(at(session), [450, 520]);
  session.setStart(900);
  deepEqual(at(session), [900, 970]);
  session.setEnd(100);
  deepEqual(at(session), [30, 100]);
  session.setStart(2215);
  deepEqual(at(session), [2210, 2220]);
});

Deno.test("the length that was saved last is the usual one", () => {
  const { session } = begin();
  session.usual = 80;
  session.setStart(450);
  deepEqual(at(session), [450, 530]);
});

Deno.test("a handle stops at the other one; a nudge is a second or a tenth", () => {
  const { session, heard } = begin({ start: 450, end: 600 });
  session.drag("a", 700);
  deepEqual(at(session), [590, 600]);
  session.drag("b", 100);
  deepEqual(at(session), [590, 600]);
  deepEqual(heard, ["change", "change"]);
  session.nudge("a", -1);
  session.nudge("b", 10);
  deepEqual(at(session), [589, 610]);
  equal(heard.at(-1), "done");
});

Deno.test("the last 15 s, another start, and a length that is known late", () => {
  const { session } = begin({ length: null });
  session.last(82);
  deepEqual(at(session), [0, 82]);
  session.last(3000);
  deepEqual(at(session), [2850, 3000]);
  session.moveTo(100);
  deepEqual(at(session), [100, 250]);
  session.measure(200);
  deepEqual(at(session), [100, 200]);
});

Deno.test("one key: start, end and loop, clear", () => {
  const { session } = begin();
  deepEqual([450, 520, 600].map((now) => session.step(now)), [false, true, false]);
  equal(session.isChosen, false);
  session.step(700);
  deepEqual(at(session), [700, 850]);
});

Deno.test("a narrow part zooms the lane, a wide one does not", () => {
  const part = { start: 450, end: 600, length: 2220, width: 980 };
  deepEqual(viewOf(part), { from: 0, to: 2220 });
  const { from, to } = viewOf({ ...part, width: 340 });
  equal(Math.round(to - from), 625);
  equal(from < 450 && to > 600, true);
  equal(viewOf({ ...part, start: 0, end: 20 }).from, 0);
  deepEqual(viewOf({ ...part, start: null, end: null }), { from: 0, to: 2220 });
  deepEqual(ticksOf({ from: 0, to: 2220 }, 8), [0, 300, 600, 900, 1200, 1500, 1800, 2100]);
});

Deno.test("bars are grouped, and keep what is greatest", () => {
  const heat = { bucket_s: 1, values: [0, 1, 4, 2, 0, 0, 8, 0] };
  deepEqual(barsOf(heat, 0, 8, 8).map(({ value }) => value), heat.values);
  const bars = barsOf(heat, 0, 8, 4);
  deepEqual(bars.map(({ at, value, step }) => [at, value, step]), [
    [0, 1, 0],
    [2, 4, 3],
    [4, 0, 0],
    [
      6,
      8,
      5,
    ],
  ]);
  equal(heatWords(heat, 6.7, timeText), "0:06, 8 people");
});
