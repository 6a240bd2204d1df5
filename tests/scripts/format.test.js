import { deepEqual, equal } from "node:assert/strict";
import {
  ago,
  bytes,
  clock,
  day,
  length,
  position,
  seconds,
  short,
  titleOf,
} from "moments/format.js";

const NOON = new Date(2026, 10, 21, 12, 0, 3, 450).getTime();

Deno.test("lengths", () => {
  deepEqual([0, 59_499, 120_000, 3_725_000].map(length), ["0:00", "0:59", "2:00", "1:02:05"]);
  deepEqual([2449, 119_949, 119_950].map(seconds), ["2.4 s", "119.9 s", "2:00"]);
  deepEqual([24_020, 2500, 980].map(short), ["24 s", "2.5 s", "1 s"]);
  deepEqual([0, 9.06, 599.96].map(position), ["0:00.0", "0:09.1", "10:00.0"]);
});

Deno.test("instants", () => {
  equal(clock(NOON), "12:00:03.4");
  equal(clock(NOON, 0), "12:00:03");
  equal(day(NOON - 12 * 3_600_000 - 4000, NOON), "Yesterday");
  equal(day(NOON - 48 * 3_600_000, NOON), "Thursday 19 November");
  deepEqual([44, 46, 3599].map((s) => ago(NOON - s * 1000, NOON)), [
    "just now",
    "1 min ago",
    "60 min ago",
  ]);
});

Deno.test("sizes and counts", () => {
  deepEqual([null, 999, 1000, 9_950, 12_400, 999_500].map(bytes), [
    "",
    "999 B",
    "1.0 kB",
    "9.9 kB",
    "12 kB",
    "1.0 MB",
  ]);
});

Deno.test("a capture is called after its stream and its instant until it has a name", () => {
  equal(
    titleOf("Garden 2026-11-21 12:00:03", NOON),
    "Garden, 12:00:03",
  );
  equal(titleOf("The fox", NOON), "The fox");
});
