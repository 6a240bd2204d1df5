"""A recording in progress: the buffered part goes to disk first, then every new packet.

It ends when the span is complete, the stream ends or the disk is full; in all cases what was saved
is a clip, and it says why it is shorter than requested.
"""

import asyncio
import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from domain.core.errors import StorageUnavailable
from domain.core.log import get_logger
from domain.core.time import Clock
from domain.infra.storage.atomic_files import sync_folder
from domain.live.wire import RecordRequest
from media_server.media.packet import Arrival, Packet, Track
from media_server.media.ring import Ring
from media_server.media.track_ring import Chunk
from media_server.relay.live import LiveStream
from media_server.relay.log_file import LogEnd, LogRequest, LogWriter
from media_server.relay.queues import Reader

# Audio for a clip's end, and reordered frames, arrive slightly later.
_LATE_US = 2_000_000
# A source that is away for longer will not complete the span.
_AWAY_US = 10_000_000
_SYNC_EVERY_US = 2_000_000
_TICK_S = 0.1
_PREROLL_US = 100_000
_QUEUE_PACKETS = 16384

AWAY = "The stream went offline before the end. The clip holds what had arrived."
REMOVED = "The stream was removed before the end. The clip holds what had arrived."
STOPPED = "The media node stopped before the end. The clip holds what had arrived."
DROPPED = "The media node's disk was too slow. Some frames are missing."
_FULL = "The media node's disk is full. Free some space and try again."
_FULL_MIDWAY = "The media node's disk filled up. The clip holds what had arrived until then."
_BROKEN_MIDWAY = "The media node failed to write. The clip holds what had arrived until then."

log = get_logger(__name__)


def storage_error(error: OSError) -> StorageUnavailable:
    """Return the error for a failed write."""
    log.error("recording_not_written", error=str(error))
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StorageUnavailable(_FULL, retry_after_s=30)
    return StorageUnavailable("The media node cannot write to its disk. See its log for details.")


def held(ring: Ring, start_us: int) -> Iterator[Arrival]:
    """Yield a ring's packets from the keyframe before an instant, section by section."""
    chosen: list[tuple[int, Track, Chunk]] = []
    if ring.video.chunks:
        first = max(0, ring.video.index_at(start_us))
        chosen += [(0, "video", chunk) for chunk in ring.video.chunks[first:]]
    sounds = [chunk for chunk in ring.audio.chunks if chunk.end_us > start_us - _PREROLL_US]
    chosen += [(1, "audio", chunk) for chunk in sounds]
    section = None
    # Each track is in order by itself, so a section's video may precede all of its audio.
    for _, track, chunk in sorted(chosen, key=lambda item: (item[2].section.number, item[0])):
        is_break = section is not None and chunk.section is not section
        section = chunk.section
        for packet in _packets(track, chunk):
            yield Arrival(packet, section.header, is_break)
            is_break = False


def _packets(track: Track, chunk: Chunk) -> Iterator[Packet]:
    run = chunk.all()
    rows = zip(
        run.pts_us.tolist(),
        run.dts_us.tolist(),
        run.duration_us.tolist(),
        run.is_key.tolist(),
        run.packets(),
        strict=True,
    )
    for pts, dts, duration, is_key, data in rows:
        yield Packet(track, pts, dts, duration, is_key, data)


class Recorder:
    """Writes one recording."""

    def __init__(
        self, stream: LiveStream, request: RecordRequest, path: Path, clock: Clock
    ) -> None:
        self.request = request
        self.stream_id = stream.id
        self.held_until_us: int | None = None
        self.end: LogEnd | None = None
        self._stream = stream
        self._path = path
        self._clock = clock
        self._reader: Reader | None = None
        self._writer: LogWriter | None = None
        self._stop_reason: str | None = None
        self._reached: dict[Track, int] = {}

    async def begin(self) -> None:
        """Write the buffered part to disk; afterwards a crash cannot lose it.

        Raises:
            StorageUnavailable: The write failed; nothing is left behind.
        """
        # No await between the two: the queue must begin exactly where the ring's copy ends.
        arrivals = list(held(self._stream.ring, self.request.start_us))
        self._reader = self._stream.read(_QUEUE_PACKETS)
        try:
            await asyncio.to_thread(self._open, arrivals)
        except OSError as error:
            self._reader.close()
            raise storage_error(error) from error
        self._note(arrivals)

    def _open(self, arrivals: list[Arrival]) -> None:
        request = self.request
        try:
            self._writer = LogWriter(
                self._path,
                LogRequest(request.recording_id, self.stream_id, request.start_us, request.end_us),
            )
            self._writer.append(arrivals)
            self._writer.sync()
            sync_folder(self._path.parent)
        except OSError:
            if self._writer is not None:
                self._writer.close()
            self._path.unlink(missing_ok=True)
            raise

    def stop(self, reason: str) -> None:
        """End before the span is complete."""
        self._stop_reason = reason

    async def run(self) -> None:
        """Keep writing until the end."""
        reader, writer = self._reader, self._writer
        if reader is None or writer is None:
            return
        end = LogEnd(_BROKEN_MIDWAY)  # until success is certain
        try:
            end = await self._follow(reader, writer)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                end = LogEnd(_FULL_MIDWAY)
            log.warning("recording_cut_short", recording=self.request.recording_id, why=str(error))
        finally:
            reader.close()
            if reader.dropped and end.reason is None:
                end = LogEnd(DROPPED)
            # If even this does not fit on the disk, the next start finds the log open.
            with contextlib.suppress(OSError):
                await asyncio.to_thread(writer.end, end)
            writer.close()
            self.end = end

    async def _follow(self, reader: Reader, writer: LogWriter) -> LogEnd:
        synced_us = last_us = self._clock.now_us()
        while True:
            arrivals = reader.take()
            now_us = self._clock.now_us()
            if arrivals:
                last_us = now_us
                sync = now_us - synced_us > _SYNC_EVERY_US
                synced_us = now_us if sync else synced_us
                await asyncio.to_thread(self._write, writer, arrivals, sync=sync)
                self._note(arrivals)
            if self._stop_reason is not None:
                return LogEnd(self._stop_reason)
            if self._is_complete(now_us):
                return LogEnd()
            if now_us - last_us > _AWAY_US and now_us > self.request.start_us + _AWAY_US:
                return LogEnd(AWAY)
            await asyncio.sleep(_TICK_S)

    @staticmethod
    def _write(writer: LogWriter, arrivals: list[Arrival], *, sync: bool) -> None:
        writer.append(arrivals)
        if sync:
            writer.sync()

    def _note(self, arrivals: list[Arrival]) -> None:
        for arrival in arrivals:
            packet = arrival.packet
            self._reached[packet.track] = packet.dts_us
            if packet.track == "video" or "video" not in self._reached:
                end = packet.pts_us + packet.duration_us
                self.held_until_us = max(self.held_until_us or 0, end)

    def _is_complete(self, now_us: int) -> bool:
        """Return whether all tracks have passed the end; a later packet has a later pts."""
        end_us = self.request.end_us
        if self._reached and all(dts >= end_us for dts in self._reached.values()):
            return True
        first = self._reached.get("video", self._reached.get("audio", 0))
        return first >= end_us and now_us > end_us + _LATE_US
