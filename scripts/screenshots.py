"""Take the README's screenshots from a running Moments: `python scripts/screenshots.py URL`.

Pass the address, and the email and password of a member of an organisation whose demo stream is on
air. It makes a few captures there, so use a separate Moments:

    moments up --home ./pictures --port 8123
    moments user create --email me@example.org --password 'correct horse battery'
    python scripts/screenshots.py http://127.0.0.1:8123 me@example.org 'correct horse battery'

It needs Playwright and Chromium, as the browser tests do.
"""

import argparse
import io
import shutil
from collections.abc import Sequence
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

OUT = Path(__file__).parent.parent / "docs" / "img"
STREAM = "demo"
DESKTOP, PHONE = (1440, 900), (390, 844)
MAX_BYTES = 150_000
TITLES = ("Sun over the hills", "Second beep", "Low tide", "Still water", "Last light")
PATIENCE_MS = 90_000
_PLAYS = "globalThis.momentsWatch?.player.hasPlayed && momentsWatch.player.isLive"
_LOADED = "[...document.images].every((image) => image.complete)"


def save(page: Page, name: str) -> None:
    """Save a screenshot as a WebP small enough for a README.

    Raises:
        ValueError: It is too large even at the lowest acceptable quality.
    """
    picture = Image.open(io.BytesIO(page.screenshot(timeout=PATIENCE_MS))).convert("RGB")
    for quality in (86, 76, 66, 56):
        body = io.BytesIO()
        picture.save(body, "WEBP", quality=quality, method=6)
        if body.tell() <= MAX_BYTES:
            (OUT / f"{name}.webp").write_bytes(body.getvalue())
            return
    raise ValueError(f"{name} does not fit into {MAX_BYTES} bytes")


def make_captures(client: httpx.Client) -> None:
    """Fill the library: a few clips and snapshots with names, and one link."""
    for number, title in enumerate(TITLES):
        body = {"stream": STREAM, "last_ms": 4000 + 1500 * number, "title": title}
        client.post("/api/clips", json=body).raise_for_status()
        shot = client.post("/api/snapshots", json={"stream": STREAM, "title": title})
        shot.raise_for_status()


def shared_page(client: httpx.Client) -> str:
    """Return the address of a public page."""
    newest = client.get("/api/gallery", params={"kind": "clip", "limit": 1}).raise_for_status()
    clip = newest.json()["items"][0]["id"]
    made = client.post(f"/api/clips/{clip}/share", json={"expires_in_s": 604_800})
    url: str = made.raise_for_status().json()["share_url"]
    return url


def context(
    browser: Browser, client: httpx.Client, url: str, size: tuple[int, int], scale: float = 1
) -> BrowserContext:
    """Open a signed-in browser window."""
    width, height = size
    made = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=scale, base_url=url
    )
    made.set_default_timeout(PATIENCE_MS)
    cookie = client.cookies["moments_session"]
    made.add_cookies([{"name": "moments_session", "value": cookie, "url": url}])
    return made


def watch(page: Page, name: str) -> None:
    """Take the Watch page with a new clip."""
    page.goto(f"/watch/{STREAM}")
    page.wait_for_function(_PLAYS)
    page.locator('[data-label="clip"]:visible').click()
    page.locator(".m-toast", has_text="ready").wait_for()
    page.wait_for_function(_LOADED)
    page.wait_for_function(_PLAYS)
    save(page, name)


def take(browser: Browser, client: httpx.Client, url: str) -> None:
    """Take all of them."""
    page = context(browser, client, url, DESKTOP).new_page()
    watch(page, "watch")
    make_captures(client)
    page.goto("/library")
    page.get_by_text(TITLES[-1]).wait_for()
    page.wait_for_function(_LOADED)
    save(page, "library")
    page.goto(shared_page(client))
    page.get_by_role("heading", name=TITLES[-1]).wait_for()
    page.locator("video").evaluate(
        "video => video.readyState >= 2 || new Promise((done) => video.onloadeddata = done)"
    )
    save(page, "shared")
    watch(context(browser, client, url, PHONE, scale=1.5).new_page(), "phone")


def main(arguments: Sequence[str] | None = None) -> None:
    """Sign in and take the screenshots."""
    parser = argparse.ArgumentParser(description="Take the README's screenshots.")
    for name in ("url", "email", "password"):
        parser.add_argument(name)
    given = parser.parse_args(arguments)
    OUT.mkdir(parents=True, exist_ok=True)
    flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    with (
        httpx.Client(base_url=given.url, timeout=60, headers={"Origin": given.url}) as client,
        sync_playwright() as playwright,
    ):
        who = {"email": given.email, "password": given.password}
        client.post("/api/auth/sign-in", json=who).raise_for_status()
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        take(chromium, client, given.url)
        chromium.close()


if __name__ == "__main__":
    main()
