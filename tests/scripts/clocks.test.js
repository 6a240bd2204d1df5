import { deepEqual, equal } from "node:assert/strict";
import { MediaClock } from "moments/media-clock.js";
import { rtpClock } from "moments/whep-source.js";

Deno.test("instants stay right on a page that is open for days", () => {
  const us = 1_795_276_747_000_100;
  for (const rtp of [0, 4_294_000_000]) {
    const instant = rtpClock(`${rtp}=${us}`);
    for (let minute = 0; minute < 3 * 24 * 60; minute += 1) {
      equal(instant((rtp + minute * 5_400_000) % 2 ** 32), (us + minute * 60_000_000) / 1000);
    }
  }
});

Deno.test("instants are right over the gap between two publishers", () => {
  const clock = new MediaClock();
  const at = (start, programDateTime) => ({ start, programDateTime });
  // Twenty seconds apart; the second one's first segment is still growing.
  clock.update({
    fragments: [at(0, 1_000_000), at(2, 1_002_000)],
    fragmentHint: at(4, 1_024_000),
    edge: 5,
    live: false,
  });
  deepEqual(clock.window(), { start: 1_000_000, end: 1_025_000 });
  deepEqual([3.9, 4.5].map((s) => clock.toInstant(s)), [1_003_900, 1_024_500]);
  // The second instant is nobody's: what comes after it is shown.
  const instants = [1_003_000, 1_010_000, 1_024_250, 1_030_000];
  deepEqual(instants.map((ms) => clock.toMedia(ms)), [3, 4, 4.25, 5]);
});
