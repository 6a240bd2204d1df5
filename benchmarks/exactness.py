"""Exactness on real input: compares clips and stills of looped films with the films themselves.

ffmpeg publishes each film over RTMP in a loop, without transcoding; the product pulls it. The
ground truth is independent of the cut: the stream's own LL-HLS gives each frame's time, and hashes
of decoded pixels identify the film's frames. The ffmpeg command decodes the clips and must not
complain. The first and last frame must be those on screen at the requested ends, and audio must be
within 20 ms of the video, as in the film.

Run as `python -m benchmarks.exactness [--clips 200] [--stills 200] [FILM …]`.
"""

import argparse
import hashlib
import io
import itertools
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks._film import RATE, Film, decode_hls, sound_of
from domain.core.time import from_us, isoformat, parse_instant, to_us
from tests.support.stack import Stack, free_port, live_stream, needs, until

WARM_UP_S = 25.0
BATCH = 20  # captures compared at once, only from the newest minute: before they are evicted
NEWEST = timedelta(seconds=60)
CHANCE = random.Random(7)
MEDIA = Path(__file__).resolve().parents[2] / "shared" / "media"


def check_clip(path: Path, film: Film, first: str, last: str) -> tuple[list[str], float | None]:
    """Return a clip's errors (none if it is exact), and its audio offset."""
    wrong = []
    command = [needs("ffmpeg"), "-v", "warning", "-xerror", "-i", str(path), "-map", "0:v:0"]
    command += ["-fps_mode", "passthrough", "-enc_time_base", "-1"]
    command += ["-pix_fmt", "yuv420p", "-f", "rawvideo", "-"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode or done.stderr:
        wrong.append(f"ffmpeg: {done.stderr.decode().strip()[:200]}")
    height, width = film.pictures[0].shape[:2]
    size = width * height * 3 // 2
    frames = [done.stdout[at : at + size] for at in range(0, len(done.stdout), size)]
    names = [hashlib.blake2b(frame, digest_size=16).hexdigest() for frame in frames]
    if not names or names[0] != first:
        wrong.append("first frame")
    if not names or names[-1] != last:
        wrong.append("last frame")
    offset = sound_offset_ms(path, film, names)
    if offset is not None and abs(offset) > 20:
        wrong.append(f"audio {offset:+.1f} ms")
    return wrong, offset


def frame_times(path: Path) -> list[float]:
    """Return the presentation time of each frame of a file, in seconds."""
    command = [needs("ffprobe"), "-v", "error", "-select_streams", "v:0"]
    command += ["-show_entries", "frame=pts_time", "-of", "csv=p=0", str(path)]
    done = subprocess.run(command, capture_output=True, check=True)
    return [float(line.strip(",")) for line in done.stdout.decode().split()]


def sound_offset_ms(path: Path, film: Film, names: list[str]) -> float | None:
    """Return the audio's offset to the video; None if it is too silent to measure.

    Compares the longest stretch of the clip that is one stretch of the film with the film.
    """
    shown = frame_times(path)
    places = [min(film.places.get(name, {-1})) for name in names]
    seams = [n for n in range(1, len(places)) if places[n] < places[n - 1]]
    ends = [0, *seams, len(places)]
    begin, end = max(itertools.pairwise(ends), key=lambda pair: pair[1] - pair[0])
    length = min(shown[end - 1] - shown[begin], 1.5)
    if places[begin] < 0 or length < 0.4:
        return None
    mine = sound_of(path)[round(shown[begin] * RATE) :][: round(length * RATE)]
    slack = RATE // 10
    origin = round(film.times[places[begin]] * RATE)
    theirs = np.pad(film.sound, (slack, slack))[origin : origin + len(mine) + 2 * slack]
    if len(theirs) < len(mine) + slack or np.sqrt(np.mean(mine**2)) < 0.003:
        return None
    likeness = np.correlate(theirs, mine, mode="valid")
    return (slack - int(np.argmax(likeness))) / RATE * 1000


def publish(film: Path, port: int) -> "subprocess.Popen[bytes]":
    """Publish a film in a loop in real time: ffmpeg listens as an RTMP server."""
    command = [needs("ffmpeg"), "-v", "error", "-re", "-stream_loop", "-1", "-i", str(film)]
    command += ["-c", "copy", "-f", "flv", "-listen", "1", f"rtmp://127.0.0.1:{port}/live/film"]
    return subprocess.Popen(command)


@dataclass
class Result:
    """One film's results."""

    clips: int = 0
    wrong: list[str] = field(default_factory=list)
    sounds: list[float] = field(default_factory=list)  # how far off, in ms
    stills: int = 0
    wrong_stills: list[str] = field(default_factory=list)


def instant(us: int) -> str:
    """Return an instant in wire format, in milliseconds."""
    return isoformat(from_us(us))


def window(client: httpx.Client, stream_id: str) -> tuple[datetime, datetime]:
    """Return the stream's buffered span, at most the newest minute."""
    held = client.get(f"/api/streams/{stream_id}").raise_for_status().json()["window"]
    end = parse_instant(held["end"])
    return max(parse_instant(held["start"]), end - NEWEST), end


def held_s(client: httpx.Client, stream_id: str) -> float:
    """Return the buffer's length in seconds."""
    start, end = window(client, stream_id)
    return (end - start).total_seconds()


def try_clips(
    client: httpx.Client, stream: dict[str, Any], film: Film, count: int, result: Result
) -> None:
    """Cut random clips and compare each with the stream."""
    taken = []
    for _ in range(count):
        start, end = window(client, stream["id"])
        duration_ms = CHANCE.randint(200, 8000)
        latest = end - timedelta(milliseconds=duration_ms)
        room_ms = (latest - start) // timedelta(milliseconds=1) - 2000
        at = start + timedelta(milliseconds=1500 + CHANCE.randint(0, max(room_ms, 1)))
        body = {"stream": stream["id"], "start_ts": isoformat(at), "duration_ms": duration_ms}
        answer = client.post("/api/clips", json=body)
        if answer.status_code != 202 or answer.json()["status"] != "ready":
            result.wrong.append(f"{answer.status_code} {answer.text[:200]}")
            continue
        asked = to_us(parse_instant(body["start_ts"]))
        taken.append((answer.json()["id"], asked, asked + duration_ms * 1000))
    shown = decode_hls(client, stream["hls_url"], max((end for _, _, end in taken), default=0))
    with tempfile.TemporaryDirectory() as folder:
        for clip_id, start_us, end_us in taken:
            path = Path(folder) / f"{clip_id}.mp4"
            path.write_bytes(
                client.get(f"/api/clips/{clip_id}/download").raise_for_status().content
            )
            first, last = shown.at(start_us), shown.at(end_us - 1)
            wrong, sound = check_clip(path, film, shown.hashes[first], shown.hashes[last])
            result.clips += 1
            result.sounds += [] if sound is None else [abs(sound)]
            result.wrong += [f"{clip_id}: {what}" for what in wrong]


def try_stills(
    client: httpx.Client, stream: dict[str, Any], film: Film, count: int, result: Result
) -> None:
    """Take random stills and compare each with the film's frame."""
    taken = []
    for _ in range(count):
        start, end = window(client, stream["id"])
        span_ms = (end - start) // timedelta(milliseconds=1)
        at = start + timedelta(milliseconds=1500 + CHANCE.randint(0, span_ms - 1600))
        body = {"stream": stream["id"], "timestamp": isoformat(at), "format": "png"}
        made = client.post("/api/snapshots", json=body)
        if made.status_code != 201:
            result.wrong_stills.append(f"{made.status_code} {made.text[:200]}")
            continue
        taken.append((to_us(parse_instant(body["timestamp"])), made.json()))
    shown = decode_hls(client, stream["hls_url"], max((at for at, _ in taken), default=0))
    for at_us, snapshot in taken:
        picture = client.get(snapshot["url"], follow_redirects=True).raise_for_status().content
        mine = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"), dtype=np.int16)
        index = shown.at(at_us)
        number = min(film.places[shown.hashes[index]])
        error = distance(mine, film.pictures[number])
        result.stills += 1
        if error > 1.0:
            is_like = min(film.numbers, key=lambda n: distance(mine, film.pictures[n]))
            result.wrong_stills.append(
                f"{snapshot['id']}: frame {is_like} of the film in place of {number}, asked for "
                f"{(at_us - shown.pts_us[index]) / 1000:.2f} ms after it is shown"
            )


def distance(one: NDArray[np.int16], other: NDArray[np.uint8]) -> float:
    """Return the mean difference between two images, of 255."""
    return float(np.abs(one - other.astype(np.int16)).mean())


def batches(count: int) -> Iterator[int]:
    """Yield the sizes of batches."""
    for done in range(0, count, BATCH):
        yield min(BATCH, count - done)


def run_film(client: httpx.Client, path: Path, clips: int, stills: int) -> Result:
    """Publish one film, pull it, and test clips and stills of it."""
    film = Film(path)
    port = free_port()
    publisher = publish(path, port)
    try:
        time.sleep(1)
        source = {"kind": "pull", "url": f"rtmp://127.0.0.1:{port}/live/film"}
        stream = live_stream(client, {"name": path.stem, "source": source})
        until(lambda: held_s(client, stream["id"]) > WARM_UP_S)
        result = Result()
        for count in batches(clips):
            try_clips(client, stream, film, count, result)
        for count in batches(stills):
            try_stills(client, stream, film, count, result)
        client.delete(f"/api/streams/{stream['id']}").raise_for_status()
    finally:
        publisher.kill()
        publisher.wait()
    return result


def main() -> int:
    """Run every film and print the results."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--clips", type=int, default=200)
    options.add_argument("--stills", type=int, default=200)
    options.add_argument("films", nargs="*", type=Path)
    chosen = options.parse_args()
    films = chosen.films or [MEDIA / "flower.mp4", MEDIA / "friday.mp4"]
    for missing in (path for path in films if not path.is_file()):
        options.error(f"there is no {missing}; name films of your own")
    failed = 0
    with tempfile.TemporaryDirectory() as home:
        env = {"MOMENTS_PULL_NETWORKS": "127.0.0.0/8"}
        with Stack(Path(home) / "home", env=env, demo=False) as stack, stack.client() as client:
            for path in films:
                result = run_film(client, path, chosen.clips, chosen.stills)
                print(
                    f"{path.name}: {result.clips} clips, {len(result.wrong)} wrong; "
                    f"sound of {len(result.sounds)} at most {max(result.sounds, default=0):.1f} ms "
                    f"off; {result.stills} stills, {len(result.wrong_stills)} wrong"
                )
                for what in [*result.wrong[:10], *result.wrong_stills[:10]]:
                    print(f"  {what}")
                failed += len(result.wrong) + len(result.wrong_stills)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
