"""Clients that capture without a pause, a ledger of what they were promised, and the reckoning."""

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

SETTLE_S = 90.0  # a recording ends in at most 6 s; a node's leftovers are given up after 60 s
SLUG = "film"


@dataclass
class Ledger:
    """What was promised, and what was refused without a sentence."""

    promised: dict[str, str] = field(default_factory=dict)  # id → path of its resource
    refused: Counter[str] = field(default_factory=Counter)
    unclear: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    slow_s: list[float] = field(default_factory=list)  # from each fault until all went on
    broken_connections: int = 0
    last_asked: float = 0.0  # when the newest capture was asked for that was promised
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, path: str, asked: float, answer: httpx.Response) -> None:
        """Write down one answer."""
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
    """Return a capture at random: path and body."""
    kind = chance.random()
    if kind < 0.35:
        return "/api/snapshots", {"stream": SLUG}
    if kind < 0.65:
        return "/api/clips", {"stream": SLUG, "last_ms": chance.randint(300, 5000)}
    start = _instant(time.time() - chance.uniform(0.5, 3))
    length = chance.randint(3500, 6000)
    return "/api/clips", {"stream": SLUG, "start_ts": start, "duration_ms": length}


class Clients:
    """Threads that capture until they are told to stop."""

    def __init__(self, stack: Stack, ledger: Ledger, number: int = 2) -> None:
        self._stack = stack
        self._ledger = ledger
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(number)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, after the answers that are awaited."""
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
    """A page that listens to events and, as a browser does, comes again with the last id."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._last = 0
        self.told: dict[str, set[str]] = {}  # capture → kinds of its events
        self.last_ready_at = 0.0
        self._thread.start()

    def stop(self) -> None:
        """End; the connection goes with the next heartbeat or the server."""
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
    """Hold every promise against what is there: settled, as long as asked, whole and playable."""
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
    """Return how much a clip is shorter than asked, unless it says why."""
    if "duration_ms" not in made or made["error"]:
        return None
    asked = [made[f"requested_{end}_ts"] for end in ("start", "end")]
    start, end = (datetime.fromisoformat(instant) for instant in asked)
    short_ms = (end - start).total_seconds() * 1000 - made["duration_ms"]
    if short_ms <= 150:  # a frame of this film, at either end, is 67 ms
        return None
    held = [made[f"{end}_ts"] for end in ("start", "end")]
    return f"{short_ms:.0f} ms short, and does not say why: asked {asked}, holds {held}"


def _fault_in(data: bytes) -> str | None:
    """Decode a whole file; return what the decoder complains of, be it only in its log."""
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
    """Return how many frames a file has, each shown after the one before.

    Raises:
        ValueError: A frame is not. av.FFmpegError: It cannot be decoded.
    """
    frames = 0
    with av.open(io.BytesIO(data), "r") as container:
        for stream in container.streams:
            stream.codec_context.options = {"err_detect": "explode"}
        last = -1 << 62
        for frame in container.decode():
            if isinstance(frame, av.VideoFrame):
                if frame.pts is None or frame.pts <= last:
                    raise ValueError(f"a frame at {frame.pts} comes after one at {last}")
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
    """Return the promises that the listener never heard of, though events are replayed."""

    def missing() -> list[str]:
        return [
            name
            for name in ledger.promised
            if not {"snapshot.created", "clip.created"} & listener.told.get(name, set())
        ]

    try:
        until(lambda: not missing(), 20)
    except TimeoutError:
        return [f"{name}: no event told of it" for name in missing()]
    return []
