"""Spans of speech by two thresholds, and cuts in the gaps between."""

import numpy as np

from domain.insight.gaps import gaps_of, snap, spans_of

_STEP_S = 0.032
_SPEECH = [(1.0, 3.0), (3.6, 6.0), (6.05, 9.0)]


def test_a_short_dip_does_not_end_speech() -> None:
    odds = np.array([0.1] * 10 + [0.9] * 10 + [0.2] * 2 + [0.9] * 10 + [0.1] * 10, np.float32)
    assert spans_of(odds, 60.0) == [(10 * _STEP_S, 32 * _STEP_S)]


def test_the_lower_threshold_ends_speech() -> None:
    odds = np.array([0.6] * 10 + [0.4] * 10 + [0.1] * 10, np.float32)
    assert spans_of(odds, 60.0) == [(0.0, 20 * _STEP_S)]


def test_speech_to_the_end_is_a_span() -> None:
    assert spans_of(np.ones(100, np.float32), 3.1) == [(0.0, 3.1)]


def test_a_cut_moves_into_the_gap_beside_its_speech() -> None:
    assert snap(2.8, _SPEECH, 10.0, is_start=False) == 3.15
    assert snap(3.7, _SPEECH, 10.0, is_start=True) == 3.45
    assert gaps_of(_SPEECH, 10.0) == [(0.0, 1.0), (3.0, 3.6), (9.0, 10.0)]


def test_without_a_gap_in_reach_the_instant_stays() -> None:
    assert snap(5.5, [(0.0, 10.0)], 10.0, is_start=True) == 5.5
