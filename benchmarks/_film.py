"""A film and its stream: finds each frame's number by hash."""

import bisect
import hashlib
import io
import subprocess
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import av
import httpx
import m3u8
import numpy as np
from numpy.typing import NDArray

from domain.core.time import to_us
from tests.support.stack import needs

RATE = 16_000  # samples a second for audio comparison


def digest(frame: av.VideoFrame) -> str:
    """Return the hash of a frame's decoded pixels."""
    return hashlib.blake2b(frame.to_ndarray(format="yuv420p").tobytes(), digest_size=16).hexdigest()


def seconds(frame: av.VideoFrame) -> float:
    """Return each frame's presentation time, in seconds."""
    assert frame.pts is not None
    assert frame.time_base is not None
    return float(frame.pts * frame.time_base)


def sound_of(path: Path | str) -> NDArray[np.float32]:
    """Return a file's audio as mono samples at RATE, decoded by ffmpeg."""
    command = [needs("ffmpeg"), "-v", "error", "-i", str(path), "-map", "0:a:0", "-ac", "1"]
    command += ["-ar", str(RATE), "-f", "f32le", "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    return np.frombuffer(done.stdout, dtype=np.float32)


@dataclass
class Film:
    """The source: its frames by hash, their times, and its audio."""

    path: Path
    hashes: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    pictures: list[NDArray[np.uint8]] = field(default_factory=list)
    places: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    @property
    def numbers(self) -> range:
        """The frames' numbers."""
        return range(len(self.pictures))

    def __post_init__(self) -> None:
        with av.open(str(self.path), mode="r") as container:
            for frame in container.decode(video=0):
                self.hashes.append(digest(frame))
                self.times.append(seconds(frame))
                self.pictures.append(np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8))
        for number, name in enumerate(self.hashes):
            self.places[name].add(number)
        self.sound = sound_of(self.path)


@dataclass
class Shown:
    """When the stream shows which frame of the film, decoded from its own LL-HLS."""

    pts_us: list[int]
    hashes: list[str]
    end_us: int

    def at(self, us: int) -> int:
        """Return the index of the frame on screen at an instant."""
        if not self.pts_us[0] <= us <= self.end_us:
            raise SystemExit("the instant is not in the reference playlist")
        return bisect.bisect_right(self.pts_us, us) - 1


def whole_segments(client: httpx.Client, url: str, through_us: int) -> list[m3u8.Segment]:
    """Return the live playlist's whole segments, once they reach an instant."""
    text = client.get(url).raise_for_status().text
    master = m3u8.loads(text, uri=url)
    media_url = master.playlists[0].absolute_uri if master.playlists else url
    while True:
        playlist = m3u8.loads(client.get(media_url).raise_for_status().text, uri=media_url)
        segments = [segment for segment in playlist.segments if segment.uri]
        if segments and end_us(segments[-1]) > through_us:
            return segments
        time.sleep(0.5)


def end_us(segment: m3u8.Segment) -> int:
    """Return a segment's end instant.

    From its own tag: m3u8's `current_program_date_time` is a segment ahead when parts are listed.
    """
    start, duration_s = segment.program_date_time, segment.duration
    return to_us(start) + round(float(duration_s) * 1_000_000)


def decode_hls(client: httpx.Client, url: str, through_us: int) -> Shown:
    """Fetch the live playlist's whole segments up to an instant; return their frames with UTC."""
    init: dict[str, bytes] = {}
    found: dict[int, str] = {}
    groups: dict[str, list[m3u8.Segment]] = defaultdict(list)
    segments = whole_segments(client, url, through_us)
    for segment in segments:
        groups[segment.init_section.absolute_uri].append(segment)
    for address, group in groups.items():
        init[address] = client.get(address).raise_for_status().content
        start = to_us(group[0].program_date_time)
        body = [client.get(segment.absolute_uri).raise_for_status().content for segment in group]
        with av.open(io.BytesIO(init[address] + b"".join(body)), mode="r") as container:
            frames = [(seconds(f), digest(f)) for f in container.decode(video=0)]
        origin = min(at for at, _ in frames)
        found |= {start + round((at - origin) * 1_000_000): name for at, name in frames}
    ordered = sorted(found.items())
    times, names = zip(*ordered, strict=True)
    return Shown(list(times), list(names), end_us(segments[-1]))
