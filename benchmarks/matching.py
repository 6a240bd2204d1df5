"""How well recordings at different providers are matched: precision first.

Run: python -m benchmarks.matching [--pairs FILE] [--show]
`--pairs` (or MATCHING_PAIRS, or ../shared/matching/pairs.csv) holds labelled pairs of Spotify
tracks and YouTube results; without it only our own hard pairs are scored. Fails below the aims.
"""

import argparse
import csv
import math
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import fuzz

from domain.marks.matching import Channel, Recording, Verdict, match
from domain.marks.titles import words_of

_HERE = Path(__file__).resolve().parent
_PAIRS = _HERE.parent.parent / "shared" / "matching" / "pairs.csv"
_HARD = _HERE / "hard_pairs.csv"
_KINDS: dict[str, Channel] = {"ATV": "topic", "OMV": "artist", "UGC": "other"}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two recordings and the label: 1 same, 2 same but another length, 0 different."""

    label: int
    one: Recording
    other: Recording


def read_real(path: Path) -> list[Pair]:
    """Read provider answers."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_real(row) for row in csv.DictReader(file)]


def _real(row: dict[str, str]) -> Pair:
    one = Recording(
        row["spotify_name"],
        _listed(row["spotify_artists"]),
        int(row["spotify_duration_ms"]),
        row["spotify_isrc"] or None,
        row["spotify_album"],
    )
    other = Recording(
        row["yt_title"],
        _listed(row["yt_artists"]),
        round(float(row["yt_duration_s"] or 0) * 1000) or None,
        None,
        row["yt_album"],
        _KINDS[row["yt_kind"]],
    )
    return Pair(int(row["label"]), one, other)


def read_hard(path: Path = _HARD) -> list[Pair]:
    """Read our own pairs: label, title, artists, seconds, and the other's with its channel."""
    pairs = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            one = Recording(row["title"], _listed(row["artists"]), _ms(row["s"]))
            other = Recording(
                row["title2"],
                _listed(row["artists2"]),
                _ms(row["s2"]),
                None,
                "",
                _KINDS[row["kind"]],
            )
            pairs.append(Pair(int(row["label"]), one, other))
    return pairs


def _ms(text: str) -> int | None:
    return round(float(text) * 1000) if text else None


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def baseline(one: Recording, other: Recording, *, lengths: bool = False) -> bool:
    """Return what the usual fuzzy comparison says: `token_set_ratio` of artist and title >= 85."""
    texts = [" ".join((*words_of(" ".join(r.artists)), *words_of(r.title))) for r in (one, other)]
    apart_ms = _apart_ms(one, other)
    is_near = not lengths or (apart_ms is not None and apart_ms <= 3000)
    return is_near and fuzz.token_set_ratio(*texts) >= 85


def _apart_ms(one: Recording, other: Recording) -> int | None:
    both = one.duration_ms and other.duration_ms
    return abs(one.duration_ms - other.duration_ms) if both else None  # type: ignore[operator]


def wilson(good: int, all_: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    if not all_:
        return 0.0, 1.0
    share, square = good / all_, z * z / all_
    middle = share + square / 2
    spread = z * math.sqrt(share * (1 - share) / all_ + square / (4 * all_))
    return (middle - spread) / (1 + square), (middle + spread) / (1 + square)


def score(name: str, pairs: Sequence[Pair], said: Callable[[Pair], bool]) -> tuple[float, ...]:
    """Print and return identity precision, timeline precision and recall."""
    merged = [pair for pair in pairs if said(pair)]
    same = sum(pair.label > 0 for pair in merged)
    timeline = sum(pair.label == 1 for pair in merged)
    positive = sum(pair.label == 1 for pair in pairs)
    precision = same / len(merged) if merged else 1.0
    on_timeline = timeline / len(merged) if merged else 1.0
    recall = timeline / positive if positive else 1.0
    low, high = wilson(same, len(merged))
    print(
        f"{name:34} merges {len(merged):4}  identity {precision:.3f} [{low:.3f}, {high:.3f}]"
        f"  timeline {on_timeline:.3f}  recall {recall:.3f}"
    )
    return precision, on_timeline, recall


def _errors(pairs: Iterable[Pair], *, show: bool) -> None:
    for pair in pairs if show else ():
        verdict = match(pair.one, pair.other)
        if (verdict.decision == "same") != (pair.label == 1):
            print(_line(pair, verdict))


def _line(pair: Pair, verdict: Verdict) -> str:
    one, other = pair.one, pair.other
    apart = ((other.duration_ms or 0) - (one.duration_ms or 0)) / 1000
    return (
        f"  {pair.label} {verdict.decision}: {'; '.join(one.artists)} | {one.title}  <>"
        f"  {'; '.join(other.artists)} | {other.title} ({other.channel}, {apart:+.1f} s)"
        f"  {verdict.reason}"
    )


def report(name: str, pairs: Sequence[Pair], *, show: bool) -> bool:
    """Print a set's figures; return whether it reaches the aims."""
    score(f"{name}: token_set >= 85", pairs, lambda p: baseline(p.one, p.other))
    score(f"{name}: the same, 3 s", pairs, lambda p: baseline(p.one, p.other, lengths=True))
    found = score(f"{name}: ours", pairs, lambda p: match(p.one, p.other).decision == "same")
    asked = sum(match(p.one, p.other).decision == "ask" for p in pairs if p.label)
    print(f"{name}: asked {asked} of {sum(p.label > 0 for p in pairs)} that are the same")
    _errors(pairs, show=show)
    return found[0] >= 0.99 and found[1] >= 0.99 and found[2] >= 0.8


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--pairs", type=Path, default=os.environ.get("MATCHING_PAIRS", _PAIRS))
    options.add_argument("--show", action="store_true", help="Print each pair that is not right.")
    chosen = options.parse_args()
    good = report("hard", read_hard(), show=chosen.show) if _HARD.exists() else True
    if Path(chosen.pairs).exists():
        good = report("real", read_real(Path(chosen.pairs)), show=chosen.show) and good
    else:
        print("real: skipped, no such file")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
