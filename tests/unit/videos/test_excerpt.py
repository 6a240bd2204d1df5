"""Parts of recordings without video."""

import wave
from pathlib import Path

import av
import numpy as np
import pytest

from domain.core.errors import UnsupportedMedia
from domain.videos.media.excerpt import excerpt
from domain.videos.media.sound import extract

_RATE = 8000


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Ten seconds, silent but for the fifth."""
    samples = np.zeros(10 * _RATE, np.int16)
    samples[4 * _RATE : 5 * _RATE] = 10_000 * np.sin(np.arange(_RATE) * 0.5)
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, _RATE, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return path


def test_a_part_has_its_sound_at_its_time(recording: Path, tmp_path: Path) -> None:
    assert abs(excerpt(recording, 3500, 5250, tmp_path / "a.m4a") - 1750) <= 25
    edges = _heard_s(tmp_path / "a.m4a", 48_000)
    assert abs(edges[0] - 0.5) < 0.05
    assert abs(edges[1] - 1.5) < 0.05


def test_the_time_of_a_recorded_broadcast_begins_with_it(recording: Path, tmp_path: Path) -> None:
    path, shift_s = tmp_path / "a.ts", 90_000
    with av.open(str(recording)) as source, av.open(str(path), "w") as out:
        track = out.add_stream("aac", rate=_RATE, layout="mono")
        for frame in source.decode(audio=0):
            frame.pts = (frame.pts or 0) + shift_s * _RATE
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
    assert abs(extract(path, tmp_path / "a.flac", lambda _done: None).length_ms - 10_000) < 300
    assert abs(excerpt(path, 3500, 5250, tmp_path / "a.m4a") - 1750) <= 25
    assert abs(_heard_s(tmp_path / "a.flac", 16_000)[0] - 4) < 0.2
    assert abs(_heard_s(tmp_path / "a.m4a", 48_000)[0] - 0.5) < 0.2


def _heard_s(path: Path, rate: int) -> tuple[float, float]:
    """Return when the first and the last sound is heard."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
        parts = [
            made.to_ndarray()[0]
            for frame in container.decode(audio=0)
            for made in resampler.resample(frame)
        ]
    first, last = np.flatnonzero(np.abs(np.concatenate(parts)) > 0.1)[[0, -1]] / rate
    return first, last


def test_a_part_behind_the_end_is_none(recording: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedMedia):
        excerpt(recording, 20_000, 21_000, tmp_path / "a.m4a")
