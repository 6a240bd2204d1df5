"""Snapshot and Clip are within reach on every screen, with a message about the last one shown."""

import pytest

from tests.browser.conftest import Chromium, plays
from tests.support.web import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Whether a press in the middle of each button that is seen would reach it.
_REACHED = """
(buttons) => buttons.filter((button) => button.offsetParent).map((button) => {
  const { left, top, width, height } = button.getBoundingClientRect();
  return button.contains(document.elementFromPoint(left + width / 2, top + height / 2));
})
"""


@pytest.mark.parametrize("size", [(1440, 900), (1180, 820), (1024, 700), (844, 390), (390, 844)])
async def test_the_buttons_are_not_under_the_message(
    chromium: Chromium, person: Person, size: tuple[int, int]
) -> None:
    async with chromium.page(person, size) as page:
        await page.goto("/watch/demo")
        await plays(page)
        await page.keyboard.press("s")
        await page.get_by_text("Snapshot is ready", exact=True).wait_for()
        seen = await page.locator(".m-capture button, .m-dock button").evaluate_all(_REACHED)
        assert seen == [True, True]


# Which parts of the player's controls lie outside their row, or their words outside them.
_SPILT = """
(parts) => parts.filter((part) => part.offsetParent).filter((part) => {
  const row = part.parentElement.getBoundingClientRect();
  const { left, right } = part.getBoundingClientRect();
  return part.scrollWidth > part.clientWidth + 1 || left < row.left - 1 || right > row.right + 1;
}).map((part) => part.textContent || part.title)
"""


@pytest.mark.parametrize("width", [360, 390])
async def test_the_player_s_controls_fit_on_a_phone(
    chromium: Chromium, person: Person, width: int
) -> None:
    async with chromium.page(person, (width, 780)) as page:
        await page.add_init_script("delete globalThis.RTCPeerConnection")
        await page.goto("/watch/demo")
        await plays(page)
        parts = page.locator(".m-hud-b > *")
        await page.locator(".m-golive[data-mode=hls]").wait_for()
        assert await parts.evaluate_all(_SPILT) == []
        await page.keyboard.press("Shift+ArrowLeft")
        await page.locator(".m-golive[data-mode=back]").wait_for()
        assert await parts.evaluate_all(_SPILT) == []
