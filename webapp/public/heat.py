"""A heat map as a drawing: bars in six steps, where a part lies over it, and its words."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.marks.models import Heat

_MOST_BARS = 160
_WIDTH, _HEIGHT = 1000, 100
_STEPS = 6


@dataclass(frozen=True, slots=True)
class Lane:
    """The variables of the template's timeline; positions are percentages."""

    heights: tuple[float, ...]  # of its bars, 0 to 1
    length_s: int
    start_s: float
    end_s: float
    peak: int

    @property
    def paths(self) -> list[tuple[int, str]]:
        """The bars as SVG paths, one for each step of the colour."""
        return _paths(self.heights)

    @property
    def left(self) -> float:
        """Where the part begins."""
        return round(min(100.0, 100 * self.start_s / self.length_s), 2)

    @property
    def width(self) -> float:
        """How wide the part is; never too narrow to see."""
        wide = round(100 * (self.end_s - self.start_s) / self.length_s, 2)
        return min(max(wide, 0.5), 100 - self.left)


def lane_of(heat: Heat | None, start_s: float, end_s: float, length_s: int | None) -> Lane | None:
    """Return a timeline, or None if nobody knows how long the media is."""
    values = heat.values if heat is not None and any(heat.values) else ()
    known = len(values) * heat.bucket_s if heat is not None and values else length_s or 0
    if known <= 0:
        return None
    return Lane(tuple(bars(values)), known, start_s, end_s, max(values, default=0))


def bars(values: Sequence[int], most: int = _MOST_BARS) -> list[float]:
    """Return at most so many heights, 0 to 1: each the highest of its stretch."""
    size = max(1, -(-len(values) // most))
    peaks = [max(values[at : at + size]) for at in range(0, len(values), size)]
    top = max(peaks, default=0)
    return [peak / top for peak in peaks] if top else []


def _paths(heights: Sequence[float]) -> list[tuple[int, str]]:
    drawn: dict[int, list[str]] = {}
    step = _WIDTH / max(1, len(heights))
    for n, height in enumerate(heights):
        tall = max(3.0, height * (_HEIGHT - 6))
        shape = (
            f"M{n * step:.1f} {_HEIGHT - tall:.1f}h{step * 0.7:.1f}V{_HEIGHT}h-{step * 0.7:.1f}z"
        )
        drawn.setdefault(min(_STEPS - 1, int(height * _STEPS)), []).append(shape)
    return [(level, "".join(shapes)) for level, shapes in sorted(drawn.items())]
