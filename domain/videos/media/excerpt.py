"""A part of a recording without video, as AAC: exact to the sample."""

from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from domain.core.beginning import beginning_us
from domain.core.errors import UnsupportedMedia
from domain.videos.media.files import opened

_RATE = 48_000
_EARLY_S = 0.5


def excerpt(path: Path, start_ms: int, end_ms: int, target: Path) -> int:
    """Write a part of a file's sound as M4A; return its length in milliseconds.

    Raises:
        UnsupportedMedia: There is no sound in that part.
    """
    samples = 0
    with opened(path) as source, av.open(str(target), "w", format="ipod") as container:
        track = source.streams.audio[0]
        out = container.add_stream("aac", rate=_RATE, layout="stereo")
        resampler = AudioResampler(format="fltp", layout="stereo", rate=_RATE)
        first_s = beginning_us(source) / 1_000_000
        start_s, end_s = start_ms / 1000 + first_s, end_ms / 1000 + first_s
        source.seek(round(max(first_s, start_s - _EARLY_S) * 1_000_000), backward=True)
        for frame in source.decode(track):
            if frame.time is None or frame.time + frame.samples / frame.sample_rate <= start_s:
                continue
            if frame.time >= end_s:
                break
            for made in resampler.resample(_cut(frame, start_s, end_s)):
                made.pts = samples
                samples += made.samples
                container.mux(out.encode(made))
        container.mux(out.encode(None))
    if samples == 0:
        raise UnsupportedMedia("There is no sound in this part. Choose another one.")
    return round(samples * 1000 / _RATE)


def _cut(frame: AudioFrame, start_s: float, end_s: float) -> AudioFrame:
    """Return the samples of a frame that lie in a span."""
    at = frame.time or 0.0
    first = max(0, round((start_s - at) * frame.sample_rate))
    stop = min(frame.samples, round((end_s - at) * frame.sample_rate))
    if (first, stop) == (0, frame.samples):
        frame.pts = None
        return frame
    samples = frame.to_ndarray()
    channels = frame.layout.nb_channels
    kept = (
        samples[:, first:stop]
        if frame.format.is_planar
        else samples[:, first * channels : stop * channels]
    )
    made = AudioFrame.from_ndarray(kept.copy(order="C"), frame.format.name, frame.layout.name)
    made.sample_rate = frame.sample_rate
    return made
