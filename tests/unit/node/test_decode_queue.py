"""Who decodes next, and who is refused."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from domain.core.errors import MomentsError, RateLimited, Unavailable
from media_server.relay.decode_queue import Asker, DecodeQueue, Priority

_CAPTURE = Asker(Priority.CAPTURE, "stream_a")
_VISITOR_CAPTURE = Asker(Priority.VISITOR_CAPTURE, "stream_a")
_PREVIEW = Asker(Priority.PREVIEW, "stream_a")
_THUMBNAIL = Asker(Priority.THUMBNAIL, "stream_a")


def _visitor(number: int = 1, stream: str = "stream_a") -> Asker:
    return Asker(Priority.VISITOR_THUMBNAIL, stream, f"192.0.2.{number}")


class Decoders:
    """Work that takes as long as a test says."""

    def __init__(self, places: int) -> None:
        self.queue = DecodeQueue(places)
        self.begun: list[str] = []
        self.refused: dict[str, MomentsError] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._ends: dict[str, asyncio.Event] = {}

    async def ask(self, name: str, asker: Asker) -> None:
        """Ask for a turn, which lasts until it is ended."""
        self._ends[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._work(name, asker))
        await _settled()

    async def _work(self, name: str, asker: Asker) -> None:
        try:
            async with self.queue.turn(name, asker):
                self.begun.append(name)
                await self._ends[name].wait()
        except MomentsError as error:
            self.refused[name] = error

    async def end_all(self) -> list[str]:
        """End one turn after the other in the order in which they began; return that order."""
        for name in self.begun:  # it grows meanwhile
            self._ends[name].set()
            await _settled()
        return self.begun


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
async def one() -> AsyncIterator[Decoders]:
    decoders = Decoders(1)
    yield decoders
    await decoders.end_all()
    assert decoders.queue.waiting == 0


async def test_a_members_snapshot_is_next_though_thumbnails_wait(one: Decoders) -> None:
    for number in range(10):
        await one.ask(f"visitor {number}", _visitor(number))
    await one.ask("thumbnail", _THUMBNAIL)
    await one.ask("preview", _PREVIEW)
    await one.ask("visitor's capture", _VISITOR_CAPTURE)
    await one.ask("capture", _CAPTURE)
    order = await one.end_all()
    assert order[:5] == ["visitor 0", "capture", "visitor's capture", "preview", "thumbnail"]
    assert order[5:] == [f"visitor {number}" for number in range(1, 10)]


async def test_a_place_is_kept_for_members_captures() -> None:
    decoders = Decoders(2)
    for number, asker in enumerate((_visitor(), _THUMBNAIL, _PREVIEW, _VISITOR_CAPTURE)):
        await decoders.ask(str(number), asker)
    assert decoders.begun == ["0"]
    await decoders.ask("capture", _CAPTURE)
    assert decoders.begun == ["0", "capture"]
    assert await decoders.end_all() == ["0", "capture", "3", "2", "1"]


async def test_addresses_take_turns(one: Decoders) -> None:
    for number in range(4):
        await one.ask(f"flood {number}", _visitor(1))
    await one.ask("other 0", _visitor(2))
    await one.ask("other 1", _visitor(2))
    order = await one.end_all()
    assert order == ["flood 0", "other 0", "flood 1", "other 1", "flood 2", "flood 3"]


async def test_an_address_and_a_streams_visitors_have_their_limits(one: Decoders) -> None:
    for number in range(33):
        await one.ask(f"a{number}", _visitor(1))
    assert list(one.refused) == ["a32"]
    assert isinstance(one.refused["a32"], RateLimited)
    assert one.refused["a32"].retry_after_s == 1
    for number in range(33):
        await one.ask(f"b{number}", _visitor(2 + number))
    assert list(one.refused) == ["a32", "b32"]
    assert isinstance(one.refused["b32"], Unavailable)
    await one.ask("another stream", _visitor(50, "stream_b"))
    await one.ask("member", _THUMBNAIL)
    await one.ask("capture", _CAPTURE)
    assert len(one.refused) == one.queue.refused == 2
    order = await one.end_all()
    assert order[1:3] == ["capture", "member"]
    await one.ask("again", _visitor(1))
    assert one.begun[-1] == "again"


async def test_a_full_queue_sends_away_what_comes_last(one: Decoders) -> None:
    await one.ask("under way", _THUMBNAIL)
    for number in range(127):
        await one.ask(str(number), _THUMBNAIL)
    await one.ask("visitor", _visitor())
    await one.ask("one more", _THUMBNAIL)
    assert list(one.refused) == ["visitor"]
    await one.ask("too many", _THUMBNAIL)
    assert list(one.refused) == ["visitor", "too many"]
    await one.ask("capture", _CAPTURE)
    assert list(one.refused) == ["visitor", "too many", "one more"]
    assert one.queue.refused == 3
    assert (await one.end_all())[1] == "capture"


async def test_what_waits_already_is_hurried_by_a_capture(one: Decoders) -> None:
    await one.ask("under way", _THUMBNAIL)
    await one.ask("first", _THUMBNAIL)
    await one.ask("shared", _visitor())
    one.queue.hurry("shared", _PREVIEW)
    one.queue.hurry("shared", _THUMBNAIL)
    assert await one.end_all() == ["under way", "shared", "first"]


async def test_who_leaves_takes_no_turn(one: Decoders) -> None:
    for name in ("under way", "left", "stays"):
        await one.ask(name, _visitor())
    one.tasks["left"].cancel()
    one.tasks["under way"].cancel()
    await _settled()
    assert one.begun == ["under way", "stays"]
    assert one.queue.waiting == 0
