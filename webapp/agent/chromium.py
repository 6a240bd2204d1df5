"""A headless Chromium, driven by its DevTools protocol over two pipes.

Pipes need no port, no WebSocket and no password, and nobody else can connect to them.
Protocol: https://chromedevtools.github.io/devtools-protocol/
"""

import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from webapp.agent.errors import AgentError, UsageError

_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "microsoft-edge",
    "brave-browser",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# What makes two captures of the same page equal on different machines, and quiet.
_FLAGS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--hide-scrollbars",
    "--mute-audio",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--disable-gpu",
    "--disable-lcd-text",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
)
_READ, _WRITE = 3, 4  # Chromium reads commands from 3 and writes answers to 4
_CHUNK = 1024 * 1024
_STOP_S = 5.0


def find(environment: Mapping[str, str]) -> str | None:
    """Return the browser's path, or None."""
    if chosen := environment.get("MOMENTS_CHROMIUM"):
        return shutil.which(chosen)
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class Chromium:
    """A running browser with one page."""

    def __init__(self, commands: int, answers: int, timeout_s: float) -> None:
        self._commands = commands
        self._answers = answers
        self._deadline = time.monotonic() + timeout_s
        self._rest = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []

    def open_page(self) -> None:
        """Open an empty page; later calls are for it."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Return what a command answers.

        Raises:
            AgentError: It failed, or the time is over.
        """
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._send(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") != self._number:
                self.events.append(answer)
                continue
            if "error" in answer:
                raise AgentError(f"Chromium refused {method}: {answer['error'].get('message')}.")
            result: dict[str, Any] = answer["result"]
            return result

    def evaluate(self, expression: str) -> Any:  # noqa: ANN401 (whatever the page returns)
        """Return what a script of the page's returns, once its promise is fulfilled."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise AgentError(f"The page's script failed: {answer['exceptionDetails'].get('text')}.")
        return answer["result"].get("value")

    def wait_for(self, method: str) -> dict[str, Any]:
        """Return the parameters of the page's next event of a kind."""
        while True:
            for number, event in enumerate(self.events):
                if event.get("method") == method:
                    del self.events[: number + 1]
                    found: dict[str, Any] = event.get("params", {})
                    return found
            self.events.append(self._next())

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._commands, view) :]
        except OSError as error:
            raise AgentError("Chromium ended by itself. Start it by hand to see why.") from error

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            left = self._deadline - time.monotonic()
            if left <= 0 or not select.select([self._answers], [], [], left)[0]:
                raise AgentError("The page was not ready in time. Give it more with --timeout.")
            chunk = os.read(self._answers, _CHUNK)
            if not chunk:
                raise AgentError("Chromium ended by itself. Start it by hand to see why.")
            self._rest += chunk
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        return message


@contextmanager
def running(environment: Mapping[str, str], timeout_s: float) -> Iterator[Chromium]:
    """Run a browser with a profile of its own, which is removed afterwards.

    Raises:
        UsageError: There is none.
    """
    path = find(environment)
    if path is None:
        raise UsageError(
            "A page needs Chromium or Chrome. Install one, or set MOMENTS_CHROMIUM to its path."
        )
    folder = tempfile.mkdtemp(prefix="moments-agent-")
    try:
        with _started(path, folder, environment) as (commands, answers):
            browser = Chromium(commands, answers, timeout_s)
            browser.open_page()
            yield browser
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _started(path: str, folder: str, environment: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    their_read, commands = os.pipe()
    answers, their_write = os.pipe()
    # Above the numbers that the child uses, so that no copy overwrites another's source.
    high = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, 10) for each in (their_read, their_write)]
    null = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, each) for each in (0, 1, 2)]
    actions += [(os.POSIX_SPAWN_DUP2, high[0], _READ), (os.POSIX_SPAWN_DUP2, high[1], _WRITE)]
    arguments = [path, *_FLAGS, *_sandbox(), f"--user-data-dir={folder}", "about:blank"]
    try:
        child = os.posix_spawn(
            path, arguments, dict(environment), file_actions=actions, setpgroup=0
        )
    except OSError as error:
        raise AgentError(f"{path} cannot be started: {error.strerror}.") from error
    finally:
        for each in (their_read, their_write, null, *high):
            os.close(each)
    try:
        yield commands, answers
    finally:
        os.close(commands)  # it ends when nobody can command it any more
        os.close(answers)
        _end(child)


def _sandbox() -> list[str]:
    """Chromium refuses to run as root with its sandbox: so do most containers."""
    return ["--no-sandbox", "--disable-dev-shm-usage"] if os.geteuid() == 0 else []


def _end(child: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_S
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        if time.monotonic() > deadline:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            break
        time.sleep(0.02)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)  # its helpers
