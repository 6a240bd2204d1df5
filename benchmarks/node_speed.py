"""A node's HTTP responses against the ffmpeg command on a file: a 10 s clip, a still.

A running node buffers a 720p30 stream of 2.5 Mbit/s with a keyframe every 2 s. The standard
library's client times a clip and a still from the request to the last byte (a heavier client reads
a clip more slowly than the node sends it); ffmpeg cuts the same spans from a file of the same
bytes. The still's floor is the bare work in one thread: decoding from the keyframe and encoding a
JPEG.

Run as `python -m benchmarks.node_speed`.
"""

import http.client
import itertools
import json
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import simplejpeg  # type: ignore[import-untyped]  # it ships no types

from benchmarks._media import Source, source
from domain.core.secrets import load_keyring
from domain.core.settings import Settings
from domain.live.wire import META_HEADER
from media_server.media import mp4
from tests.support.stack import Stack, free_port, live_stream, needs, until

HELD_S = 60
SPAN_US = 10_000_000


def median_ms(work: Callable[[], object], times: int) -> float:
    """Return the median wall time of some runs."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


class Figures:
    """The node's control routes, and the same work by other means."""

    def __init__(self, port: int, key: str, stream_id: str, film: Path, gop: Path) -> None:
        self._control = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {"Authorization": f"Bearer {key}"}
        self._path = f"/control/streams/{stream_id}"
        self._film = film
        self._gop = gop
        self._chance = random.Random(3)

    def window(self) -> tuple[int, int]:
        """Return the ring's window."""
        held = json.loads(self._ask("GET", self._path)[1]).get("window")
        return (held["start_us"], held["end_us"]) if held else (0, 0)

    def _ask(self, method: str, path: str, body: object = None) -> tuple[str | None, bytes]:
        asked = None if body is None else json.dumps(body)
        self._control.request(method, path, asked, self._headers)
        answer = self._control.getresponse()
        content = answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise SystemExit(content.decode())
        return answer.getheader(META_HEADER), content

    def _instant(self, room_us: int) -> int:
        start, end = self.window()
        return self._chance.randrange(start + 3_000_000, end - room_us)

    def clip(self) -> None:
        """Cut 10 s over HTTP."""
        at = self._at
        body = {"start_us": at, "end_us": at + SPAN_US}
        assert len(self._ask("POST", f"{self._path}/cut", body)[1]) > 2_000_000

    def still(self) -> None:
        """Take one still over HTTP, at a new instant."""
        assert self._ask("POST", f"{self._path}/still", {"at_us": self._at})[0] is not None

    def timed(self, work: Callable[[], None], room_us: int, times: int) -> float:
        """Time requests only, without looking up the window."""
        taken = []
        for _ in range(times):
            self._at = self._instant(room_us)
            taken.append(median_ms(work, 1))
        return statistics.median(taken)

    def ffmpeg_clip(self) -> None:
        """Copy 10 s of the file with the ffmpeg command."""
        at = self._chance.uniform(3, HELD_S - 12)
        out = self._film.with_name("clip.mp4")
        command = [needs("ffmpeg"), "-v", "error", "-y", "-ss", f"{at:.3f}", "-i", str(self._film)]
        subprocess.run([*command, "-t", "10", "-c", "copy", str(out)], check=True)

    def ffmpeg_still(self) -> None:
        """Take one frame of the file with the ffmpeg command."""
        at = self._chance.uniform(3, HELD_S - 3)
        out = self._film.with_name("still.jpg")
        command = [needs("ffmpeg"), "-v", "error", "-y", "-ss", f"{at:.3f}", "-i", str(self._film)]
        subprocess.run([*command, "-frames:v", "1", "-q:v", "3", str(out)], check=True)

    def bare_still(self) -> None:
        """Decode from a keyframe to a frame of its GOP, and encode it: the floor."""
        wanted = self._chance.randrange(60)
        with av.open(str(self._gop), mode="r") as container:
            line = container.streams.video[0]
            line.thread_type = "SLICE"
            frame = next(itertools.islice(container.decode(line), wanted, None))
        pixels = np.ascontiguousarray(frame.to_ndarray(format="rgb24"))
        simplejpeg.encode_jpeg(pixels, quality=90, colorspace="RGB")


def write_film(material: Source, path: Path, seconds: float) -> None:
    """Write some seconds of the media to a file."""
    ring = material.ring(seconds)
    window = ring.window()
    assert window is not None
    path.write_bytes(b"".join(mp4.write(ring.select(*window)).buffers))


def main() -> None:
    """Print the results, without B-frames and with OBS's default of two."""
    for b_frames in (0, 2):
        print(f"{b_frames} B-frames")
        measure(b_frames)


def measure(b_frames: int) -> None:
    """Run a node with a looped film, and report."""
    with source(b_frames=b_frames) as material, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL has its own user when this runs as root
        film, gop, looped = folder / "film.mp4", folder / "gop.mp4", folder / "looped.mp4"
        write_film(material, film, HELD_S)
        write_film(material, gop, 2)
        looped.write_bytes(material.path.read_bytes())
        port = free_port()
        env = {"MOMENTS_PULL_FOLDER": str(folder), "MOMENTS_MEDIA_CONTROL_PORT": str(port)}
        with Stack(folder / "home", env=env, demo=False) as stack, stack.client() as client:
            body = {"name": "Film", "source": {"kind": "pull", "url": looped.as_uri()}}
            stream = live_stream(client, body)
            key = load_keyring(Settings(home=stack.home)).mac("internal", "control", 43)
            figures = Figures(port, key, stream["id"], film, gop)
            until(lambda: figures.window()[1] - figures.window()[0] > 40_000_000, 120)
            report(figures)


def report(figures: Figures) -> None:
    """Run and print."""
    clip = figures.timed(figures.clip, SPAN_US + 500_000, 50)
    ffmpeg_clip = median_ms(figures.ffmpeg_clip, 20)
    still = figures.timed(figures.still, 500_000, 50)
    ffmpeg_still = median_ms(figures.ffmpeg_still, 20)
    bare = median_ms(figures.bare_still, 50)
    print(f"clip of 10 s over HTTP: {clip:.1f} ms; ffmpeg -c copy {ffmpeg_clip:.1f} ms")
    print(f"  {ffmpeg_clip / clip:.1f} times faster (aim: 15)")
    print(f"still over HTTP: {still:.1f} ms; ffmpeg {ffmpeg_still:.1f} ms; bare {bare:.1f} ms")
    print(f"  {ffmpeg_still / still:.1f} times faster (aim: 4), {still / bare:.2f} of bare (1.25)")


if __name__ == "__main__":
    main()
