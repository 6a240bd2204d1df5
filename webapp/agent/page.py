"""Captures a web page so that two captures of the same page are equal.

Fonts and images are loaded, animations stand still, the caret is hidden, the mouse is outside, and
two frames in a row are the same.
"""

import base64
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from webapp.agent import chromium
from webapp.agent.chromium import Chromium
from webapp.agent.errors import AgentError, UsageError

Rectangle = tuple[int, int, int, int]  # x, y, width, height
_RECTANGLE = re.compile(r"(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5})")
_FRAMES = 20
_PAUSE_S = 0.1
_HIGHEST = 16_384  # Chromium's textures end there

_STILL = """
(async (hidden, rectangles) => {
  const style = document.createElement("style");
  style.textContent = "*,*::before,*::after{caret-color:transparent!important;" +
    "transition:none!important;scroll-behavior:auto!important}" +
    (hidden.length ? hidden.join(",") + "{filter:brightness(0)!important}" : "");
  document.documentElement.append(style);
  for (const [left, top, width, height] of rectangles) {
    const box = document.createElement("div");
    box.style.cssText = "all:initial;position:absolute;background:#000;z-index:2147483647;" +
      `left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
    document.documentElement.append(box);
  }
  for (const each of document.querySelectorAll("video, audio")) each.pause();
  await document.fonts.ready;
  await Promise.all([...document.images].filter((each) => each.loading !== "lazy" && !each.complete)
    .map((each) => new Promise((done) => { each.onload = each.onerror = done; })));
  return document.title;
})
"""
# Before each frame: a page focuses its field or begins an animation whenever it likes.
_CALM = """
(async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  await frame();
  for (const each of document.getAnimations()) {
    const isEndless = each.effect?.getComputedTiming().endTime === Infinity;
    try { isEndless ? each.cancel() : each.finish(); } catch { each.cancel(); }
  }
  document.activeElement?.blur?.();
  await frame();
  await frame();
})()
"""


@dataclass(frozen=True, slots=True)
class PageOptions:
    """How a page is shown."""

    width: int = 1440
    height: int = 900
    is_full: bool = False
    is_dark: bool = False
    hidden: Sequence[str] = ()  # CSS selectors whose elements are blackened
    rectangles: Sequence[Rectangle] = ()  # that are blackened, from the page's corner
    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Shot:
    """A captured picture."""

    png: bytes
    title: str
    warning: str | None = None


def capture(url: str, options: PageOptions, environment: Mapping[str, str]) -> Shot:
    """Return a picture of a page.

    Raises:
        UsageError: It is no web address, or there is no Chromium.
        AgentError: It cannot be loaded, or was not ready in time.
    """
    if urlsplit(url).scheme not in {"http", "https", "file"}:
        raise UsageError(f"{url!r} is not a web address. Begin it with https:// or http://.")
    with chromium.running(environment, options.timeout_s) as browser:
        _prepare(browser, options)
        warning = _load(browser, url)
        given = json.dumps([list(options.hidden), list(options.rectangles)])
        title = str(browser.evaluate(f"({_STILL})(...{given})") or "")
        browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=-1, y=-1)
        png, is_still = _equal_frames(browser, options)
        if not is_still:
            warning = "The page never stood still, so this is only one of its frames."
        return Shot(png, title, warning)


def rectangles_of(masks: Sequence[str]) -> list[Rectangle]:
    """Return the masks that are rectangles."""
    found = [match for each in masks if (match := _RECTANGLE.fullmatch(each))]
    return [(int(each[1]), int(each[2]), int(each[3]), int(each[4])) for each in found]


def selectors_of(masks: Sequence[str]) -> list[str]:
    """Return the masks that are CSS selectors."""
    return [each for each in masks if not _RECTANGLE.fullmatch(each)]


def size_of(text: str) -> tuple[int, int]:
    """Return the width and height of `1440x900`."""
    match = re.fullmatch(r"(\d{2,5})x(\d{2,5})", text)
    if match is None:
        raise UsageError("Give a size as WIDTHxHEIGHT, for example 1440x900.")
    return int(match[1]), int(match[2])


def _prepare(browser: Chromium, options: PageOptions) -> None:
    browser.call("Page.enable")
    browser.call("Network.enable")
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        width=options.width,
        height=options.height,
        deviceScaleFactor=1,
        mobile=False,
    )
    features = [
        {"name": "prefers-reduced-motion", "value": "reduce"},
        {"name": "prefers-color-scheme", "value": "dark" if options.is_dark else "light"},
    ]
    browser.call("Emulation.setEmulatedMedia", features=features)


def _load(browser: Chromium, url: str) -> str | None:
    answer = browser.call("Page.navigate", url=url)
    if error := answer.get("errorText"):
        raise AgentError(f"{_shown(url)} cannot be loaded: {error}.")
    status = 0
    while status == 0:
        response = browser.wait_for("Network.responseReceived")
        if response.get("type") == "Document":
            status = int(response["response"]["status"]) or 200
    browser.wait_for("Page.loadEventFired")
    return f"{_shown(url)} answered {status}." if status >= 400 else None


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _equal_frames(browser: Chromium, options: PageOptions) -> tuple[bytes, bool]:
    before = b""
    for _ in range(_FRAMES):
        frame = _frame(browser, options)
        if frame == before:
            return frame, True
        before = frame
        time.sleep(_PAUSE_S)
    return before, False


def _frame(browser: Chromium, options: PageOptions) -> bytes:
    browser.evaluate(_CALM)
    whole: dict[str, object] = {}
    if options.is_full:
        size = browser.call("Page.getLayoutMetrics")["cssContentSize"]
        height = min(float(size["height"]), _HIGHEST)
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height, "scale": 1}
        whole = {"captureBeyondViewport": True, "clip": clip}
    return base64.b64decode(browser.call("Page.captureScreenshot", format="png", **whole)["data"])
