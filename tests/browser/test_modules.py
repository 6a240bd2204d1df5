"""The pages' modules, unit-tested in a real browser."""

import pytest

from tests.browser.conftest import Chromium

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Follow a stream's RTP timestamps minute by minute; return the instants (ms) that are worked out.
_WATCH = """
async ([rtp, us, minutes]) => {
  const { rtpClock } = await import("/static/js/whep-source.js");
  const instant = rtpClock(`${rtp}=${us}`);
  return Array.from({ length: minutes }, (_, n) => instant((rtp + n * 5_400_000) % 2 ** 32));
}
"""


async def test_instants_stay_right_on_a_page_that_is_open_for_days(chromium: Chromium) -> None:
    us = 1_795_276_747_000_100
    async with chromium.page() as page:
        await page.goto("/sign-in")
        for rtp in (0, 4_294_000_000):
            found = await page.evaluate(_WATCH, [rtp, us, 3 * 24 * 60])
            assert found == [(us + minute * 60_000_000) / 1000 for minute in range(3 * 24 * 60)]


# Two publishers, twenty seconds apart; the second one's first segment is still growing.
_TWO_PUBLISHERS = """
async (calls) => {
  const { MediaClock } = await import("/static/js/media-clock.js");
  const clock = new MediaClock();
  const at = (start, programDateTime) => ({ start, programDateTime });
  clock.update({
    fragments: [at(0, 1_000_000), at(2, 1_002_000)], fragmentHint: at(4, 1_024_000),
    edge: 5, live: false,
  });
  return [clock.window(), ...calls.map(([name, value]) => clock[name](value))];
}
"""


async def test_instants_are_right_over_the_gap_between_two_publishers(chromium: Chromium) -> None:
    calls = {
        ("toInstant", 3.9): 1_003_900,
        ("toInstant", 4.5): 1_024_500,
        ("toMedia", 1_003_000): 3,
        ("toMedia", 1_010_000): 4,  # of nobody: what comes after it
        ("toMedia", 1_024_250): 4.25,
        ("toMedia", 1_030_000): 5,
    }
    async with chromium.page() as page:
        await page.goto("/sign-in")
        window, *found = await page.evaluate(_TWO_PUBLISHERS, [list(call) for call in calls])
    assert window == {"start": 1_000_000, "end": 1_025_000}
    assert found == list(calls.values())
