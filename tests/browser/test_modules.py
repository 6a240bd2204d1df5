"""What the pages' modules work out by themselves, in the browser that runs them."""

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


@pytest.mark.parametrize("rtp", [0, 4_294_000_000])
async def test_instants_stay_right_on_a_page_that_is_open_for_days(
    chromium: Chromium, rtp: int
) -> None:
    us = 1_795_276_747_000_100
    async with chromium.page() as page:
        await page.goto("/sign-in")
        found = await page.evaluate(_WATCH, [rtp, us, 3 * 24 * 60])
    assert found == [(us + minute * 60_000_000) / 1000 for minute in range(3 * 24 * 60)]
