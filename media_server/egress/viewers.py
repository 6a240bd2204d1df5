"""How many watch: distinct players that asked for media lately."""

from domain.core.time import Clock, to_us

_LATELY_US = 10_000_000
_MOST = 100_000


class Viewers:
    """Players of one stream, by what tells them apart, and when each was last seen."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, int] = {}

    def saw(self, player: str) -> None:
        """Note that a player asked for something."""
        self._seen.pop(player, None)
        self._seen[player] = to_us(self._clock.now())  # the newest is last
        if len(self._seen) > _MOST:
            del self._seen[next(iter(self._seen))]

    def count(self) -> int:
        """Return how many were seen in the last ten seconds."""
        oldest = to_us(self._clock.now()) - _LATELY_US
        while self._seen:
            player = next(iter(self._seen))
            if self._seen[player] >= oldest:
                break
            del self._seen[player]
        return len(self._seen)
