"""Snapshot and Clip are reachable on every screen size, even below a message."""

import pytest

from tests.browser.conftest import Chromium, plays
from tests.support.waiting import eventually
from tests.support.web import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Whether a press in the middle of each button that is seen would reach it.
_REACHED = """
(buttons) => buttons.filter((button) => button.offsetParent).map((button) => {
  const { left, top, width, height } = button.getBoundingClientRect();
  return button.contains(document.elementFromPoint(left + width / 2, top + height / 2));
})
"""


@pytest.mark.parametrize(
    "sizes", [[(1440, 900), (1180, 820), (1024, 700), (844, 390)], [(390, 844)]]
)
async def test_the_buttons_are_not_under_the_message(
    chromium: Chromium, person: Person, sizes: list[tuple[int, int]]
) -> None:
    async with chromium.page(person, sizes[0]) as page:
        await page.goto("/watch/demo")
        await plays(page)
        buttons = page.locator(".m-capture button, .m-dock button")

        async def are_reached() -> bool:
            return bool(await buttons.evaluate_all(_REACHED) == [True, True])

        for width, height in sizes:
            await page.set_viewport_size({"width": width, "height": height})
            await page.keyboard.press("s")
            await page.get_by_text("Snapshot is ready", exact=True).first.wait_for()
            await eventually(are_reached)


# Which parts of the player's controls lie outside their row, or their words outside them.
_SPILT = """
(parts) => parts.filter((part) => part.offsetParent).filter((part) => {
  const row = part.parentElement.getBoundingClientRect();
  const { left, right } = part.getBoundingClientRect();
  return part.scrollWidth > part.clientWidth + 1 || left < row.left - 1 || right > row.right + 1;
}).map((part) => part.textContent || part.title)
"""


async def test_the_player_s_controls_fit_on_a_phone(chromium: Chromium, person: Person) -> None:
    async with chromium.page(person, (360, 780)) as page:
        await page.add_init_script("delete globalThis.RTCPeerConnection")
        await page.goto("/watch/demo")
        await plays(page)
        parts = page.locator(".m-hud-b > *")
        await page.locator(".m-golive[data-mode=hls]").wait_for()
        assert await parts.evaluate_all(_SPILT) == []
        await page.keyboard.press("Shift+ArrowLeft")
        await page.locator(".m-golive[data-mode=back]").wait_for()
        for width in (360, 390):
            await page.set_viewport_size({"width": width, "height": 780})
            assert await parts.evaluate_all(_SPILT) == []
