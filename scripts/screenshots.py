"""Take pictures of every page: `python -m scripts.screenshots FOLDER [PAGE …]`.

It starts a Moments of its own, fills it, and saves each page at 1440 and 390 pixels, dark and light
as `page-desktop.png`, `page-light-desktop.png`, `page-phone.png`, `page-light-phone.png`. With
`--readme` it also renews the README's pictures in `docs/img`. It needs Playwright and Chromium, as
the browser tests do.
"""

import argparse
import io
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from scripts import sample_house

README_FOLDER = Path(__file__).parent.parent / "docs" / "img"
SIZES: Final = {"desktop": (1440, 900), "phone": (390, 844)}
MAX_BYTES = 150_000
PATIENCE_MS = 90_000
_PLAYS = "globalThis.momentsWatch?.player.hasPlayed && momentsWatch.player.isLive"
_LOADED = """[...document.images].every((image) => image.complete || image.loading === "lazy"
    && (image.getBoundingClientRect().top > innerHeight || !image.checkVisibility()))"""
_DRAWN = "!document.querySelector('#m-boot') || document.querySelector('#app:not(:empty)')"
_SETTINGS = (
    *("profile", "organisation", "members", "streams", "vms", "tokens", "webhooks", "apps"),
    *("storage", "retention", "data"),
)
_ENTRANCE = ("sign-in", "forgot", "reset", "invitation")
_PUBLIC = (
    *("shared", "public-moment", "public-mark", "public-collection", "profile"),
    *("track", "track-report"),
)

Prepare = Callable[[Page], None]
Views = dict[str, tuple[str, Prepare]]


def wait_for(page: Page, expression: str) -> None:
    """Wait until an expression is true; Playwright's own waiting breaks our pages' policy.

    Raises:
        TimeoutError: It does not become true.
    """
    for _ in range(PATIENCE_MS // 200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(200)
    raise TimeoutError(expression)


def nothing(_page: Page) -> None:
    """Take the page as it opens."""


def playing(page: Page) -> None:
    """Wait for the live picture."""
    wait_for(page, _PLAYS)


def clipped(page: Page) -> None:
    """Make a clip on the Watch page."""
    playing(page)
    page.locator('[data-label="clip"]:visible').click()
    page.locator(".m-toast", has_text="ready").wait_for()
    playing(page)


def with_frame(page: Page) -> None:
    """Wait for the first frame of a video."""
    wait_for(page, "[...document.querySelectorAll('video')].some((v) => v.readyState >= 2)")


def pressed(name: str, then: str) -> Prepare:
    """Return what presses a button and waits for what opens."""

    def press(page: Page) -> None:
        page.get_by_role("button", name=name).first.click()
        page.locator(then).first.wait_for()

    return press


def searched(page: Page) -> None:
    """Search from the bar."""
    page.get_by_role("button", name="Search everything").click()
    page.get_by_role("combobox", name="Search everything").fill("second")
    page.get_by_role("option").nth(1).wait_for()


def found(page: Page) -> None:
    """Wait for what a search found."""
    page.locator(".m-result").first.wait_for()


def pages(made: dict[str, str]) -> Views:
    """Return each page's address, and what happens before its picture is taken."""
    return {
        "library": ("/library", nothing),
        "results": ("/search?q=second", found),
        "chats": ("/chats", nothing),
        "chat": (made["chat"], nothing),
        "library-none": ("/library?q=nothing+like+it", nothing),
        "library-bin": ("/library?bin=1", nothing),
        "new-moment": ("/library", pressed("New moment", ".m-capture")),
        "search": ("/library", searched),
        "notifications": ("/library", pressed("Notifications", ".m-panel h2")),
        "running": ("/library", pressed("running", ".m-panel h2")),
        "clip": (made["clip"], nothing),
        "commits": ("/commits", nothing),
        "commit": (made["commit"], nothing),
        "share": (made["clip"], pressed("Share", ".m-qdialog")),
        "videos": ("/videos", nothing),
        "video": (made["video"], with_frame),
        "live": ("/live", nothing),
        "watch": (made["watch"], playing),
        "public-live": (f"/live/{sample_house.STREAM}", with_frame),
        "go-live": ("/go-live/harbour", nothing),
        "health": (made["health"], nothing),
        **{f"settings-{name}": (f"/settings/{name}", nothing) for name in _SETTINGS},
        "vm": (made["vm"], nothing),
        "marks": ("/library?kind=mark", nothing),
        "mark": ("/mark", nothing),
        "mark-link": (f"/mark?url={quote(sample_house.FILM)}", nothing),
        "discover": ("/discover", nothing),
        "collections": ("/collections", nothing),
        "collection": (made["collection"], nothing),
        **{name: (made[name], nothing) for name in _PUBLIC},
        "shared": (made["shared"], with_frame),
        "report": (f"{made['public-moment']}/report", nothing),
        "not-found": ("/no-such-page", nothing),
        "offline": ("/offline", nothing),
        "sign-in": ("/sign-in", nothing),
        "forgot": ("/forgot-password", nothing),
        "reset": (made["reset"], nothing),
        "invitation": (made["invitation"], nothing),
    }


def chosen(found: Views, wanted: Sequence[str]) -> Views:
    """Return the wanted pages, or all."""
    return {name: view for name, view in found.items() if not wanted or name in wanted}


def opened(
    browser: Browser, client: httpx.Client, size: str, theme: str = "dark", scale: float = 1
) -> BrowserContext:
    """Open a signed-in browser window."""
    width, height = SIZES[size]
    url = str(client.base_url)
    made = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=scale,
        has_touch=size == "phone",
        base_url=url,
    )
    made.set_default_timeout(PATIENCE_MS)
    made.add_init_script(f"localStorage.setItem('moments.theme', '{theme}')")
    if cookie := client.cookies.get("moments_session"):
        made.add_cookies([{"name": "moments_session", "value": cookie, "url": url}])
    return made


