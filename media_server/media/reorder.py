"""Decode times for sources that provide only presentation times."""

from bisect import insort


class Reorder:
    """Guesses dts from pts, as libavformat does: the smallest of the last few pts.

    With at most `depth` frames reordered, the smallest of the newest depth + 1 pts never decreases
    and is never after a frame's own pts. The first ones count back from the first frame.
    """

    def __init__(self, depth: int = 0) -> None:
        self.depth = depth
        self._recent: list[int] = []

    def clear(self) -> None:
        """Forget everything before a discontinuity."""
        self._recent = []

    def dts(self, pts: int, duration: int) -> int:
        """Return the decode time of the next packet in decode order."""
        if not self._recent:
            self._recent = [pts - (self.depth - n) * duration for n in range(self.depth)]
        insort(self._recent, pts)
        return self._recent.pop(0)
