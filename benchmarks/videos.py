"""Videos under `kill -9`: every one completes, nothing is done twice, a deletion leaves nothing.

A worker is killed at random moments of random stages, again and again, while videos go through the
pipeline; its lease is ended at once instead of after half a minute. In the end every video must be
complete with exactly its own files, and after deletion no row, object, temporary file or job is
left.

Run as `python -m benchmarks.videos [--kills 50] [--store s3]`.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from benchmarks._breaking import Store
from benchmarks._tidy import ask, names, stays, untidy
from tests.support.films import write_talk
from tests.support.stack import Stack, until

_VIDEOS = 3
_DONE_S = 300.0
_CAPTIONS = "WEBVTT\n" + "".join(
    f"\n00:{at:02}.000 --> 00:{at + 3:02}.500\n{text}\n"
    for at, text in (
        (0, "Why do the lilies open at night?"),
        (4, "Because the moths that carry their pollen fly at night."),
        (8, "[Laughter]"),
        (12, "And the red one in the corner has never opened at all."),
        (16, "We think that it waits for rain."),
    )
)
_STATE = """
SELECT v.id || ' ' || v.status || ' ' || s.name || ' ' || s.status FROM videos v
JOIN video_stages s ON s.video_id = v.id ORDER BY v.id, s.position
"""
_FREE = "UPDATE job SET leased_until = now() WHERE state = 'running'"
# A video has its file, its captions, a preview, its sound and its voices; a moment has its clip.
_TWICE = """
SELECT m.kind || ' ' || a.purpose || ' ' || count(*) FROM moments m
JOIN moment_assets a ON a.moment_id = m.id GROUP BY m.id, m.kind, a.purpose
HAVING count(*) > CASE WHEN m.kind = 'video' AND a.purpose <> 'preview' THEN 2 ELSE 1 END
"""
_UNCUT = "SELECT moment_id FROM video_moments WHERE clip_status <> 'ready'"
_ROWS = """
SELECT 'video' FROM videos UNION ALL SELECT 'stage' FROM video_stages UNION ALL
SELECT 'line' FROM transcript_lines UNION ALL SELECT 'moment' FROM video_moments UNION ALL
SELECT 'asset' FROM moment_assets
"""


def submit(client: httpx.Client, film: Path) -> str:
    """Upload a film with captions beside it; return the video's id."""
    data = film.read_bytes()
    body = {"file_name": "talk.mp4", "mime_type": "video/mp4", "size_bytes": len(data)}
    video = client.post("/api/videos", json=body).raise_for_status().json()
    beside = {
        "assetType": "other",
        "fileName": "talk.vtt",
        "mimeType": "text/vtt",
        "fileSizeBytes": len(_CAPTIONS),
        "uploadMethod": "api",
    }
    path = f"/api/moments/{video['moment_id']}/assets/upload"
    upload = client.post(path, json=beside).raise_for_status().json()
    put(upload["uploadUrl"], _CAPTIONS.encode(), "text/vtt")
    put(video["upload_url"], data, "video/mp4")
    return str(video["id"])


def put(url: str, data: bytes, kind: str) -> None:
    """Send the bytes of an upload."""
    httpx.put(url, content=data, headers={"Content-Type": kind}, timeout=60).raise_for_status()


Attempt = tuple[str, str, int]  # a video, its stage, and which attempt


def running(client: httpx.Client, ids: list[str]) -> list[Attempt]:
    """Return the attempts that are under way."""
    found = []
    for video_id in ids:
        state: dict[str, Any] = client.get(f"/api/pipeline/status/{video_id}").json()
        found += [
            (video_id, stage["name"], stage["attempts"])
            for stage in state["stages"]
            if stage["status"] == "running"
        ]
    return found


def kill_at_random(
    stack: Stack, client: httpx.Client, ids: list[str], killed: list[Attempt]
) -> None:
    """Kill the worker a little after an attempt began that was not killed yet."""
    while not all_done(client, ids):
        fresh = [each for each in running(client, ids) if each not in killed and each[2] < 3]
        if fresh:
            time.sleep(random.uniform(0, 0.3))
            stack.kill("worker")
            ask(stack.home, _FREE)
            killed += fresh
            return
        time.sleep(0.01)


def all_done(client: httpx.Client, ids: list[str]) -> bool:
    """Return whether every video is complete."""
    states = [client.get(f"/api/pipeline/status/{each}").json()["status"] for each in ids]
    if "failed" in states:
        raise AssertionError("a video failed")
    return all(state == "completed" for state in states)


def run(stack: Stack, film: Path, kills: int, stored: Path) -> list[str]:
    """Kill, wait, compare, delete; return what is wrong."""
    killed: list[Attempt] = []
    rounds = 0
    wrong: list[str] = []
    with stack.client() as client:
        while len(killed) < kills:
            rounds += 1
            ids = [submit(client, film) for _ in range(_VIDEOS)]
            while len(killed) < kills and not all_done(client, ids):
                kill_at_random(stack, client, ids, killed)

            def complete(ids: list[str] = ids) -> bool:
                ask(stack.home, _FREE if not stack.is_healthy() else "SELECT 1")
                return all_done(client, ids)

            until(complete, _DONE_S, every_s=0.5)
            wrong += [f"twice: {row}" for row in ask(stack.home, _TWICE)]
            wrong += [f"not cut: {row}" for row in ask(stack.home, _UNCUT)]
            for each in ids:
                client.delete(f"/api/videos/{each}").raise_for_status()
            wrong += [f"row left: {row}" for row in ask(stack.home, _ROWS)]
    wrong += untidy(stack.home, stored)
    wrong += stays("temporary folders", lambda: names(stack.home / "videos", "*"))
    counts = Counter(stage for _, stage, _ in killed)
    stages = ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))
    print(f"{len(killed)} kills in {rounds * _VIDEOS} videos ({stages})")
    return wrong


def main() -> int:
    """Run it once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--store", choices=("folder", "s3"), default="folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="moments-videos-") as text:
        folder = Path(text)
        folder.chmod(0o711)
        write_talk(folder / "talk.mp4", seconds=20)
        home = folder / "home"
        if options.store == "s3":
            store = Store(folder / "store")
            store.start()
            try:
                with Stack(home, env=store.env, demo=False) as stack:
                    wrong = run(stack, folder / "talk.mp4", options.kills, folder / "store")
            finally:
                store.stop()
        else:
            with Stack(home, demo=False) as stack:
                wrong = run(stack, folder / "talk.mp4", options.kills, home / "storage")
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