def show(context: BrowserContext, address: str, prepare: Prepare) -> Page:
    """Open a page and wait until it is whole."""
    page = context.new_page()
    page.goto(address)
    wait_for(page, _DRAWN)
    prepare(page)
    wait_for(page, _LOADED)
    page.wait_for_timeout(700)  # animations, and counts that come late
    return page


def take(browser: Browser, client: httpx.Client, out: Path, found: Views) -> None:
    """Save pages in each size and theme."""
    for theme, size in product(("dark", "light"), SIZES):
        mark = "" if theme == "dark" else "-light"
        for name, (address, prepare) in found.items():
            if name == "running":  # the one from the start may have ended
                sample_house.record(client)
            context = opened(browser, client, size, theme)
            if name in _ENTRANCE:
                context.clear_cookies()
            try:
                page = show(context, address, prepare)
                page.screenshot(path=out / f"{name}{mark}-{size}.png", timeout=PATIENCE_MS)
            except Exception as error:  # noqa: BLE001 (the others are taken all the same)
                print(f"{name}{mark}-{size}: {error}", file=sys.stderr)
            context.close()


def save_small(page: Page, name: str) -> None:
    """Save a picture as a WebP small enough for a README.

    Raises:
        ValueError: It is too large even at the lowest acceptable quality.
    """
    picture = Image.open(io.BytesIO(page.screenshot(timeout=PATIENCE_MS))).convert("RGB")
    for quality in (86, 76, 66, 56):
        body = io.BytesIO()
        picture.save(body, "WEBP", quality=quality, method=6)
        if body.tell() <= MAX_BYTES:
            (README_FOLDER / f"{name}.webp").write_bytes(body.getvalue())
            return
    message = f"{name} does not fit into {MAX_BYTES} bytes"
    raise ValueError(message)


def take_for_readme(browser: Browser, client: httpx.Client, made: dict[str, str]) -> None:
    """Renew the README's pictures."""
    context = opened(browser, client, "desktop")
    for name, address, prepare in (
        ("watch", made["watch"], clipped),
        ("library", "/library", nothing),
        ("shared", made["shared"], with_frame),
    ):
        save_small(show(context, address, prepare), name)


def main(arguments: Sequence[str] | None = None) -> None:
    """Start, fill, and take the pictures."""
    parser = argparse.ArgumentParser(description="Take pictures of every page.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("pages", nargs="*")
    parser.add_argument("--readme", action="store_true", help="the README's pictures instead")
    given = parser.parse_args(arguments)
    given.folder.mkdir(parents=True, exist_ok=True)
    flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    with (
        tempfile.TemporaryDirectory() as home,
        sample_house.running(Path(home)) as house,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        first: Views = {"first-start": (house.run("first-start"), nothing)}
        if not given.readme:
            take(chromium, house.client, given.folder, chosen(first, given.pages))
        house.enter()
        made = sample_house.fill(house)
        if given.readme:
            take_for_readme(chromium, house.client, made)
        else:
            take(chromium, house.client, given.folder, chosen(pages(made), given.pages))
        chromium.close()


if __name__ == "__main__":
    main()
