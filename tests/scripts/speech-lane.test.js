import { equal, match } from "node:assert/strict";
import { speechMarkup } from "moments/speech-lane.js";

/** @type {[number, number, number][]} */
const TURNS = [[0, 4, 0], [4, 9, 1], [20, 30, 0]];
const boxes = (markup) => markup.match(/<rect /g)?.length ?? 0;

Deno.test("each voice has its row, and a lane shows only its span", () => {
  const whole = speechMarkup(TURNS, 0, 40);
  equal(boxes(whole), 3);
  match(whole, /x="0.0" y="10.0" width="100.0" height="30.0" class="m-voice1"/);
  match(whole, /x="100.0" y="60.0" width="125.0" height="30.0" class="m-voice2"/);
  const near = speechMarkup(TURNS, 5, 10);
  equal(boxes(near), 1);
  match(near, /x="0.0" y="60.0" width="800.0"/);
});

Deno.test("one voice keeps to the middle, and a sixth has the first one's colour", () => {
  match(speechMarkup([[0, 1, 0]], 0, 10), /y="26.0" width="100.0" height="48.0"/);
  match(speechMarkup([[0, 1, 5]], 0, 10), /m-voice1/);
  equal(boxes(speechMarkup([], 0, 10)), 0);
});

Deno.test("a turn is as high as it is loud there, in as many steps as are seen", () => {
  const heard = { levels: Uint8Array.from([0, 200, 51, 200]), step: 1 };
  const lane = speechMarkup([[1, 3, 0]], 0, 4, heard);
  equal(boxes(lane), 2);
  match(lane, /x="250.0" y="14.0" width="250.0" height="72.0"/);
  match(lane, /x="500.0" y="44.0" width="250.0" height="12.0"/);
  const long = { levels: new Uint8Array(3600).fill(255), step: 1 };
  equal(boxes(speechMarkup([[0, 3600, 0]], 0, 3600, long)), 160);
});
