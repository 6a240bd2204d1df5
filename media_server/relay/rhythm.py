"""How often a source sends, so that a slow one is not taken for one that has stopped."""

from typing import Final

_DECAY: Final = 0.9  # with every arrival: one long pause is soon forgotten
_PATIENCE: Final = 2.5  # times the usual pause


class Rhythm:
    """The longest recent pause between arrivals; in whatever unit its times have.

    `usual` is the pause to assume at first.
    """

    def __init__(self, usual: float = 0.0) -> None:
        self.last: float | None = None
        self._usual = usual

    def came(self, now: float) -> None:
        """Note an arrival."""
        pause = 0.0 if self.last is None else now - self.last
        self.last = now
        self._usual = max(pause, self._usual * _DECAY)

    def has_stopped(self, now: float, least: float) -> bool:
        """Return whether this pause is far longer than usual, and than `least`."""
        return self.last is not None and now - self.last > max(least, _PATIENCE * self._usual)
