"""A file's sound as speech models take it: 16 kHz, mono, FLAC."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from domain.core.beginning import beginning_us
from domain.core.errors import UnsupportedMedia
from domain.videos.media.files import opened

RATE = 16_000
_MOST_S = 24 * 3600  # later timestamps are errors; silence up to them would take days to encode
_PART: Final = RATE // 10
_MOST_LEVELS: Final = 3600
Report = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Sound:
    """The length of the sound, and its loudness in equal parts, 0 to 255."""

    length_ms: int
    loudness: list[int]


def extract(path: Path, target: Path, report: Report) -> Sound:
    """Write the sound of a file; return its length and how loud it is.

    Its time is the file's: a track that begins late begins with silence, and damaged packets are
    left out.

    Raises:
        UnsupportedMedia: The file or its timestamps are damaged.
    """
    with opened(path) as source, av.open(str(target), "w", format="flac") as container:
        track = source.streams.audio[0]
        total_s = (source.duration or 0) / 1_000_000
        first_s = beginning_us(source) / 1_000_000
        out = container.add_stream("flac", rate=RATE, layout="mono", format="s16")
        writer = _Writer(container, out, first_s)
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        for packet in source.demux(track):
            try:
                frames = packet.decode()
            except av.InvalidDataError:
                continue
            for frame in frames:
                if isinstance(frame, AudioFrame):
                    writer.write(frame, resampler)
                    if total_s and frame.time is not None:
                        report((frame.time - first_s) / total_s)
        writer.end(resampler)
    if writer.samples == 0:
        raise UnsupportedMedia("The file's sound cannot be decoded. Convert it to AAC.")
    return Sound(round(writer.samples * 1000 / RATE), drawn(writer.power))


def drawn(power: Sequence[float]) -> list[int]:
    """Return the loudness of equal parts for a drawing, 0 (60 dB below full scale) to 255."""
    each = max(1, math.ceil(len(power) / _MOST_LEVELS))
    padded = np.pad(np.asarray(power, np.float64), (0, -len(power) % each))
    loudest = padded.reshape(-1, each).max(axis=1)
    decibels = 10 * np.log10(np.maximum(loudest, 1e-6))
    return [round(level) for level in np.clip(decibels / 60 + 1, 0, 1) * 255]


class _Writer:
    """Encodes resampled frames, without gaps."""

    def __init__(
        self, container: av.container.OutputContainer, stream: av.AudioStream, first_s: float
    ) -> None:
        self._container = container
        self._first_s = first_s
        self.power: list[float] = []  # of each tenth of a second
        self._stream = stream
        self.samples = 0

    def write(self, frame: AudioFrame, resampler: AudioResampler) -> None:
        """Encode a frame; fill the gap before it."""
        if frame.time is not None:
            at_s = frame.time - self._first_s
            if at_s > _MOST_S:
                raise UnsupportedMedia("The audio's timestamps are damaged. Convert the file.")
            self._fill(round(at_s * RATE) - self.samples)
        frame.pts = None
        for made in resampler.resample(frame):
            self._encode(made)

    def end(self, resampler: AudioResampler) -> None:
        """Encode what is left."""
        for made in resampler.resample(None):
            self._encode(made)
        self._container.mux(self._stream.encode(None))

    def _fill(self, missing: int) -> None:
        """Write silence for more than half a second that the track lacks."""
        if missing < RATE // 2:
            return
        while missing > 0:
            silence = AudioFrame(format="s16", layout="mono", samples=min(missing, RATE))
            silence.sample_rate = RATE
            for plane in silence.planes:
                plane.update(bytes(plane.buffer_size))
            self._encode(silence)
            missing -= silence.samples

    def _encode(self, frame: AudioFrame) -> None:
        frame.pts = self.samples
        self._measure(frame.to_ndarray()[0])
        self.samples += frame.samples
        self._container.mux(self._stream.encode(frame))

    def _measure(self, samples: "npt.NDArray[np.int16]") -> None:
        """Add the power of samples to that of the parts that they belong to."""
        first, at = self.samples // _PART, self.samples % _PART
        squares = np.square(samples.astype(np.float64) / 32768) / _PART
        padded = np.pad(squares, (at, -(at + len(squares)) % _PART))
        for number, power in enumerate(padded.reshape(-1, _PART).sum(axis=1), first):
            if number == len(self.power):
                self.power.append(0.0)
            self.power[number] += float(power)
