"""Clips of files: cutting against `ffmpeg -c copy`, and rendering a vertical clip.

Run as `python -m benchmarks.video_clips [FILM …]`; without films, one is made: 60 s of 720p30 with
B-frames and a keyframe every 8 s.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av

from domain.videos.correcting import spread
from domain.videos.media.subtitles import Spoken
from domain.videos.media.vertical import render
from media_server.ingest.finished import ORIGIN_US, ring_of
from media_server.media import mp4
from tests.support.stack import needs

_ROUNDS = 5
_WORDS = ["what", "is", "said", "in", "this", "clip", "is", "drawn", "word", "by", "word"] * 3


def main() -> int:
    """Measure each film."""
    with tempfile.TemporaryDirectory() as folder:
        films = [Path(text) for text in sys.argv[1:]] or [make_film(Path(folder) / "film.mp4")]
        for film in films:
            measure(film, Path(folder))
    return 0


def measure(film: Path, folder: Path) -> None:
    """Print the figures of one film."""
    with av.open(str(film)) as container:
        seconds = (container.duration or 0) / 1_000_000
    start_s, length_s = seconds * 0.6, min(10.0, seconds * 0.3)
    target = folder / "clip.mp4"

    def ours() -> None:
        span = (round(start_s * 1_000_000), round((start_s + length_s) * 1_000_000))
        ring = ring_of(film, span)
        clip = mp4.write(ring.select(ORIGIN_US + span[0], ORIGIN_US + span[1]))
        target.write_bytes(b"".join(clip.buffers))

    def theirs() -> None:
        command = [needs("ffmpeg"), "-v", "error", "-y", "-ss", str(start_s), "-i", str(film)]
        command += ["-t", str(length_s), "-c", "copy", str(folder / "copy.mp4")]
        subprocess.run(command, check=True)

    mine, copied = timed(ours), timed(theirs)
    print(
        f"{film.name}: {length_s:.1f} s cut in {mine * 1000:.1f} ms,"
        f" ffmpeg -c copy {copied * 1000:.1f} ms: {copied / mine:.1f} times faster"
    )
    ours()
    words = [
        Spoken(word.start_ms, word.end_ms, word.text)
        for word in spread(_WORDS, 0, round(length_s * 1000))
    ]
    for name, crop in (("fitted over blur", None), ("cropped", 0.5)):
        before = processor_s()
        render(target, folder / "v.mp4", crop=crop, words=words, report=lambda _fraction: None)
        used = processor_s() - before
        print(f"{film.name}: vertical, {name}: {used / length_s:.2f} CPU s per second")


def timed(work: Callable[[], None]) -> float:
    """Return the median seconds of a few rounds."""
    took = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def processor_s() -> float:
    """Return the processor seconds of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def make_film(path: Path) -> Path:
    """Write a moving test picture and a tone."""
    command = [needs("ffmpeg"), "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30"]
    command += ["-f", "lavfi", "-i", "sine=f=440:r=48000", "-t", "60", "-c:v", "libx264"]
    command += ["-preset", "veryfast", "-bf", "2", "-g", "240", "-pix_fmt", "yuv420p"]
    subprocess.run([*command, "-c:a", "aac", str(path)], check=True)
    return path


if __name__ == "__main__":
    sys.exit(main())
