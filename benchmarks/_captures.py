"""Clients that capture continuously, a ledger of promises, and the check of all promises."""

import io
import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import av
import av.logging
import httpx

from tests.support.stack import Stack, until

SETTLE_S = 90.0  # a recording ends within 6 s; a node's unfinished ones expire after 60 s
SLUG = "film"


@dataclass
class Ledger:
    """The promised captures, and refusals without a sentence."""

    promised: dict[str, str] = field(default_factory=dict)  # id → path of its resource
    refused: Counter[str] = field(default_factory=Counter)
    unclear: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    slow_s: list[float] = field(default_factory=list)  # from each fault to full recovery
    broken_connections: int = 0
    last_asked: float = 0.0  # the request time of the newest promised capture
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, path: str, asked: float, answer: httpx.Response) -> None:
        """Record one response."""
        with self.lock:
            if answer.status_code in {201, 202}:
                made = answer.json()["id"]
                self.promised[made] = f"{path}/{made}"
                self.last_asked = max(self.last_asked, asked)
                return
            try:
                body = answer.json()
                self.refused[f"{answer.status_code} {body['code']}"] += 1
                is_clear = bool(body["error"]) and answer.status_code != 500
            except (ValueError, KeyError):
                is_clear = False
            if not is_clear:
                self.unclear.append(f"{answer.status_code} {answer.text[:200]}")


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _one_capture(chance: random.Random) -> tuple[str, dict[str, Any]]:
    """Return a random capture: path and body."""
    kind = chance.random()
    if kind < 0.35:
        return "/api/snapshots", {"stream": SLUG}
    if kind < 0.65:
        return "/api/clips", {"stream": SLUG, "last_ms": chance.randint(300, 5000)}
    start = _instant(time.time() - chance.uniform(0.5, 3))
    length = chance.randint(3500, 6000)
    return "/api/clips", {"stream": SLUG, "start_ts": start, "duration_ms": length}


class Clients:
    """Threads that capture until stopped."""

    def __init__(self, stack: Stack, ledger: Ledger, number: int = 2) -> None:
        self._stack = stack
        self._ledger = ledger
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(number)]

    def start(self) -> None:
        """Start."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop, after the pending responses."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, seed: int) -> None:
        chance = random.Random(seed)
        with self._stack.client(timeout_s=20) as client:
            while not self._stop.is_set():
                path, body = _one_capture(chance)
                asked = time.monotonic()
                try:
                    self._ledger.note(path, asked, client.post(path, json=body))
                except httpx.HTTPError:
                    with self._ledger.lock:
                        self._ledger.broken_connections += 1
                self._stop.wait(chance.uniform(0.2, 1.2))


class Listener:
    """A listener to events that reconnects with the last id, as a browser does."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._last = 0
        self.told: dict[str, set[str]] = {}  # capture → kinds of its events
        self.last_ready_at = 0.0
        self._thread.start()

    def stop(self) -> None:
        """Stop; the connection ends with the next heartbeat or the server."""
        self._stop.set()

    def _run(self) -> None:
        with self._stack.client(timeout_s=20) as client:
            while not self._stop.is_set():
                try:
                    self._listen(client)
                except httpx.HTTPError:
                    self._stop.wait(0.3)

    def _listen(self, client: httpx.Client) -> None:
        headers = {"Last-Event-ID": str(self._last)}
        with client.stream("GET", "/api/events", headers=headers) as answer:
            for line in answer.iter_lines():
                if self._stop.is_set():
                    return
                if line.startswith("data:"):
                    self._note(json.loads(line[5:]))
        self._stop.wait(0.3)

    def _note(self, event: dict[str, Any]) -> None:
        self._last = max(self._last, event["id"])
        self.told.setdefault(event["payload"].get("id", ""), set()).add(event["kind"])
        if event["kind"] == "clip.ready":
            self.last_ready_at = time.monotonic()


def reckon(stack: Stack, ledger: Ledger) -> None:
    """Check every promise: settled, long enough, complete and playable."""
    with stack.client(timeout_s=60) as client:
        for name, path in ledger.promised.items():
            wrong = _wrong_with(client, path)
            if wrong:
                ledger.broken.append(f"{name}: {wrong}")


def _wrong_with(client: httpx.Client, path: str) -> str | None:
    try:
        made = until(lambda: _settled(client, path), SETTLE_S)
    except TimeoutError:
        return "not settled"
    if made.get("status", "ready") != "ready":
        return f"{made['status']}: {made.get('error')}"
    answer = client.get(f"{path}/download", follow_redirects=True)
    if answer.status_code != 200:
        return f"download answers {answer.status_code} {answer.text[:120]}"
    return _shortness(made) or _fault_in(answer.content)


def _shortness(made: dict[str, Any]) -> str | None:
    """Return by how much a clip is shorter than requested, unless it says why."""
    if "duration_ms" not in made or made["error"]:
        return None
    asked = [made[f"requested_{end}_ts"] for end in ("start", "end")]
    start, end = (datetime.fromisoformat(instant) for instant in asked)
    short_ms = (end - start).total_seconds() * 1000 - made["duration_ms"]
    if short_ms <= 150:  # a frame of this film, at either end, is 67 ms
        return None
    held = [made[f"{end}_ts"] for end in ("start", "end")]
    return f"{short_ms:.0f} ms short without a reason: requested {asked}, got {held}"


def _fault_in(data: bytes) -> str | None:
    """Decode a whole file; return the decoder's complaints, including its log."""
    with av.logging.Capture() as complaints:
        try:
            frames = _decode(data)
        except (av.FFmpegError, ValueError) as error:
            return f"{type(error).__name__}: {error}"
    said = [text.strip() for level, _, text in complaints if level <= av.logging.ERROR]
    if said:
        return said[0]
    return None if frames else "no frame"


def _decode(data: bytes) -> int:
    """Return a file's number of frames; their times must increase.

    Raises:
        ValueError: A time does not. av.FFmpegError: The file cannot be decoded.
    """
    frames = 0
    with av.open(io.BytesIO(data), "r") as container:
        for stream in container.streams:
            stream.codec_context.options = {"err_detect": "explode"}
        last = -1 << 62
        for frame in container.decode():
            if isinstance(frame, av.VideoFrame):
                if frame.pts is None or frame.pts <= last:
                    raise ValueError(f"a frame at {frame.pts} follows one at {last}")
                last = frame.pts
                frames += 1
    return frames


def _settled(client: httpx.Client, path: str) -> dict[str, Any] | None:
    """Return a capture once it is ready or failed."""
    try:
        answer = client.get(path)
    except httpx.HTTPError:
        return None
    if answer.status_code == 404:
        return {"status": "HTTP 404"}
    if answer.status_code != 200:
        return None
    made: dict[str, Any] = answer.json()
    return made if made.get("status", "ready") in {"ready", "failed"} else None


def untold(ledger: Ledger, listener: Listener) -> list[str]:
    """Return the promises without an event, although events are replayed."""

    def missing() -> list[str]:
        return [
            name
            for name in ledger.promised
            if not {"snapshot.created", "clip.created"} & listener.told.get(name, set())
        ]

    try:
        until(lambda: not missing(), 20)
    except TimeoutError:
        return [f"{name}: no event" for name in missing()]
    return []
