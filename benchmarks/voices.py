"""Who speaks: diarisation errors on a telephone call, and clustering an hour again.

Run: python -m benchmarks.voices [--media FOLDER]
Needs `two-speakers.wav` and its `.rttm` (see `_speech_files`); the rest runs without. Errors are
strict: no collar, overlaps count. Fails above .17 with the count given, or 1 s for an hour.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks._speech_files import FOLDER, cpu_s
from domain.insight.facts import Turn, VoiceWindows
from domain.insight.models import ModelChoice
from domain.insight.service import Insight

_FRAMES = 100  # a second
_HOUR_WINDOWS = 9000
Grid = npt.NDArray[np.bool_]
Vectors = npt.NDArray[np.float32]


def known_turns(path: Path) -> list[tuple[float, float, str]]:
    """Read who speaks when (RTTM)."""
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [(float(row[3]), float(row[3]) + float(row[4]), row[7]) for row in rows]


def grid(turns: Sequence[tuple[float, float, object]], end_s: float) -> Grid:
    """Return who speaks in each frame, a row for each person."""
    names = sorted({str(name) for *_, name in turns})
    held = np.zeros((len(names), round(end_s * _FRAMES)), np.bool_)
    for start, end, name in turns:
        held[names.index(str(name)), round(start * _FRAMES) : round(end * _FRAMES)] = True
    return held


def error_rate(known: Grid, found: Grid) -> float:
    """Return missed, false and confused speech per known speech, under the best naming."""
    people = max(len(known), len(found))
    found = np.pad(found, ((0, people - len(found)), (0, 0)))
    right = max(
        sum(int((row & found[person]).sum()) for row, person in zip(known, order, strict=True))
        for order in permutations(range(people), len(known))
    )
    most = np.maximum(known.sum(axis=0), found.sum(axis=0)).sum()
    return float((most - right) / known.sum())


async def call(insight: Insight, folder: Path) -> bool:
    """Print the errors on the call; return whether they are few enough."""
    source = folder / "two-speakers.wav"
    if not source.exists():
        print("the call: skipped, no such file")
        return True
    with tempfile.TemporaryDirectory(prefix="moments-voices-") as name:
        decoded = Path(name) / "call.wav"
        end_s = await insight.decode(source, decoded)
        speech = await insight.speech(decoded)
        started = cpu_s(insight)
        windows = await insight.windows(decoded, speech)
        share = (cpu_s(insight) - started) / end_s
    known = grid(known_turns(source.with_suffix(".rttm")), end_s)
    rates = {
        count: _rate(known, await insight.speakers(windows, count), end_s) for count in (2, 1, None)
    }
    print(f"the call: windows {share:.3f} CPU s per audio s")
    print(f"  two people given {rates[2]:.3f}  one person {rates[1]:.3f}  auto {rates[None]:.3f}")
    times, vectors = _arrays(windows)
    at = (times.mean(axis=1) * _FRAMES).astype(int)
    alone = [vectors[row[at] & (known[:, at].sum(axis=0) == 1)] for row in known]
    print(f"  its two voices are alike by {_alike(*alone):.3f}", end="; ")
    print("halves of one:", ", ".join(f"{_alike(*_halves(each)):.3f}" for each in alone))
    return rates[2] <= 0.17


async def one_voice(insight: Insight, folder: Path) -> None:
    """Print how alike the halves of a speech of one person are: no more than two people may be."""
    source = folder / "jfk.flac"
    if not source.exists():
        return
    with tempfile.TemporaryDirectory(prefix="moments-voices-") as name:
        decoded = Path(name) / "speech.wav"
        await insight.decode(source, decoded)
        _, vectors = _arrays(await insight.windows(decoded, await insight.speech(decoded)))
    print(f"halves of a speech of one person are alike by {_alike(*_halves(vectors)):.3f}")


def _arrays(windows: VoiceWindows) -> tuple[Vectors, Vectors]:
    times = np.frombuffer(windows.times, np.float32).reshape(-1, 2)
    return times, np.frombuffer(windows.vectors, np.float16).reshape(-1, 256).astype(np.float32)


def _halves(vectors: Vectors) -> tuple[Vectors, Vectors]:
    return vectors[: len(vectors) // 2], vectors[len(vectors) // 2 :]


def _alike(one: Vectors, other: Vectors) -> float:
    """Return the cosine of the mean directions."""
    a, b = one.mean(axis=0), other.mean(axis=0)
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def _rate(known: Grid, turns: Sequence[Turn], end_s: float) -> float:
    return error_rate(known, grid([(t.start_s, t.end_s, t.speaker) for t in turns], end_s))


async def hour(insight: Insight) -> bool:
    """Print how long an hour of five synthetic voices takes; return whether that is at once."""
    random = np.random.default_rng(5)
    voices = random.normal(size=(5, 256))
    who = np.repeat(random.integers(0, 5, _HOUR_WINDOWS // 15), 15)
    vectors = voices[who] + random.normal(0, 0.7, (_HOUR_WINDOWS, 256))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    starts = np.arange(_HOUR_WINDOWS) * 0.4
    times = np.stack([starts, starts + 0.4], axis=1).astype(np.float32)
    stored = VoiceWindows(times.tobytes(), vectors.astype(np.float16).tobytes())
    worst = 0.0
    for count in (None, 2, 5, 8):
        started = cpu_s(insight)
        turns = await insight.speakers(stored, count)
        used = cpu_s(insight) - started
        worst = max(worst, used)
        print(f"an hour again, {count or 'auto'}: {used:.2f} CPU s, {len(turns)} turns")
    return worst < 1


async def measure(folder: Path) -> bool:
    """Print everything; return whether all is good enough."""
    insight = Insight(ModelChoice())
    try:
        good = [await call(insight, folder), await hour(insight)]
        await one_voice(insight, folder)
    finally:
        await insight.close()
    return all(good)


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--media", type=Path, default=FOLDER)
    return 0 if asyncio.run(measure(options.parse_args().media)) else 1


if __name__ == "__main__":
    sys.exit(main())
