"""A stream's LL-HLS: playlists and parts, with blocking requests for upcoming ones."""

import asyncio
from collections.abc import Callable

from domain.core.errors import BadInput, Gone, NotFound, StreamOffline, Unavailable
from domain.core.time import Clock
from media_server.egress.viewers import Viewers
from media_server.media.packet import Buffer
from media_server.media.playlist import media_playlist, multivariant_playlist
from media_server.media.segmenter import Segmenter
from media_server.relay.live import LiveStream
from media_server.relay.registry import Registry, Running

# Numbers start from the time in half seconds, so that they also increase over a restart.
_NUMBER_US = 500_000
_WAIT_S = 6.0  # three times the target duration (RFC 8216bis, 6.2.5.2)
# After this long off air, the playlist ends (EXT-X-ENDLIST), so players finish the buffered video
# instead of waiting. A new publisher continues the same playlist.
_ENDED_S = 3.0
_NOTHING = "The stream has nothing to play yet. Try again when it is live."


class Outlet:
    """The LL-HLS output of one stream."""

    def __init__(self, stream: LiveStream, clock: Clock) -> None:
        self.stream = stream
        self.viewers = Viewers(clock)
        stream.counters.players = self.viewers.lately
        self._segmenter = Segmenter(stream.ring, first_number=clock.now_us() // _NUMBER_US)
        self._ends_at: float | None = None  # off air: when the playlist ends, in loop time
        self._waiting: set[asyncio.Future[None]] = set()
        self._texts: dict[tuple[bool, bool], str] = {}
        stream.on_batch.append(self._follow)

    def close(self) -> None:
        """Release all waiting requests."""
        self._wake()

    def _follow(self) -> None:
        came = self._segmenter.advance()
        is_off = self.stream.is_off_air
        turned = is_off is (self._ends_at is None)
        if turned and is_off:
            self._segmenter.flush()
            self._ends_at = asyncio.get_running_loop().time() + _ENDED_S
        elif turned:
            self._ends_at = None
        if came or turned:
            self._wake()

    @property
    def _has_ended(self) -> bool:
        return self._ends_at is not None and asyncio.get_running_loop().time() >= self._ends_at

    def _wake(self) -> None:
        self._texts.clear()
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def _until(self, is_there: Callable[[], bool]) -> bool:
        """Wait for a part; return whether it arrived in time, before the end."""
        loop = asyncio.get_running_loop()
        latest = loop.time() + _WAIT_S
        while not is_there():
            future: asyncio.Future[None] = loop.create_future()
            self._waiting.add(future)
            until = latest if self._ends_at is None else min(latest, self._ends_at)
            try:
                async with asyncio.timeout_at(until):
                    await future
            except TimeoutError:
                return False
            finally:
                self._waiting.discard(future)
        return True

    def multivariant(self) -> str:
        """Return the multivariant playlist.

        Raises:
            StreamOffline: There is nothing to play yet.
        """
        variant = self._segmenter.variant()
        if variant is None:
            raise StreamOffline(_NOTHING, retry_after_s=1)
        return multivariant_playlist(variant)

    async def playlist(self, msn: int | None, part: int | None, *, skip: bool) -> str:
        """Return the media playlist once it contains what the player waits for (`_HLS_msn`).

        A player that waits for nothing gets it once it has a segment.

        Raises:
            BadInput: The player waits for something more than two segments ahead.
            StreamOffline: There is nothing to play yet.
            Unavailable: It did not arrive in time.
        """
        position = self._segmenter.position
        if position is None:
            raise StreamOffline(_NOTHING, retry_after_s=1)
        if msn is None and part is not None:
            raise BadInput("_HLS_part needs _HLS_msn. Send both.")
        if msn is not None:
            if msn > position[0] + 2:
                raise BadInput("_HLS_msn is too far ahead. Load the playlist without it first.")
            came = await self._until(lambda: self._segmenter.has(msn, part))
            if not came and not self._has_ended:
                raise Unavailable("The stream has stalled. Try again.", retry_after_s=1)
        else:  # a player that reads no parts gives up on a playlist without a segment
            await self._until(lambda: self._segmenter.has_whole_segment)
        ended = self._has_ended
        if (skip, ended) not in self._texts:
            self._texts[skip, ended] = media_playlist(self._segmenter.state(ended=ended), skip=skip)
        return self._texts[skip, ended]

    def init(self, number: int) -> bytes:
        """Return an init section.

        Raises:
            NotFound: No segment refers to it (any more).
        """
        found = self._segmenter.init(number)
        if found is None:
            raise NotFound("There is no such init section. Reload the playlist.")
        return found

    async def segment(self, number: int) -> list[Buffer]:
        """Return a segment; wait for its end if it is still growing.

        Raises:
            NotFound: There is none with this number.
            Gone: It has left the buffer.
        """
        position = self._segmenter.position
        if position is not None and number == position[0]:
            await self._until(lambda: self._segmenter.segment(number) is not None)
        return self._found(self._segmenter.segment(number), number)

    async def part(self, number: int, index: int) -> list[Buffer]:
        """Return a part; a player may request the next one in advance (preload hint).

        Raises:
            NotFound: There is none with this number, or the segment ended before it.
            Gone: It has left the buffer.
        """
        position = self._segmenter.position
        if position is not None and (number, index) in {
            (position[0], position[1] + 1),
            (position[0] + 1, 0),
        }:
            await self._until(lambda: self._is_decided(number, index))
        return self._found(self._segmenter.part(number, index), number)

    def _is_decided(self, number: int, index: int) -> bool:
        """Return whether a part exists, or never will because its segment has ended."""
        return self._segmenter.has(number, index) or self._segmenter.has(number + 1, 0)

    def _found(self, buffers: list[Buffer] | None, number: int) -> list[Buffer]:
        if buffers is not None:
            return buffers
        segments = self._segmenter.state().segments
        if segments and number < segments[0].number:
            raise Gone(
                ("That part of the stream has left the buffer. Reload the playlist."),
                code="left_the_buffer",
            )
        raise NotFound("The stream has no such part. Reload the playlist.")


class Outlets:
    """The outlets of all streams of a node; they start and stop with the streams."""

    def __init__(self, registry: Registry, clock: Clock) -> None:
        self._clock = clock
        self._outlets: dict[str, Outlet] = {}
        registry.on_start.append(self._add)
        registry.on_stop.append(self._remove)

    def get(self, stream_id: str) -> Outlet:
        """Return a stream's outlet.

        Raises:
            NotFound: The stream does not run here.
        """
        try:
            return self._outlets[stream_id]
        except KeyError:
            raise NotFound(
                "This node has no such stream. Check the name in the list of streams."
            ) from None

    def _add(self, running: Running) -> None:
        self._outlets[running.config.stream_id] = Outlet(running.stream, self._clock)

    def _remove(self, running: Running) -> None:
        self._outlets.pop(running.config.stream_id).close()
