"""The whole product as its user starts it: `moments up` with its own home."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import psutil

BIN = Path(sys.executable).parent
READY_S = 180.0

T = TypeVar("T")


def free_port() -> int:
    """Return a free TCP port of the loopback address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(ask: Callable[[], T | None], timeout_s: float = READY_S, every_s: float = 0.1) -> T:
    """Poll until the result is true and return it.

    Raises:
        TimeoutError: It never was.
    """
    deadline = time.monotonic() + timeout_s
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing after {timeout_s} s")
        time.sleep(every_s)
    return answer


class Stack:
    """`moments up`, its processes, and a signed-in client of its API."""

    email = "owner@example.org"
    password = "correct horse battery staple"

    def __init__(
        self,
        home: Path,
        *,
        env: Mapping[str, str] | None = None,
        demo: bool = True,
        log: Path | None = None,
        commands: Path = BIN,
    ) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log or home.with_suffix(".log")
        self._demo = demo
        self._commands = commands
        self._env = {
            **os.environ,
            "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
            "MOMENTS_HOME": str(home),
            "MOMENTS_PORT": str(self.port),
            "MOMENTS_PUBLIC_URL": self.url,
            "MOMENTS_MEDIA_NODES": "1",
            "MOMENTS_UNDERSTAND_CAPTURES": "false",
            **(env or {}),
        }
        self._up: subprocess.Popen[bytes] | None = None
        self._token: str | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything and wait until it is healthy."""
        options = ["--port", str(self.port), "--home", str(self.home), "--verbose"]
        if not self._demo:
            options.append("--no-demo")
        with self.log.open("ab") as log:
            self._up = subprocess.Popen(
                [self._commands / "moments", "up", *options],
                env=self._env,
                cwd=self._commands.parent.parent,  # `python -m media_server` looks there first
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.wait_healthy()

    def stop(self) -> None:
        """Stop everything."""
        if self._up is not None:
            self._up.send_signal(signal.SIGTERM)
            self._up.wait(120)
            self._up = None

    def wait_healthy(self, timeout_s: float = READY_S) -> None:
        """Wait until /health is healthy."""
        try:
            until(self.is_healthy, timeout_s)
        except TimeoutError:
            tail = self.log.read_text(errors="replace")[-4000:]
            raise TimeoutError(f"not healthy; the last lines:\n{tail}") from None

    def is_healthy(self) -> bool:
        """Return whether /health is healthy."""
        try:
            return httpx.get(f"{self.url}/health", timeout=30).status_code == 200
        except httpx.HTTPError:
            return False

    def cli(self, *arguments: str) -> str:
        """Run a `moments` command on this home and return its output."""
        done = subprocess.run(
            [self._commands / "moments", *arguments], env=self._env, capture_output=True, check=True
        )
        return done.stdout.decode().strip()

    @property
    def token(self) -> str:
        """The owner's API token; creates the owner on first use."""
        if self._token is None:
            self.cli("user", "create", "--email", self.email, "--password", self.password)
            self._token = self.cli("token", "create", "--email", self.email)
        return self._token

    def client(self, *, timeout_s: float = 120) -> httpx.Client:
        """Return an API client of the owner."""
        return httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=timeout_s,
            follow_redirects=True,
        )

    def process(self, name: str) -> psutil.Process:
        """Return the running process of a Procfile line; of PostgreSQL the server itself.

        Raises:
            TimeoutError: It does not run.
        """
        return until(lambda: self._find(name), 30)

    def kill(self, name: str) -> None:
        """Kill a process: `kill -9`."""
        self.process(name).kill()

    def _find(self, name: str) -> psutil.Process | None:
        assert self._up is not None
        for child in psutil.Process(self._up.pid).children():
            try:
                line = child.cmdline() if _is_alive(child) else []
            except psutil.Error:
                continue
            if not _runs(line, name):
                continue
            if name != "postgres":
                return child
            servers = [p for p in child.children() if "postgres" in p.name() and _is_alive(p)]
            return servers[0] if servers else None
        return None


def _is_alive(process: psutil.Process) -> bool:
    """Return whether a process runs, and is not a zombie."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _runs(line: list[str], name: str) -> bool:
    """Return whether a command line is a Procfile process."""
    if name == "media" and "media_server" in line:
        return True
    return name in line and any(Path(part).name == "moments" for part in line)


def live_stream(
    client: httpx.Client, body: Mapping[str, Any], timeout_s: float = 60
) -> dict[str, Any]:
    """Create a stream and wait until it is live; return it."""
    made = client.post("/api/streams", json=dict(body))
    made.raise_for_status()
    path = f"/api/streams/{made.json()['id']}"

    def live() -> dict[str, Any] | None:
        stream: dict[str, Any] = client.get(path).raise_for_status().json()
        return stream if stream["status"] == "live" and stream["window"] else None

    return until(live, timeout_s)


def needs(command: str) -> str:
    """Return a system command's path.

    Raises:
        RuntimeError: It is not installed.
    """
    found = shutil.which(command)
    if found is None:
        raise RuntimeError(f"{command} is not installed")
    return found
