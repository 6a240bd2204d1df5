"""How long a still takes: ours, bare decode and encode, and ffmpeg.

Run as `python -m benchmarks.still`. Without the node: what a decoder process does.
"""

import random
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import simplejpeg  # type: ignore[import-untyped]  # it ships no types

from benchmarks._media import source
from media_server.media import mp4
from media_server.media.still import decode, render, to_rgb


def median_ms(work: Callable[[int], object], instants: list[int]) -> float:
    """Return the median of wall time over instants."""
    walls = []
    for at in instants:
        start = time.perf_counter()
        work(at)
        walls.append(time.perf_counter() - start)
    return statistics.median(walls) * 1000


def ffmpeg_still(film: Path, at_s: float) -> None:
    command = shutil.which("ffmpeg")
    if command is None:
        raise SystemExit("needs the command ffmpeg")
    subprocess.run(
        [command, "-v", "error", "-y", "-ss", f"{at_s:.3f}", "-i", str(film), "-frames:v", "1",
         str(film.with_name("still.jpg"))],
        check=True,
    )  # fmt: skip


def main() -> None:
    """Print the figures."""
    with source() as material:
        ring = material.ring(60)
        window = ring.window()
        if window is None:
            raise SystemExit("the ring is empty")
        film = material.path.with_name("film.mp4")
        film.write_bytes(b"".join(mp4.write(ring.select(*window)).buffers))
        spread = random.Random(1)
        instants = [spread.randrange(*window) for _ in range(40)]

        def ours(at: int) -> object:
            return render(ring.frame_bytes(ring.frame_at(at)))

        def bare(at: int) -> object:
            frame = decode(ring.frame_bytes(ring.frame_at(at)))
            return simplejpeg.encode_jpeg(to_rgb(frame), 92, "RGB", "420")

        still = median_ms(ours, instants)
        floor = median_ms(bare, instants)
        theirs = median_ms(lambda at: ffmpeg_still(film, (at - window[0]) / 1e6), instants[:15])
        print(f"a still at 720p, anywhere in a 2 s GOP  {still:8.2f} ms")
        print(f"bare decode and encode                  {floor:8.2f} ms")
        print(f"ffmpeg -ss -frames:v 1                  {theirs:8.2f} ms")
        print(f"still / bare {still / floor:.2f}x   ffmpeg / still {theirs / still:.1f}x")


if __name__ == "__main__":
    main()
