"""Restores evenly spaced timestamps from ones rounded to milliseconds."""

_TOLERANCE_US = 1500
_SHORTEST_US = 4000.0


class TimestampGrid:
    """Snaps a track's milliseconds to the grid of its frames, while it follows one.

    RTMP counts in milliseconds: 30 frames a second arrive at 33, 67, 100, and audio of 1024 samples
    in steps of 21 and 22. A time within 1.5 ms of the grid snaps to it; any other (a frame was
    skipped, the declared rate is wrong) stays as it is and starts a new grid.
    """

    def __init__(self, step_us: float = 0.0) -> None:
        self._step = step_us if step_us >= _SHORTEST_US else 0.0
        self._base: int | None = None
        self.duration_us = round(self._step) or None  # a frame's, if known

    def place(self, ms: int) -> int:
        """Return a timestamp in microseconds."""
        us = ms * 1000
        if not self._step:
            return us
        if self._base is None:
            self._base = us
        exact = self._base + round(round((us - self._base) / self._step) * self._step)
        if abs(us - exact) <= _TOLERANCE_US:
            return exact
        self._base = us
        return us

    def offset(self, ms: int) -> int:
        """Return a distance between two frames of the track in microseconds."""
        us = ms * 1000
        if not self._step or not us:
            return us
        exact = round(round(us / self._step) * self._step)
        return exact if abs(us - exact) <= _TOLERANCE_US else us
