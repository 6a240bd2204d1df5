"""Limits reading to real time, for sources that would deliver everything at once."""

import threading
import time

_AHEAD_S = 0.03  # do not sleep for less
_LATE_S = 2.0
_JUMP_S = 10.0


class Pace:
    """Limits a reader to the playback speed of its packets."""

    def __init__(self, stopped: threading.Event) -> None:
        self._stopped = stopped
        self._anchor: tuple[float, float] | None = None  # monotonic time, media time

    def wait(self, media_s: float) -> None:
        """Wait until a media time is due; restart after a jump of either clock."""
        now = time.monotonic()
        if self._anchor is None:
            self._anchor = now, media_s
            return
        ahead = self._anchor[0] + media_s - self._anchor[1] - now
        if ahead > _JUMP_S or ahead < -_LATE_S:
            self._anchor = now, media_s
        elif ahead > _AHEAD_S:
            self._stopped.wait(ahead)
