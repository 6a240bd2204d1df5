"""Twenty videos submitted at once, while a live stream is captured.

    python -m benchmarks.video_load [--videos 20] [--times 20] [--film FILM] [--rounds 5]

A signed-in client takes snapshots and clips of 10 s of the live demo, first with nothing else going
on, then from the moment on at which all videos are submitted until they are done, or for so many
rounds. The figure is how many times as long a capture takes; no clip may be shorter than asked for.
The film is speech without captions, so that it is recognised: `INSIGHT_MEDIA`'s first one, or a
tone.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import psutil

from benchmarks import _speech_files
from benchmarks.videos import put
from tests.support.films import write_talk
from tests.support.stack import Stack, until

_KINDS: Final[dict[str, dict[str, int]]] = {"snapshot": {}, "clip": {"last_ms": 10_000}}
_APART_S = 0.2
_SETTLE_S = 15


@dataclass
class Round:
    """What captures took, in seconds, and what was wrong with them."""

    took: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in _KINDS})
    short: int = 0  # clips with less than was asked for
    cores: float = 0.0

    def median_ms(self, kind: str) -> float:
        return statistics.median(self.took[kind]) * 1000

    def slow_ms(self, kind: str) -> float:
        return statistics.quantiles(self.took[kind], n=20)[-1] * 1000


def capture(client: httpx.Client, until_done: Callable[[int], bool]) -> Round:
    """Take a snapshot and a clip again and again."""
    made, number = Round(), 0
    psutil.cpu_percent()
    while not until_done(number):
        for kind, body in _KINDS.items():
            time.sleep(_APART_S)
            began = time.perf_counter()
            answer = client.post(f"/api/{kind}s", json={"stream": "demo", **body})
            answer.raise_for_status()
            client.get(answer.json()["url"]).raise_for_status()
            made.took[kind].append(time.perf_counter() - began)
            made.short += bool(answer.json().get("error"))
        number += 1
    made.cores = psutil.cpu_percent() * (psutil.cpu_count() or 1) / 100
    return made


def submit(client: httpx.Client, film: Path) -> None:
    """Upload a film."""
    data, mime_type = film.read_bytes(), "audio/flac" if film.suffix == ".flac" else "video/mp4"
    body = {"file_name": film.name, "mime_type": mime_type, "size_bytes": len(data)}
    video = client.post("/api/videos", json=body).raise_for_status().json()
    put(video["upload_url"], data, mime_type)


def listed(client: httpx.Client) -> list[dict[str, Any]]:
    """Return the videos."""
    items: list[dict[str, Any]] = client.get("/api/videos", params={"limit": 100}).json()["items"]
    return items


def states(client: httpx.Client) -> Counter[str]:
    """Return how many videos have got how far, and where their words are from."""
    found: Counter[str] = Counter()
    for video in listed(client):
        transcript = client.get(f"/api/videos/{video['id']}/transcript").json()
        found[f"{video['status']}, words: {transcript.get('source', 'not yet')}"] += 1
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=20)
    parser.add_argument("--times", type=int, default=20, help="rounds on the idle machine")
    parser.add_argument("--rounds", type=int, default=100, help="rounds under load, at most")
    parser.add_argument("--film", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder) / "home") as stack:
        film = args.film or next((each.path for each in _speech_files.files()), None)
        if film is None:
            film = Path(folder) / "talk.mp4"
            write_talk(film, seconds=60)
        with stack.client() as client:
            until(lambda: client.get("/api/streams/demo").json()["window"])
            time.sleep(_SETTLE_S)
            idle = capture(client, lambda number: number >= args.times)
            for _ in range(args.videos):
                submit(client, film)

            def is_over(number: int) -> bool:
                left = any(each["status"] in {"queued", "running"} for each in listed(client))
                return number >= args.rounds or not left

            busy = capture(client, is_over)
            print(f"{args.videos} times {film.name}: {dict(states(client))}")
    for kind in _KINDS:
        was, now = idle.median_ms(kind), busy.median_ms(kind)
        slow = f"95 % within {idle.slow_ms(kind):.0f} and {busy.slow_ms(kind):.0f} ms"
        print(f"{kind}: idle {was:.0f} ms, busy {now:.0f} ms, {now / was:.2f} times; {slow}")
    print(f"of {psutil.cpu_count()} cores: idle {idle.cores:.2f}, busy {busy.cores:.2f}")
    print(f"clips that are shorter than asked for: idle {idle.short}, busy {busy.short}")
    if busy.short > idle.short:
        sys.exit(1)


if __name__ == "__main__":
    main()
