"""HLS viewers: distinct players with a recent request."""

from collections.abc import Set

from domain.core.time import Clock
from media_server.relay.player import Player

_LATELY_US = 10_000_000
_MOST = 100_000


class Viewers:
    """Players of one stream, and when each was last seen."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[Player, int] = {}

    def saw(self, player: Player) -> None:
        """Note a player's request."""
        self._seen.pop(player, None)
        self._seen[player] = self._clock.now_us()  # the newest is last
        if len(self._seen) > _MOST:
            del self._seen[next(iter(self._seen))]

    def lately(self) -> Set[Player]:
        """Return the players seen in the last ten seconds."""
        oldest = self._clock.now_us() - _LATELY_US
        while self._seen:
            player = next(iter(self._seen))
            if self._seen[player] >= oldest:
                break
            del self._seen[player]
        return self._seen.keys()
