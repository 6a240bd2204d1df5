"""Clusters of voices: synthetic vectors, and the encoder on tones."""

from pathlib import Path

import numpy as np

from domain.insight import encoder, speakers
from domain.insight.facts import VoiceWindows


def _windows(pattern: str, noise: float = 0.03) -> VoiceWindows:
    """Return windows of 0.4 s whose voices are named by letters."""
    random = np.random.default_rng(1)
    voices = {letter: random.normal(size=256) for letter in sorted(set(pattern))}
    vectors = np.array([voices[letter] / np.linalg.norm(voices[letter]) for letter in pattern])
    vectors += random.normal(0, noise, vectors.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    starts = np.arange(len(pattern)) * 0.4
    times = np.stack([starts, starts + 0.4], axis=1).astype(np.float32)
    return VoiceWindows(times.tobytes(), vectors.astype(np.float16).tobytes())


def test_a_given_count_is_found_in_order_of_appearance() -> None:
    turns = speakers.assign(_windows("bbbbbbaaaaaabbbbbbcccccc"), 3)
    assert [turn.speaker for turn in turns] == [0, 1, 0, 2]
    assert [turn.start_s for turn in turns] == [0.0, 2.4, 4.8, 7.2]


def test_auto_finds_clearly_different_voices() -> None:
    assert {t.speaker for t in speakers.assign(_windows("a" * 20 + "b" * 20))} == {0, 1}
    assert {t.speaker for t in speakers.assign(_windows("a" * 40))} == {0}


def test_one_odd_window_is_no_turn() -> None:
    turns = speakers.assign(_windows("aaaaaaaaabbbbbbbbb", noise=0.05), 2)
    assert len(turns) == 2


def test_nobody_and_more_people_than_windows() -> None:
    assert speakers.assign(VoiceWindows(b"", b""), 2) == []
    assert len(speakers.assign(_windows("ab"), 5)) <= 2


def test_windows_cover_the_speech_exactly(tmp_path: Path) -> None:
    audio = tmp_path / "audio.wav"
    tone = (np.sin(np.arange(16000 * 3) * 0.05) * 8000).astype(np.int16)
    audio.write_bytes(bytes(44) + tone.tobytes())
    stored = speakers.windows(audio, [(0.0, 0.1), (1.0, 1.8)])
    times = np.frombuffer(stored.times, np.float32).reshape(-1, 2)
    assert times[0].tolist() == [0.0, np.float32(0.1)]
    assert (times[1, 0], times[-1, 1], len(times)) == (1.0, np.float32(1.8), 3)
    vectors = np.frombuffer(stored.vectors, np.float16).reshape(-1, 256).astype(np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-2)


def test_a_mel_band_has_its_own_frequency() -> None:
    second = np.arange(16000) / 16000
    low, high = (
        encoder.mel(np.sin(2 * np.pi * hertz * second).astype(np.float32))[50].argmax()
        for hertz in (440, 4400)
    )
    assert 4 < low < 8 < high < 40
