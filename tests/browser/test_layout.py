"""Pages keep still while they load, fit every width, and are accessible in both themes."""

import re
from collections.abc import Awaitable, Callable, Mapping
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.browser.conftest import DESKTOP, PHONE, Chromium, plays
from tests.browser.test_pages import PAGES, make_clip, settled
from tests.support.web import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

SIZES = (PHONE, (768, 1024), DESKTOP)
# The ends, and the narrowest width of each layout: there it has least room.
_BREAKPOINTS = {
    int(width) + (side == "max")
    for sheet in Path("webapp").rglob("*.css")
    for side, width in re.findall(r"\((min|max)-width: *(\d+)px", sheet.read_text())
}
WIDTHS = sorted({320, 1920, *_BREAKPOINTS} - set(range(320)))
MOST_SHIFT = 0.05  # half of what counts as good (web.dev/cls)

_OBSERVE = """
globalThis.shifts = [];
new PerformanceObserver((list) => globalThis.shifts.push(...list.getEntries()))
  .observe({ type: "layout-shift", buffered: true });
"""
_SHIFTS = """
() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(
  globalThis.shifts.map(({ value, sources }) => [
    value, ...sources.map(({ node }) => `${node?.nodeName} ${node?.className ?? ""}`),
  ]),
))))
"""
_OVERHANG = "(root) => root.scrollWidth - root.clientWidth"
_AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
_RUN = """async (tags) => {
  const rules = { "label-content-name-mismatch": { enabled: tags.length > 1 } };  // no standard one
  const { violations } = await axe.run({ resultTypes: ["violations"], runOnly: tags, rules });
  return violations;
}"""
_INITIALS = 'class="m-me"'  # those of the account's button are a picture
# What fades in has too little contrast on its way, and may begin to a frame or two after it came;
# what moves for ever has no end.
_STAND_STILL = """async () => {
  for (let still = 0; still < 3; still += 1) {
    for (const each of document.getAnimations()) {
      if (each.playState === "finished" || each.effect.getComputedTiming().endTime === Infinity) {
        continue;
      }
      each.finish();
      still = 0;
    }
    await new Promise(requestAnimationFrame);
  }
}"""
# Colours fade from one theme to the other.
_LIGHT = """(root) => {
  root.dataset.theme = "light";
  void root.offsetWidth;
  const fading = document.getAnimations().filter((each) => each instanceof CSSTransition);
  for (const each of fading) each.finish();
}"""

Ready = Callable[[Page], Awaitable[None]]


async def watched(page: Page) -> None:
    await plays(page)
    await page.locator(".m-tl[style]").wait_for()


async def drawn(page: Page) -> None:
    await page.locator("h1").first.wait_for()


async def marking(page: Page) -> None:
    await page.locator(".m-tl[style]").wait_for()
    await page.get_by_text("Glass Harbour").wait_for()


async def shared(page: Page) -> None:
    await page.locator(".m-bigplay").wait_for()


async def inspect(
    chromium: Chromium, person: Person | None, pages: Mapping[str, Ready]
) -> dict[str, object]:
    """Return what is wrong with pages: how far they shift, what overhangs, what has no name."""
    wrong: dict[str, object] = {}
    for size in SIZES:
        async with chromium.page(person, size) as page:
            await page.add_init_script(_OBSERVE)
            for path, ready in pages.items():
                await page.goto(path)
                await ready(page)
                shifts = await page.locator("html").evaluate(_SHIFTS)
                if sum(shift[0] for shift in shifts) >= MOST_SHIFT:
                    wrong[f"{path} shifts at {size[0]}"] = shifts
                if size == DESKTOP:
                    found = {"overhangs": await overhangs(page), "axe": await violations(page)}
                    wrong |= {f"{path}: {what}": each for what, each in found.items() if each}
                    await page.set_viewport_size({"width": size[0], "height": size[1]})
    return wrong


async def overhangs(page: Page) -> dict[int, int]:
    """Return by how much a page is wider than the window, at each width where it is."""
    found = {}
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        found[width] = await page.locator("html").evaluate(_OVERHANG)
    return {width: over for width, over in found.items() if over > 0}


