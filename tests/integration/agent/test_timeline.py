"""Ten commits of a page on a virtual display: ten pictures, and boxes around what changed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from tests.conftest import command
from tests.support.agent import Agent, repository
from tests.support.displays import display_of
from tests.support.waiting import until
from tests.support.web import Person
from webapp.agent import x11

COMMITS = 10
REPOSITORY = "git@example.org:acme/ten.git"
WIDTH, HEIGHT, BOX = 320, 240, 24
COLOUR = bytes((16, 32, 48))
PAGE = f"""<!doctype html><title>Shop</title>
<body style="margin:0;background:#fff;overflow:hidden"><h1 style="margin:4px">Shop</h1>
<div style="position:absolute;left:%dpx;top:%dpx;width:{BOX}px;height:{BOX}px;
background:#{COLOUR.hex()}"></div>
"""
Place = tuple[int, int]


def place_at(number: int) -> Place:
    """Return where the page's box begins in a commit."""
    return 8 + 28 * number, 60 if number % 2 else 150


@asynccontextmanager
async def page_on(display: str) -> AsyncIterator[Page]:
    """Show a page on the whole of a display."""
    size = f"--window-size={WIDTH},{HEIGHT}"
    flags = ["--no-sandbox", "--disable-gpu", "--kiosk", "--app=about:blank", size]
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            "",
            executable_path=command("chromium"),
            headless=False,
            no_viewport=True,
            args=[*flags, "--window-position=0,0"],
            env={"DISPLAY": display},
        )
        yield context.pages[0]
        await context.close()


def is_shown(display: str, place: Place) -> bool:
    """Return whether a display shows the page's box at a place, and nowhere else."""
    picture = x11.grab(display, {})
    start = 3 * (picture.width * place[1] + place[0])
    row = picture.rgb[start : start + 3 * BOX]
    return row == BOX * COLOUR and picture.rgb.count(COLOUR) == BOX * BOX


def covers(boxes: Sequence[dict[str, int]], places: Sequence[Place]) -> bool:
    """Return whether the boxes surround these places and nothing besides."""

    def pixels(left: int, top: int, width: int, height: int) -> set[Place]:
        return {(x, y) for x in range(left, left + width) for y in range(top, top + height)}

    found = set().union(*(pixels(b["x"], b["y"], b["width"], b["height"]) for b in boxes))
    return found == set().union(*(pixels(x, y, BOX, BOX) for x, y in places))


@pytest.mark.browser
async def test_ten_commits_are_ten_pictures_and_their_changes(
    agent: Agent, ada: Person, tmp_path: Path
) -> None:
    repo = repository(tmp_path / "repo")
    repo.git("remote", "add", "origin", REPOSITORY)
    commits = []
    with display_of(f"{WIDTH}x{HEIGHT}") as display:
        agent.environment["DISPLAY"] = display
        async with page_on(display) as page:
            for number in range(COMMITS):
                place = place_at(number)
                commits.append(repo.commit(f"Commit {number}", page_html=PAGE % place))
                await page.goto((repo.folder / "page.html").as_uri())
                await until(lambda place=place: is_shown(display, place))  # type: ignore[misc]
                done = await agent.run("capture", "--screen", "--repo", str(repo.folder))
                assert done.code == 0, done.err

    async def timeline() -> list[dict[str, Any]]:
        query = {"repository": REPOSITORY, "branch": "main"}
        answer = await ada.http.get("/api/commits/timeline", params=query)
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def are_compared() -> bool:
        return [each["changedShare"] for each in await timeline()].count(None) == 1

    await until(are_compared)
    items = (await timeline())[::-1]
    assert [each["commit"] for each in items] == commits
    assert all(each["pictureUrl"] for each in items)
    share = 2 * BOX * BOX / (WIDTH * HEIGHT)
    assert [each["changedShare"] for each in items[1:]] == [pytest.approx(share)] * (COMMITS - 1)
    for number, (before, after) in enumerate(pairwise(items)):
        body = {"before": before["id"], "after": after["id"]}
        [pair] = (await ada.http.post("/api/commits/compare", json=body)).json()["pictures"]
        places = [place_at(number), place_at(number + 1)]
        assert covers(pair["comparison"]["boxes"], places), (places, pair["comparison"])
