"""Audio for the engines: a file of 16 kHz mono samples, made once and read in parts."""

import itertools
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from domain.core.errors import UnsupportedMedia

RATE = 16000
_HEADER_BYTES = 44  # of the wave files that `decode` writes
Samples = npt.NDArray[np.float32]


def decode(source: Path, target: Path) -> float:
    """Write a medium's first audio track as 16-bit mono at 16 kHz; return its seconds.

    Needs little memory for any length. Gaps in a file of a user are filled before:
    `videos/media/sound` does that.

    Raises:
        UnsupportedMedia: There is no audio, or it cannot be decoded.
    """
    import av  # noqa: PLC0415 (loaded in the worker alone)

    try:
        with av.open(str(source)) as medium, wave.open(str(target), "wb") as out:
            out.setparams((1, 2, RATE, 0, "NONE", ""))
            if not medium.streams.audio:
                raise UnsupportedMedia("The file has no audio.")
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
            for frame in itertools.chain(medium.decode(audio=0), [None]):
                for block in resampler.resample(frame):
                    out.writeframesraw(block.to_ndarray().tobytes())
    except (av.FFmpegError, OSError) as error:
        raise UnsupportedMedia(
            "The audio could not be decoded. Check that the file plays."
        ) from error
    if duration(target) <= 0:
        raise UnsupportedMedia("The file has no audio.")
    return duration(target)


def duration(audio: Path) -> float:
    """Return the seconds of a decoded file."""
    return (audio.stat().st_size - _HEADER_BYTES) / 2 / RATE


def read(audio: Path, start_s: float = 0.0, end_s: float | None = None) -> Samples:
    """Return samples of a decoded file, -1 to 1."""
    first = max(0, round(start_s * RATE))
    count = -1 if end_s is None else max(0, round(end_s * RATE) - first)
    raw = np.fromfile(audio, np.int16, count, offset=_HEADER_BYTES + 2 * first)
    return raw.astype(np.float32) / 32768.0


def parts(audio: Path, seconds: float) -> Iterator[tuple[float, Samples]]:
    """Yield a decoded file in consecutive parts, each with its start."""
    end_s = duration(audio)
    start_s = 0.0
    while start_s < end_s:
        yield start_s, read(audio, start_s, min(end_s, start_s + seconds))
        start_s += seconds


def loudness(audio: Path, step_s: float = 0.1) -> npt.NDArray[np.float32]:
    """Return the level of each step in decibels below full scale."""
    size = round(step_s * RATE)
    levels = []
    for _, samples in parts(audio, 600 * step_s):
        padded = np.pad(samples, (0, -len(samples) % size)).reshape(-1, size)
        levels.append(np.sqrt(np.mean(padded * padded, axis=1)))
    power = np.concatenate(levels) if levels else np.zeros(0, np.float32)
    return np.asarray(20 * np.log10(np.maximum(power, 1e-5)), np.float32)