async def violations(page: Page) -> list[str]:
    """Return what axe finds, with the contrast of the light theme, and what is not there once."""
    await page.evaluate(_STAND_STILL)
    await page.evaluate(_AXE)
    found = await page.evaluate(_RUN, ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"])
    await page.locator("html").evaluate(_LIGHT)
    found += await page.evaluate(_RUN, ["color-contrast"])
    counts = [(tag, await page.locator(tag).count()) for tag in ("h1", "main")]
    return [
        f"{rule['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for rule in found
        for node in rule["nodes"][:3]
        if _INITIALS not in node["html"] or rule["id"] != "label-content-name-mismatch"
    ] + [f"{count} {tag}" for tag, count in counts if count != 1]


async def test_pages_of_members(chromium: Chromium, person: Person) -> None:
    push = {"name": "Quiet", "source": {"kind": "push"}}
    slug = (await person.http.post("/api/streams", json=push)).json()["slug"]
    await make_clip(person, "Of a steady shape")
    pages = {path: watched if "/watch/" in path else settled for path in PAGES}
    note = (await person.http.post("/api/moments/create", json={"title": "A note"})).json()
    found = f"/library/{note['moment']['id']}"
    about = {"moment_id": note["moment"]["id"]}
    chat = (await person.http.post("/api/sessions", json=about)).json()
    said = f"/api/sessions/{chat['id']}/messages"
    for role in ("user", "assistant"):
        await person.http.post(said, json={"content": "Why?", "role": role})
    part = {"url": "https://youtu.be/NightFerry0", "start": 1, "end": 2}
    mark = (await person.http.post("/api/marks", json=part)).json()
    more = {
        found: settled,
        f"/chats/{chat['id']}": settled,
        f"/library/{mark['id']}": settled,
        f"/tracks/{mark['track_id']}": settled,
        "/streams/demo": settled,
        f"/go-live/{slug}": drawn,
        "/mark": drawn,
        "/mark?url=https://youtu.be/NightFerry0?t=45": marking,
        "/nowhere": drawn,
    }
    try:
        assert await inspect(chromium, person, pages | more) == {}
    finally:
        await person.http.delete(f"/api/streams/{slug}")


async def test_public_pages(chromium: Chromium, person: Person) -> None:
    clip = await make_clip(person, "Of a steady shape too")
    share = (await person.http.post(f"/api/clips/{clip}/share")).json()["share_url"]
    moment = (await person.http.get(f"/api/clips/{clip}")).json()["moment_id"]
    opened = await person.http.patch(f"/api/moments/{moment}", json={"visibility": "public"})
    part = {"url": opened.json()["moment"]["shareUrl"], "start": 0, "end": 1}
    answer = await person.http.post("/api/marks", json={**part, "visibility": "public"})
    assert answer.status_code == 201, answer.text
    mark = answer.json()
    shelf = {"title": "Herons", "visibility": "public", "moment_ids": [moment]}
    collection = (await person.http.post("/api/collections", json=shelf)).json()
    await person.http.put("/api/profiles/me", json={"handle": "heron-person", "bio": "Listens"})
    pages = {"/sign-in": drawn, "/live/demo": watched, share: shared}
    other = await person.http.post("/api/marks", json={**part, "end": 4, "visibility": "public"})
    assert (await person.http.get(f"{other.json()['share_url']}/similar")).status_code == 200
    found = (part["url"], mark["share_url"], collection["share_url"], "/u/heron-person")
    track = f"/t/{mark['track_id']}"
    pages |= dict.fromkeys((*found, track, f"{track}/report"), drawn)
    assert await inspect(chromium, None, pages) == {}


async def test_a_player_that_cannot_play_moves_nothing(chromium: Chromium, person: Person) -> None:
    gone = {
        "url": "https://media.invalid/nothing.mp4",
        "start": 1,
        "end": 2,
        "visibility": "public",
    }
    mark = (await person.http.post("/api/marks", json=gone)).json()
    async with chromium.page(None, PHONE) as page:
        await page.add_init_script(_OBSERVE)
        await page.goto(mark["share_url"])
        await page.get_by_role("alert").get_by_role("link", name="Open it there").wait_for()
        shifts = await page.locator("html").evaluate(_SHIFTS)
    assert sum(shift[0] for shift in shifts) < MOST_SHIFT, shifts
