"""Accessibility: the keyboard, touch, reduced motion, screen readers."""

from typing import Any, cast

import pytest
from playwright.async_api import ElementHandle, Locator, Page

from tests.browser.conftest import Chromium
from tests.browser.test_watch import _PLAYS, open_watch
from tests.support.web import PASSWORD, Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


# Where the keyboard is: whether that is what is wanted (or something else, which has gone),
# whether its ring is seen, and whether it is in the dialog that is open.
_FOCUS = """
(wanted) => {
  const at = document.activeElement;
  if (at === document.body) return [wanted?.isConnected ? false : null, true, true, "nothing"];
  const hex = getComputedStyle(at).getPropertyValue("--ice-hi").trim();
  const ring = `rgb(${[1, 3, 5].map((n) => parseInt(hex.slice(n, n + 2), 16)).join(", ")})`;
  const shows = (node) => {
    const { width, height, left, top, right, bottom } = node.getBoundingClientRect();
    return getComputedStyle(node).boxShadow.includes(ring) && Math.min(width, height) > 12
      && left < innerWidth && top < innerHeight && right > 0 && bottom > 0 && width < innerWidth;
  };
  const dialogs = "dialog[open], .q-dialog__inner";
  return [
    at === wanted || (wanted?.isConnected ? false : null),
    [at, at.closest(".q-field__control")].some((node) => node && shows(node)),
    !document.querySelector(dialogs) || Boolean(at.closest(dialogs)),
    at.outerHTML.slice(0, 200),
  ];
}
"""
_HAS_FOCUS = "(node) => node === document.activeElement"
_IS_WITHIN = "(node) => node !== document.activeElement && node.contains(document.activeElement)"


async def focus(page: Page, wanted: ElementHandle | None = None) -> bool | None:
    """Return whether the focus is on something, None if that has gone.

    Fails where it is not seen, and where a dialog lets it out.
    """
    is_wanted, is_seen, is_inside, what = await page.evaluate(_FOCUS, wanted)
    if not is_seen:  # a field's ring fades in
        await page.wait_for_function(f"({_FOCUS})(null)[1]")
    assert is_inside, what
    return cast("bool | None", is_wanted)


async def reach(page: Page, role: Any, name: str) -> Locator:  # noqa: ANN401 (playwright's words)
    """Press Tab until the focus is on something."""
    wanted = page.get_by_role(role, name=name).first
    handle = await wanted.element_handle()
    for _ in range(80):
        await page.keyboard.press("Tab")
        is_there = await focus(page, handle)
        if is_there:
            return wanted
        if is_there is None:  # drawn anew
            handle = await wanted.element_handle()
    raise AssertionError(f"Tab does not come to {name}")


async def press(page: Page, role: Any, name: str) -> Locator:  # noqa: ANN401 (playwright's words)
    """Come to something with Tab, and press Enter."""
    reached = await reach(page, role, name)
    await page.keyboard.press("Enter")
    return reached


async def opened(page: Page, name: str) -> Locator:
    """Wait until a dialog has the focus, on something that is seen."""
    dialog = page.get_by_role("dialog", name=name)
    await page.wait_for_function(_IS_WITHIN, arg=await dialog.element_handle())
    await focus(page)
    return dialog


async def closed(page: Page, opener: Locator) -> None:
    """Close a dialog; it returns the focus."""
    await page.keyboard.press("Escape")
    await page.get_by_role("dialog").wait_for(state="hidden")
    await page.wait_for_function(_HAS_FOCUS, arg=await opener.element_handle())


async def test_everything_is_done_with_the_keyboard_alone(
    chromium: Chromium, person: Person
) -> None:
    await person.http.post("/api/moments/create", json={"title": "By the keyboard"})
    async with chromium.page() as page:
        await page.goto("/sign-in")
        await page.keyboard.type(person.email)
        await page.keyboard.press("Tab")
        await page.keyboard.type(PASSWORD)
        await press(page, "button", "Show password")
        field = page.get_by_label("Password", exact=True)
        assert await field.get_attribute("type") == "text"
        await page.keyboard.press("Shift+Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/library")

        await press(page, "link", "Skip to the content")
        await reach(page, "searchbox", "Search the library")
        await press(page, "link", "Open By the keyboard")
        await page.get_by_role("heading", name="By the keyboard").wait_for()

        share = await press(page, "button", "Share")
        await opened(page, "Share")
        await page.evaluate("document.activeElement.blur()")
        await page.keyboard.press("/")
        assert await page.get_by_role("dialog").count() == 1  # keys are the dialog's
        await press(page, "button", "Create a link")
        await press(page, "button", "Copy link")
        await page.get_by_role("button", name="Copied").wait_for()
        await reach(page, "button", "Close")  # around the dialog
        await closed(page, share)

        for are_on in (False, True):
            await page.keyboard.press("?")
            keys = await opened(page, "Keyboard shortcuts")
            await keys.locator("div", has_text="Edit").get_by_text("E", exact=True).wait_for()
            await page.keyboard.press("Space")  # single keys off, and on again
            await closed(page, share)
            await page.keyboard.press("/")
            assert bool(await page.get_by_role("dialog").count()) is are_on
        await closed(page, share)
        await page.keyboard.press("e")
        await opened(page, "Edit the moment")
        await closed(page, share)

        await press(page, "link", "Live")
        await press(page, "link", "Demo Healthy")
        await page.wait_for_function(_PLAYS)
        for name in ("Snapshot", "Clip"):
            await press(page, "button", name)
            await page.locator(".m-toast").get_by_text(f"{name} is ready").wait_for()
        await press(page, "button", "Copy link")
        await page.locator(".m-toast").get_by_text("Copied").wait_for()


async def test_what_was_made_is_said_and_stays_without_motion(
    chromium: Chromium, person: Person
) -> None:
    async with chromium.page(person) as page:
        await page.emulate_media(reduced_motion="reduce")
        await open_watch(page)
        for key, said in (("s", "Snapshot is ready"), ("c", "Clip is ready")):
            await page.keyboard.press(key)
            region = page.locator(".m-app-toasts [aria-live=polite]")
            await region.filter(has_text=said).wait_for(state="attached")
            await page.locator(".m-toast").get_by_text(said).wait_for()
        assert not await page.locator(".m-flying").count()
