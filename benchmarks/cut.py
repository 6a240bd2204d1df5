"""Time to cut a 10 s clip: our writer, PyAV's muxer, ffmpeg, and a plain copy of its bytes.

Run as `python -m benchmarks.cut`.
"""

import io
import random
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from benchmarks._media import Source, source
from media_server.media import mp4
from media_server.media.ring import Ring

_SPAN_US = 10_000_000


def median_ms(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Return the median of wall and CPU time."""
    walls, cpus = [], []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return statistics.median(walls) * 1000, statistics.median(cpus) * 1000


def pyav_mux(ring: Ring, start: int, material: Source) -> bytes:
    """Remux the same packets with libavformat (to the keyframe, without an edit list)."""
    selection = ring.select(start, start + _SPAN_US)
    out = io.BytesIO()
    with av.open(str(material.path)) as template, av.open(out, "w", format="mp4") as container:
        lines = {
            "video": container.add_stream_from_template(template.streams.video[0]),
            "audio": container.add_stream_from_template(template.streams.audio[0]),
        }
        rows: list[tuple[int, int, str, Any]] = []
        for piece in selection.pieces:
            for name, runs in (("video", piece.video), ("audio", piece.audio)):
                for run in runs:
                    pairs = zip(run.pts_us, run.dts_us, run.packets(), strict=True)
                    rows += [(int(dts), int(pts), name, data) for pts, dts, data in pairs]
        rows.sort(key=lambda row: row[0])
        for dts, pts, name, data in rows:
            packet: av.Packet[Any] = av.Packet(bytes(data))
            packet.pts, packet.dts = pts - rows[0][0], dts - rows[0][0]
            packet.time_base, packet.stream = Fraction(1, 1_000_000), lines[name]
            container.mux(packet)
    return out.getvalue()


def ffmpeg_copy(path: Path, start_s: float) -> None:
    command = shutil.which("ffmpeg")
    if command is None:
        raise SystemExit("needs the ffmpeg command")
    subprocess.run(
        [command, "-v", "error", "-y", "-ss", str(start_s), "-i", str(path), "-t", "10",
         "-c", "copy", "-f", "mp4", str(path.with_name("copy.mp4"))],
        check=True,
    )  # fmt: skip


def main() -> None:
    """Print the results."""
    with source() as material:
        ring = material.ring(120)
        window = ring.window()
        if window is None:
            raise SystemExit("the ring is empty")
        whole = mp4.write(ring.select(*window))
        film = material.path.with_name("film.mp4")
        film.write_bytes(b"".join(whole.buffers))
        spread = random.Random(1)

        def start() -> int:
            return spread.randrange(window[0], window[1] - _SPAN_US)

        def plan() -> mp4.Clip:
            at = start()
            return mp4.write(ring.select(at, at + _SPAN_US))

        clip = plan()
        planned = iter([plan() for _ in range(300)])  # another place in the ring each time
        print(f"a clip of {clip.info.duration_ms / 1000:.2f} s, {clip.info.byte_size / 1e6:.2f} MB")
        ours = median_ms(plan, 300)
        joined = median_ms(lambda: b"".join(plan().buffers), 300)
        copy = median_ms(lambda: b"".join(next(planned).buffers), 300)
        muxed = median_ms(lambda: pyav_mux(ring, start(), material), 20)
        remuxed = median_ms(lambda: ffmpeg_copy(film, (start() - window[0]) / 1e6), 10)
        for name, (wall, cpu) in {
            "our writer, as buffers": ours,
            "our writer, as one block of bytes": joined,
            "a plain copy of the bytes": copy,
            "PyAV's muxer": muxed,
            "ffmpeg -ss -t -c copy (wall)": remuxed,
        }.items():
            print(f"{name:36} {wall:8.3f} ms wall  {cpu:8.3f} ms CPU")
        print(f"cut / copy {joined[0] / copy[0]:.2f}x   ffmpeg / cut {remuxed[0] / joined[0]:.0f}x")


if __name__ == "__main__":
    main()
