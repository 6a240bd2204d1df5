"""Captures the screen: by the means that its display server allows, in order."""

import re
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from webapp.agent import png, x11
from webapp.agent.errors import AgentError, UsageError
from webapp.agent.page import Rectangle

_PORTAL_S = 60.0  # the portal may ask the person
_COMMAND_S = 30.0
_FRAMES = 20
_PAUSE_S = 0.1
_PORTAL = "org.freedesktop.portal.Desktop"
_RESPONSE = re.compile(r"Request\.Response \(uint32 (\d+),")
_NONE = (
    "There is no screen: neither WAYLAND_DISPLAY nor DISPLAY is set. Capture a page with --url, "
    "or run the agent in a virtual display (xvfb-run)."
)
_NO_WAYLAND = (
    "This Wayland session lets no program capture its screen without asking. Install grim "
    "(wlroots) or gnome-screenshot, or capture a page with --url."
)


@dataclass(frozen=True, slots=True)
class Means:
    """A way to capture the screen, and whether it can be tried."""

    name: str
    is_there: bool
    grab: Callable[[], bytes]


def capture(environment: Mapping[str, str], rectangles: Sequence[Rectangle] = ()) -> bytes:
    """Return a PNG of the screen, with rectangles blackened.

    Raises:
        UsageError: There is none, or it cannot be captured.
    """
    means = means_of(environment, rectangles)
    if not means:
        raise UsageError(_NONE)
    if rectangles and environment.get("WAYLAND_DISPLAY"):
        raise UsageError("On Wayland no rectangle can be masked. Capture a page with --url.")
    reasons = []
    for each in means:
        if each.is_there:
            try:
                return each.grab()
            except AgentError as error:
                reasons.append(f"{each.name}: {error.message}")
    is_wayland = bool(environment.get("WAYLAND_DISPLAY"))
    raise UsageError(" ".join([*reasons, *([_NO_WAYLAND] if is_wayland else [])]))


def means_of(environment: Mapping[str, str], rectangles: Sequence[Rectangle] = ()) -> list[Means]:
    """Return the ways to try, in order; Wayland first, as its X server shows only some windows."""
    found = []
    if environment.get("WAYLAND_DISPLAY"):
        for name, *options in (("grim",), ("gnome-screenshot", "-f"), ("spectacle", "-bnfo")):
            path = shutil.which(name, path=environment.get("PATH"))
            found.append(Means(name, path is not None, _by_command(path, options, environment)))
        gdbus = shutil.which("gdbus", path=environment.get("PATH"))
        found.append(
            Means("the desktop portal", gdbus is not None, lambda: _by_portal(gdbus, environment))
        )
    elif display := environment.get("DISPLAY"):
        grab = partial(_by_x11, display, environment, rectangles)
        found.append(Means("X11", is_there=True, grab=grab))
    return found


def _by_x11(display: str, environment: Mapping[str, str], rectangles: Sequence[Rectangle]) -> bytes:
    before = x11.grab(display, environment)
    for _ in range(_FRAMES):
        time.sleep(_PAUSE_S)
        after = x11.grab(display, environment)
        if after.rgb == before.rgb:
            break
        before = after
    for each in rectangles:
        _blacken(before, each)
    return png.encode(before.width, before.height, before.rgb)


def _blacken(picture: x11.Picture, rectangle: Rectangle) -> None:
    left, top, width, height = rectangle
    right, bottom = min(left + width, picture.width), min(top + height, picture.height)
    for row in range(top, bottom):
        start = 3 * (row * picture.width + min(left, right))
        picture.rgb[start : start + 3 * max(0, right - left)] = bytes(3 * max(0, right - left))


def _by_command(
    path: str | None, options: list[str], environment: Mapping[str, str]
) -> Callable[[], bytes]:
    def grab() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "screen.png"
            _run([str(path), *options, str(file)], environment)
            return _png_of(file)

    return grab


def _run(command: list[str], environment: Mapping[str, str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=_COMMAND_S, env=dict(environment), check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AgentError("it did not answer.") from error
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise AgentError(f"{lines[-1].rstrip('.') if lines else 'it failed'}.")


def _png_of(file: Path) -> bytes:
    data = file.read_bytes() if file.is_file() else b""
    if png.size(data) is None:
        raise AgentError("it made no picture.")
    return data


def _by_portal(gdbus: str | None, environment: Mapping[str, str]) -> bytes:
    """Ask the desktop, which may ask the person; its answer is a signal."""
    call = [str(gdbus), "call", "--session", "--dest", _PORTAL]
    call += ["--object-path", "/org/freedesktop/portal/desktop"]
    call += ["--method", "org.freedesktop.portal.Screenshot.Screenshot", "", "{}"]
    with _monitor(str(gdbus), environment) as monitor:
        _run(call, environment)
        file = _answer(monitor)
    try:
        return _png_of(file)
    finally:
        with suppress(OSError):
            file.unlink()  # the portal leaves it in the person's folder of pictures


@contextmanager
def _monitor(gdbus: str, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    command = [gdbus, "monitor", "--session", "--dest", _PORTAL]
    # Without a buffer: `select` would not see a line that was read together with the one before it.
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, bufsize=0, env=dict(environment)
    ) as monitor:
        try:
            if monitor.stdout:
                monitor.stdout.readline()  # it says that it listens
            yield monitor
        finally:
            monitor.kill()


def _answer(monitor: "subprocess.Popen[bytes]") -> Path:
    end = time.monotonic() + _PORTAL_S
    out = monitor.stdout
    while out and select.select([out], [], [], max(0.0, end - time.monotonic()))[0]:
        line = out.readline().decode(errors="replace")
        if not line:
            break
        match = _RESPONSE.search(line)
        if match and match[1] == "0" and "'uri'" in line:
            uri = line.partition("'uri': <'")[2].partition("'")[0]
            return Path(unquote(urlsplit(uri).path))
        if match:
            raise AgentError("the person said no.")
    raise AgentError("nobody answered.")
