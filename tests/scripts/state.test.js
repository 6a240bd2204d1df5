import { deepEqual, equal } from "node:assert/strict";
import { stateOf } from "moments/state.js";

Deno.test("a stream's state in words", () => {
  equal(stateOf({ state: "never_on_air" }).words, "Never on air");
  equal(stateOf({ state: "healthy" }).words, "Healthy");
  equal(stateOf({ state: "connecting" }).words, "Waiting for the source");
  equal(stateOf({ state: "off_air" }).words, "Off air");
  equal(stateOf({ state: "error", reason: "It refuses." }).words, "It refuses.");
  equal(
    stateOf({ state: "unsteady", reason: "19 of 30 frames" }).words,
    "Unsteady: 19 of 30 frames",
  );
  equal(stateOf({ state: "of a later version" }).badge, "Connecting");
});

Deno.test("API and node say alike since when a stream is off air", () => {
  const since = new Date(2026, 10, 20, 14, 2);
  const told = [{ since: since.toISOString() }, { since_us: since.getTime() * 1000 }];
  const words = told.map((at) => stateOf({ state: "off_air", ...at }).words);
  deepEqual(words, ["Off air since 20 Nov, 14:02", "Off air since 20 Nov, 14:02"]);
});
