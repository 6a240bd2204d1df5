"""From a medium to the engines' samples: gaps, damaged times, loudness."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from domain.core.errors import UnsupportedMedia
from domain.insight import audio
from domain.videos.media import sound

_RATE = 8000


def _film(path: Path, starts_s: Sequence[float]) -> Path:
    """Write half-second tones at instants."""
    tone = (np.sin(np.arange(_RATE // 2) * 0.3) * 9000).astype(np.int16)
    with av.open(str(path), "w", format="matroska") as film:
        track = film.add_stream("pcm_s16le", rate=_RATE, layout="mono")
        for start in starts_s:
            frame = av.AudioFrame.from_ndarray(tone[None], "s16", "mono")
            frame.rate, frame.time_base = _RATE, Fraction(1, _RATE)
            frame.pts = round(start * _RATE)
            film.mux(track.encode(frame))
    return path


def test_a_gap_becomes_silence_so_that_times_remain(tmp_path: Path) -> None:
    film = _film(tmp_path / "film.mkv", [0.0, 2.0])
    flac, wav = tmp_path / "audio.flac", tmp_path / "audio.wav"
    made = sound.extract(film, flac, lambda _share: None)
    assert made.length_ms == pytest.approx(2500, abs=50)
    loud = [level > 150 for level in made.loudness]
    assert (loud[:5], loud[5:20], loud[21:25]) == ([True] * 5, [False] * 15, [True] * 4)
    assert len(sound.drawn([1e-9] * 7199 + [1.0])) == 3600
    assert audio.decode(flac, wav) == pytest.approx(2.5, abs=0.05)
    levels = audio.loudness(wav)
    assert len(levels) in {25, 26}  # the resampler has a tail
    assert levels[2] > -20
    assert levels[22] > -20
    assert levels[10] < -90
    assert len(audio.read(wav, 2.0, 2.25)) == 4000


def test_damaged_times_do_not_fill_the_disk(tmp_path: Path) -> None:
    film = _film(tmp_path / "film.mkv", [0.0, 1_000_000.0])
    with pytest.raises(UnsupportedMedia, match="timestamps"):
        sound.extract(film, tmp_path / "audio.flac", lambda _share: None)
    assert (tmp_path / "audio.flac").stat().st_size < 100_000
