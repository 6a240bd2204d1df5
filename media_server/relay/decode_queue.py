"""Schedules decoding: captures before thumbnails, members before visitors, fair by address.

Within a priority, addresses take turns, so a flood from one delays nobody else by more than the
current frame.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import IntEnum

from domain.core.errors import RateLimited, Unavailable

_MOST_WAITING = 128
# A browser requests the thumbnails of a whole timeline at once; an office shares one address.
_MOST_OF_ADDRESS, _MOST_OF_STREAM = 32, 64


class Priority(IntEnum):
    """Why a frame is decoded; lower is sooner."""

    CAPTURE = 0
    VISITOR_CAPTURE = 1
    PREVIEW = 2
    THUMBNAIL = 3
    VISITOR_THUMBNAIL = 4


@dataclass(frozen=True, slots=True)
class Asker:
    """Who requests a frame, and why."""

    priority: Priority
    stream_id: str = ""
    address: str = ""  # a visitor's address, for limits


@dataclass(eq=False, slots=True)
class _Turn:
    key: Hashable
    asker: Asker
    rank: int  # how many turns its address had before it
    number: int
    begin: asyncio.Future[None]

    @property
    def order(self) -> tuple[int, int, int]:
        return self.asker.priority, self.rank, self.number


class DecodeQueue:
    """Hands out turns at the decoders."""

    def __init__(self, places: int) -> None:
        self._places = places
        # The last slot is for members' captures, so that they never wait for another frame.
        self._reserved = 1 if places > 1 else 0
        self._turns: list[_Turn] = []  # waiting or running
        self._numbers = itertools.count()
        self.refused = 0

    @property
    def waiting(self) -> int:
        """How many turns have not started."""
        return len(self._waiting())

    @asynccontextmanager
    async def turn(self, key: Hashable, asker: Asker) -> AsyncIterator[None]:
        """Wait for a turn and hold it.

        Args:
            key: What is decoded; `hurry` finds the turn by it.
            asker: The caller.

        Raises:
            RateLimited: A visitor's address has too many turns already.
            Unavailable: The stream's visitors have too many, or the queue is full of higher
                priorities.
        """
        turn = self._enter(key, asker)
        try:
            await turn.begin
            yield
        finally:
            self._turns.remove(turn)
            self._begin()

    def hurry(self, key: Hashable, asker: Asker) -> None:
        """Raise a waiting turn to the caller's priority."""
        for turn in self._waiting():
            if turn.key == key and asker.priority < turn.asker.priority:
                turn.asker, turn.rank = asker, self._of_address(asker)
        self._begin()

    def _enter(self, key: Hashable, asker: Asker) -> _Turn:
        if asker.priority is Priority.VISITOR_THUMBNAIL:
            self._check_visitor(asker)
        begin = asyncio.get_running_loop().create_future()
        turn = _Turn(key, asker, self._of_address(asker), next(self._numbers), begin)
        if self.waiting >= _MOST_WAITING:
            self._make_room(turn)
        self._turns.append(turn)
        self._begin()
        return turn

    def _check_visitor(self, asker: Asker) -> None:
        if self._of_address(asker) >= _MOST_OF_ADDRESS:
            self.refused += 1
            raise RateLimited(
                (
                    "Your address requests too many thumbnails at once. Wait a second, then try "
                    "again."
                ),
                retry_after_s=1,
            )
        visitors = Priority.VISITOR_THUMBNAIL, asker.stream_id
        of_stream = [(turn.asker.priority, turn.asker.stream_id) for turn in self._turns]
        if of_stream.count(visitors) >= _MOST_OF_STREAM:
            self.refused += 1
            raise _busy()

    def _of_address(self, asker: Asker) -> int:
        if not asker.address:
            return 0
        return sum(turn.asker.address == asker.address for turn in self._turns)

    def _make_room(self, turn: _Turn) -> None:
        """Reject the last in the queue, or this one if it would be the last."""
        last = max(self._waiting(), key=lambda waiting: waiting.order)
        self.refused += 1
        if turn.asker.priority >= last.asker.priority:
            raise _busy()
        last.begin.set_exception(_busy())

    def _waiting(self) -> list[_Turn]:
        return [turn for turn in self._turns if not turn.begin.done()]

    def _begin(self) -> None:
        """Start as many turns as there are free slots."""
        waiting = sorted(self._waiting(), key=lambda turn: turn.order)
        free = self._places - (len(self._turns) - len(waiting))
        for turn in waiting:
            if free <= (0 if turn.asker.priority is Priority.CAPTURE else self._reserved):
                return
            turn.begin.set_result(None)
            free -= 1


def _busy() -> Unavailable:
    message = "The media node is decoding too many frames right now. Try again in a few seconds."
    return Unavailable(message, retry_after_s=2)
