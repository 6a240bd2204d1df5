"""Audio for the engines: a file of 16 kHz mono samples, made once and read in parts."""

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from domain.core.errors import UnsupportedMedia

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

RATE = 16000
_MOST_S = 24 * 3600.0  # later timestamps are errors, which must not fill the disk with silence
_HEADER_BYTES = 44  # of the wave files that `decode` writes
Samples = npt.NDArray[np.float32]


def decode(source: Path, target: Path) -> float:
    """Write the first audio track of a medium as 16-bit mono at 16 kHz; return its seconds.

    Gaps between frames become silence, so that times remain those of the medium. Needs little
    memory for any length.

    Raises:
        UnsupportedMedia: There is no audio, nothing could be decoded, or its times are damaged.
    """
    import av  # noqa: PLC0415 (loaded in the worker alone)

    written = 0
    try:
        with av.open(str(source)) as medium, wave.open(str(target), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(RATE)
            if not medium.streams.audio:
                raise UnsupportedMedia("The file has no audio.")
            start_s = float((medium.start_time or 0) / av.time_base)
            for at_s, samples in _blocks(medium, start_s):
                if at_s > _MOST_S:
                    raise UnsupportedMedia("The audio's timestamps are damaged. Convert the file.")
                if round(at_s * RATE) - written > RATE // 10:
                    written += _silence(out, round(at_s * RATE) - written)
                out.writeframesraw(samples.tobytes())
                written += len(samples)
    except (av.FFmpegError, OSError) as error:
        raise UnsupportedMedia(
            "The audio could not be decoded. Check that the file plays."
        ) from error
    if not written:
        raise UnsupportedMedia("The file has no audio.")
    return written / RATE


def _blocks(medium: Any, start_s: float) -> Iterator[tuple[float, npt.NDArray[np.int16]]]:  # noqa: ANN401 (PyAV's container)
    """Yield decoded samples with their time; single damaged packets are skipped."""
    import av  # noqa: PLC0415

    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    at_s = 0.0
    for packet in medium.demux(medium.streams.audio[0]):
        try:
            frames: list[AudioFrame] = packet.decode()
        except av.error.InvalidDataError:
            continue
        for frame in frames:
            if frame.time is not None:
                at_s = frame.time - start_s
            for out in resampler.resample(frame):
                yield at_s, _mono(out)
    for out in resampler.resample(None):
        yield at_s, _mono(out)


def _silence(out: wave.Wave_write, samples: int) -> int:
    """Write silence, a minute at a time; return its samples."""
    for at in range(0, samples, 60 * RATE):
        out.writeframesraw(bytes(2 * min(60 * RATE, samples - at)))
    return samples


def _mono(frame: "AudioFrame") -> npt.NDArray[np.int16]:
    return np.asarray(frame.to_ndarray(), np.int16).reshape(-1)


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
