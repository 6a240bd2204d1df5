"""The app's pages in Chromium: size, speed, the web's processor time and memory.

Run: python -m benchmarks.pages [--against FOLDER]
FOLDER is a checkout of an earlier version with its own .venv; both versions run one after the other
with the same captures, and the table has a line for each figure. Times are medians of cold loads in
milliseconds after the navigation: when something was painted, when a press on the account button
was answered, and when the page had its content, the last also with a round trip of 150 ms.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.stack import BIN, Stack, needs, until

_FLAGS = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
_CAPTURES = 24
_LOADS = 5
_REQUESTS = 30
_TABS = 6
_PATIENCE_MS = 60_000
# Notes when a press was answered and when there was content; `content` is a page's condition.
_NOTE = """
(() => {
  const noted = globalThis.noted = {};
  const look = () => {
    const button = document.querySelector("button.m-me");
    const menu = document.querySelector("[role=menu], #m-account:popover-open");
    if (noted.press === undefined && menu) {
      noted.press = performance.now();
      button?.click();
    } else if (noted.press === undefined) {
      button?.click();
    }
    if (noted.content === undefined && (%s)) noted.content = performance.now();
    if (noted.press === undefined || noted.content === undefined) setTimeout(look, 10);
  };
  look();
})();
"""
_NOTED = "noted.press !== undefined && noted.content !== undefined"
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
_PICTURES = "[...document.querySelectorAll('main img')].filter((i) => i.naturalWidth).length >= 12"
_PLAYING = "[...document.querySelectorAll('video')].some((v) => v.currentTime > %s)"
_SNAPSHOT = """
() => new Promise((resolve) => {
  const begin = performance.now();
  const said = () => document.body.textContent.includes("Snapshot is ready");
  const look = () => (said() ? resolve(performance.now() - begin) : setTimeout(look, 5));
  dispatchEvent(new KeyboardEvent("keydown", { key: "s", bubbles: true }));
  look();
})
"""


@dataclass(frozen=True)
class Measured:
    """A page: its address now and before, and a JavaScript condition that is true with content."""

    name: str
    path: str
    before: str
    content: str


PAGES = (
    Measured("library", "/library", "/gallery?tab=snapshots", _PICTURES),
    Measured(
        "settings", "/settings/profile", "/settings/profile", "document.querySelector('main input')"
    ),
    Measured("watch", "/watch/demo", "/watch/demo", _PLAYING % 0),
)


def main() -> int:
    """Measure, and print a table."""
    options = argparse.ArgumentParser()
    options.add_argument("--against", type=Path)
    chosen = options.parse_args()
    tables = [_measure(chosen.against / ".venv" / "bin", is_before=True)] if chosen.against else []
    tables.append(_measure(BIN, is_before=False))
    for name in tables[-1]:
        print(f"{name}: {' -> '.join(f'{table[name]:.0f}' for table in tables)}")
    return 0


def _measure(commands: Path, *, is_before: bool) -> dict[str, float]:
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="moments-pages-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        env = {"MOMENTS_RTMP_PORT": "0"}
        with Stack(folder / "home", env=env, commands=commands) as stack, _browser() as browser:
            cookie = _prepare(stack)
            for page in PAGES:
                path = page.before if is_before else page.path
                found = _Loads(browser, stack, cookie, path, page.content).figures()
                figures |= {f"{page.name}, {what}": value for what, value in found.items()}
            with _context(browser, stack, cookie) as context:
                figures["watch, snapshot ready, ms"] = _snapshots(context)
    return figures


@contextmanager
def _browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=needs("chromium"), args=_FLAGS)
        yield browser
        browser.close()


def _prepare(stack: Stack) -> str:
    """Take snapshots, and return the session cookie of the owner."""
    with stack.client() as client:
        until(lambda: client.get("/api/streams/demo").json()["status"] == "live")
        for _ in range(_CAPTURES):
            client.post("/api/snapshots", json={"stream": "demo"}).raise_for_status()
    body = {"email": stack.email, "password": stack.password}
    headers = {"Origin": stack.url}
    answer = httpx.post(f"{stack.url}/api/auth/sign-in", json=body, headers=headers)
    return answer.raise_for_status().cookies["moments_session"]


@contextmanager
def _context(browser: Browser, stack: Stack, cookie: str) -> Iterator[BrowserContext]:
    size = {"width": 1440, "height": 900}
    context = browser.new_context(viewport=size, base_url=stack.url)  # type: ignore[arg-type]
    context.add_cookies([{"name": "moments_session", "value": cookie, "url": stack.url}])
    context.set_default_timeout(_PATIENCE_MS)
    yield context
    context.close()


class _Loads:
    """Loads of one page."""

    def __init__(
        self, browser: Browser, stack: Stack, cookie: str, path: str, content: str
    ) -> None:
        self._new: Callable[[], object] = lambda: _context(browser, stack, cookie)
        self._browser, self._stack, self._cookie = browser, stack, cookie
        self._path, self._note = path, _NOTE % content

    def figures(self) -> dict[str, float]:
        """Return every figure of the page."""
        loads = [self._load(0) for _ in range(_LOADS)]
        far = [self._load(150) for _ in range(_LOADS)]
        return {
            **{what: statistics.median(each[what] for each in loads) for what in loads[0]},
            "content at 150 ms, ms": statistics.median(each["content, ms"] for each in far),
            "processor time of a request, ms": self._request_ms(),
            "memory of an open page, kB": self._memory_kb(),
        }

    def _load(self, rtt_ms: int) -> dict[str, float]:
        with _context(self._browser, self._stack, self._cookie) as context:
            page = context.new_page()
            page.add_init_script(self._note)
            network = context.new_cdp_session(page)
            network.send("Network.enable")
            sizes: list[float] = []
            network.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
            if rtt_ms:
                limits = {"offline": False, "latency": rtt_ms}
                whole = {**limits, "downloadThroughput": -1, "uploadThroughput": -1}
                network.send("Network.emulateNetworkConditions", whole)
            page.goto(self._path)
            page.wait_for_function(_NOTED)
            return {
                "cold, kB": sum(sizes) / 1000,
                "requests": len(sizes),
                "first paint, ms": page.evaluate(_PAINTED),
                "first press, ms": page.evaluate("noted.press"),
                "content, ms": page.evaluate("noted.content"),
            }

    def _request_ms(self) -> float:
        web = self._stack.process("web")
        cookies = {"moments_session": self._cookie}
        with httpx.Client(base_url=self._stack.url, cookies=cookies) as client:
            client.get(self._path).raise_for_status()
            before = _cpu_s(web)
            for _ in range(_REQUESTS):
                client.get(self._path).raise_for_status()
            return (_cpu_s(web) - before) / _REQUESTS * 1000

    def _memory_kb(self) -> float:
        """Return how much the web grows by with each open page, after one that is not counted."""
        with _context(self._browser, self._stack, self._cookie) as context:
            self._open(context)
            web = self._stack.process("web")
            before = web.memory_full_info().uss
            for _ in range(_TABS):
                self._open(context)
            return (web.memory_full_info().uss - before) / _TABS / 1000

    def _open(self, context: BrowserContext) -> Page:
        page = context.new_page()
        page.add_init_script(self._note)
        page.goto(self._path)
        page.wait_for_function(_NOTED)
        return page


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _snapshots(context: BrowserContext) -> float:
    page = context.new_page()
    page.goto("/watch/demo")
    page.wait_for_function(_PLAYING % 1)
    took = []
    for _ in range(_LOADS):
        took.append(page.evaluate(_SNAPSHOT))
        page.keyboard.press("Escape")
        time.sleep(1)
        page.reload()
        page.wait_for_function(_PLAYING % 1)
    return float(statistics.median(took))


if __name__ == "__main__":
    raise SystemExit(main())
