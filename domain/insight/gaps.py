"""Where somebody speaks, and the best instants to cut: in the gaps between.

Voice activity is Silero's VAD 6 (MIT), whose weights faster-whisper ships; its decision rule with
two thresholds is theirs, too.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from domain.insight import audio
from domain.insight.facts import Span

_STEP = 512  # samples of one decision
_SPEECH = 0.5
_SILENCE = 0.35
_MIN_SILENCE_S = 0.1
_MIN_SPEECH_S = 0.06
_REACH_S = 1.2  # how far a cut may move


def speech(file: Path) -> list[Span]:
    """Return the spans of speech in a decoded file."""
    odds = np.concatenate([_odds(samples) for _, samples in audio.parts(file, 300.0)] or [_NONE])
    return spans_of(odds, audio.duration(file))


_NONE = np.zeros(0, np.float32)


def _odds(samples: audio.Samples) -> npt.NDArray[np.float32]:
    """Return the probability of speech of each step."""
    from faster_whisper.vad import get_vad_model  # noqa: PLC0415 (loaded in the worker alone)

    padded = np.pad(samples, (0, -len(samples) % _STEP))
    return np.asarray(get_vad_model()(padded), np.float32).reshape(-1) if len(padded) else _NONE


def spans_of(odds: npt.NDArray[np.float32], end_s: float) -> list[Span]:
    """Return spans of speech by two thresholds: one starts a span, a lower one ends it."""
    step_s = _STEP / audio.RATE
    spans: list[Span] = []
    start: float | None = None
    quiet: float | None = None
    for index, chance in enumerate(odds):
        now = index * step_s
        if chance >= _SPEECH:
            start, quiet = now if start is None else start, None
        elif chance < _SILENCE and start is not None:
            quiet = now if quiet is None else quiet
            if now - quiet >= _MIN_SILENCE_S:
                spans.append((start, quiet))
                start = quiet = None
    if start is not None:
        spans.append((start, quiet or end_s))
    return [(a, min(b, end_s)) for a, b in spans if b - a >= _MIN_SPEECH_S]


def snap(instant_s: float, speech: Sequence[Span], end_s: float, *, is_start: bool) -> float:
    """Return the best instant to cut near another: in a gap of speech within about a second.

    A start stays just before its speech and an end just after it, as far as the gap allows.
    Without a gap in reach the instant is returned; `quietest` then finds the least bad one.
    """
    gaps = [(0.0, 0.0), *gaps_of(speech, end_s), (end_s, end_s)]
    gaps = [gap for gap in gaps if _distance(instant_s, gap) <= _REACH_S]
    if not gaps:
        return instant_s
    start, end = max(gaps, key=lambda gap: _worth(instant_s, gap))
    lead = min(0.15, (end - start) / 2)
    wanted = end - lead if is_start else start + lead
    return round(wanted, 3)


def gaps_of(speech: Sequence[Span], end_s: float) -> list[Span]:
    """Return the spans without speech, ends included."""
    edges = [0.0, *(edge for span in speech for edge in span), end_s]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [(a, b) for a, b in pairs if b - a > 0.06]


def _distance(instant_s: float, gap: Span) -> float:
    return max(gap[0] - instant_s, instant_s - gap[1], 0.0)


def _worth(instant_s: float, gap: Span) -> float:
    return min(gap[1] - gap[0], 1.0) - _distance(instant_s, gap)


def quietest(file: Path, instant_s: float, reach_s: float = 0.4) -> float:
    """Return the middle of the quietest 50 ms near an instant."""
    first = max(0.0, instant_s - reach_s)
    samples = audio.read(file, first, instant_s + reach_s)
    size = audio.RATE // 20
    if len(samples) <= size:
        return instant_s
    sums = np.cumsum(np.concatenate([[0.0], samples.astype(np.float64) ** 2]))
    energy = sums[size:] - sums[:-size]
    return round(first + (int(np.argmin(energy)) + size / 2) / audio.RATE, 3)
