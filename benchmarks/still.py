"""Time for a still: ours, bare decode and encode, and ffmpeg.

Run as `python -m benchmarks.still`. Measures a decoder process's work, without the node.
"""

import random
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import simplejpeg  # type: ignore[import-untyped]  # it ships no types
from av.video.frame import VideoFrame

from benchmarks._media import source
from media_server.media import mp4
from media_server.media.selection import FrameBytes
from media_server.media.still import render, to_rgb


def median_ms(work: Callable[[int], object], instants: list[int]) -> float:
    """Return the median wall time over instants."""
    walls = []
    for at in instants:
        start = time.perf_counter()
        work(at)
        walls.append(time.perf_counter() - start)
    return statistics.median(walls) * 1000


def ffmpeg_still(film: Path, at_s: float) -> None:
    command = shutil.which("ffmpeg")
    if command is None:
        raise SystemExit("needs the ffmpeg command")
    subprocess.run(
        [command, "-v", "error", "-y", "-ss", f"{at_s:.3f}", "-i", str(film), "-frames:v", "1",
         str(film.with_name("still.jpg"))],
        check=True,
    )  # fmt: skip


def decode_all(source: FrameBytes) -> VideoFrame:
    """Decode each packet from the keyframe on, in one thread."""
    context = av.CodecContext.create("h264", "r")
    context.extradata = source.extradata
    context.thread_type = "NONE"
    view, at = memoryview(source.data), 0
    shown: list[VideoFrame] = []
    for size, pts in zip(source.sizes, source.pts_us, strict=True):
        packet: av.Packet[Any] = av.Packet(bytes(view[at : at + size]))
        packet.pts, at = pts, at + size
        shown += context.decode(packet)
    shown += context.decode(None)
    return next(frame for frame in shown if frame.pts == source.target_us)


def main() -> None:
    """Print the results, without B-frames and with OBS's default of two."""
    for b_frames in (0, 2):
        print(f"{b_frames} B-frames")
        measure(b_frames)


def measure(b_frames: int) -> None:
    """Time stills of one material."""
    with source(b_frames=b_frames) as material:
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
            frame = decode_all(ring.frame_bytes(ring.frame_at(at)))
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
