"""Exponential backoff with jitter."""

import random
from collections.abc import Callable


class Backoff:
    """Exponential backoff with full jitter in its upper half, from `first_s` up to `most_s`."""

    def __init__(
        self,
        first_s: float = 0.5,
        most_s: float = 30.0,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._first_s, self._most_s = first_s, most_s
        self._chance = chance
        self._next_s = first_s

    def next(self) -> float:
        """Return how long to wait now."""
        wait = self._next_s * (0.5 + self._chance() / 2)
        self._next_s = min(self._next_s * 2, self._most_s)
        return wait

    def reset(self) -> None:
        """Reset after a while without failures."""
        self._next_s = self._first_s
