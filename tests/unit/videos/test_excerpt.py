"""Parts of recordings without video."""

import wave
from pathlib import Path

import av
import numpy as np
import pytest

from domain.core.errors import UnsupportedMedia
from domain.videos.media.excerpt import excerpt

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
    with av.open(str(tmp_path / "a.m4a")) as container:
        parts = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    heard = np.abs(np.concatenate(parts)) > 0.1
    edges = np.flatnonzero(heard)[[0, -1]] / 48_000
    assert abs(edges[0] - 0.5) < 0.05
    assert abs(edges[1] - 1.5) < 0.05


def test_a_part_behind_the_end_is_none(recording: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedMedia):
        excerpt(recording, 20_000, 21_000, tmp_path / "a.m4a")
