"""The newest packets of a stream: encoded, whole GOPs at a time, bounded by seconds and bytes.

Video and audio have a track each, so late (or early) audio needs no special care: each track keeps
its own order, and a lookup searches both. A finished GOP is one block of bytes and a few numpy
columns, so a cut is a handful of slices, whatever its length. Eviction removes whole chunks; a
selection references the blocks and so outlives their eviction.
"""

import numpy as np

from domain.core.errors import BadInput, LeftTheBuffer, StreamOffline, TooEarly
from media_server.media.frame_lookup import on_screen, select_video
from media_server.media.packet import Header, Packet
from media_server.media.run import Run, concat
from media_server.media.selection import FrameBytes, Piece, Selection, pieces_of
from media_server.media.track_ring import Section, TrackRing

__all__ = ["FrameBytes", "Piece", "Ring", "Selection"]

_AUDIO_CHUNK_US = 1_000_000
# To be exact, AAC needs the packet before, Opus 80 ms (RFC 7845, section 4.6).
_AUDIO_PREROLL_US = 100_000
# A track's times never decrease, so what is further ahead of a packet than this is bogus.
_AHEAD_US = 5_000_000
_NO_KEYFRAMES = (
    "The encoder sends no keyframes, so nothing can be kept. Set it to send one every 2 seconds."
)
_NOTHING = "The stream's buffer is still empty. Try again when the stream is live."


class Ring:
    """The newest `buffer_us` of a stream, or less if that exceeds `max_bytes`.

    Single-threaded: append and read from one thread or event loop. A selection is immutable and may
    cross threads. `compact=False` keeps the very buffers that were appended (for packets in a
    mapped file); otherwise each finished GOP becomes one block of bytes.
    """

    def __init__(self, buffer_us: int, max_bytes: int, *, compact: bool = True) -> None:
        self.buffer_us = buffer_us
        self.max_bytes = max_bytes
        self.lacks_keyframes = False  # its only GOP grew beyond the limit, and none has come since
        self.dropped = 0  # packets refused: before a keyframe, back in time, of an unknown track
        self.video = TrackRing(compact=compact)
        self.audio = TrackRing(compact=compact)
        self._section: Section | None = None
        self._needs_key = True

    @property
    def header(self) -> Header | None:
        """The header of the newest section."""
        return self._section.header if self._section else None

    @property
    def byte_size(self) -> int:
        """Encoded bytes held."""
        return self.video.byte_size + self.audio.byte_size

    @property
    def end_us(self) -> int:
        """The end of the buffer over all tracks; 0 when it is empty."""
        return max((lane.chunks[-1].end_us for lane in self._lanes()), default=0)

    def append(self, packet: Packet, header: Header, *, discontinuity: bool = False) -> bool:
        """Append a packet; return whether it was kept.

        A `discontinuity` starts a new section at once; another `header` does so at the next
        keyframe, and packets of the changed track are dropped until then. Video before a keyframe
        is dropped. Never blocks; evicts whole GOPs from the other end.
        """
        section = self._section
        if section is None or discontinuity or section.header is not header:
            section = self._section_for(packet, header, discontinuity=discontinuity)
        is_video = packet.track == "video"
        lane = self.video if is_video else self.audio
        if section is None or not self._fits(packet, lane):
            self.dropped += 1
            return False
        newest = lane.chunks[-1] if lane.chunks else None
        new = newest is None or newest.section is not section
        if is_video:
            new = new or packet.is_key
            self._needs_key = False
            self.lacks_keyframes = False
        elif newest is not None:
            new = new or packet.pts_us - newest.start_us >= _AUDIO_CHUNK_US
        lane.append(packet, section, new_chunk=new)
        if new or self.video.byte_size + self.audio.byte_size > self.max_bytes:
            self._evict()
        return True

    def is_ahead_of(self, packet: Packet) -> bool:
        """Return whether the buffer lies in the future, judged by a packet that arrives now.

        If so, the ring would refuse every packet: `clear` it first, then start with a
        discontinuity.
        """
        last = (self.video if packet.track == "video" else self.audio).last_dts
        return last is not None and last - packet.dts_us > _AHEAD_US

    def clear(self) -> None:
        """Drop all packets; running numbers and section numbers continue."""
        for lane in (self.video, self.audio):
            lane.last_dts = None
            while lane.chunks:
                lane.evict()
        self._needs_key = True

    def _section_for(
        self, packet: Packet, header: Header, *, discontinuity: bool
    ) -> Section | None:
        section = self._section
        if section is None or discontinuity:
            return self._begin(header)
        if section.header == header:
            return section
        if header.video is None or (packet.track == "video" and packet.is_key):
            return self._begin(header)
        same = section.header.params(packet.track) == header.params(packet.track)
        return section if same else None

    def _begin(self, header: Header) -> Section:
        number = self._section.number + 1 if self._section else 0
        self._section = Section(number, header)
        self._needs_key = True
        return self._section

    def _fits(self, packet: Packet, lane: TrackRing) -> bool:
        section = self._section
        if section is None or section.header.params(packet.track) is None:
            return False
        if packet.track == "video" and self._needs_key and not packet.is_key:
            return False
        return lane.last_dts is None or packet.dts_us >= lane.last_dts

    def _evict(self) -> None:
        oldest = self.end_us - self.buffer_us
        video, audio = self.video.chunks, self.audio.chunks
        while len(video) > 1 and video[1].start_us <= oldest:
            self.video.evict()
        if video and self._is_audio_only and video[0].end_us <= oldest:
            self.video.evict()
        floor = video[0].start_us - _AUDIO_PREROLL_US if video else oldest
        while len(audio) > 1 and audio[0].end_us <= max(floor, oldest - _AUDIO_CHUNK_US):
            self.audio.evict()
        while self.byte_size > self.max_bytes:
            self._evict_one()

    def _evict_one(self) -> None:
        """Make room: evict the older of the tracks' oldest chunks, even an open one."""
        lane = min(self._lanes(), key=lambda lane: lane.chunks[0].start_us)
        lane.evict()
        if lane is self.video and not lane.chunks:
            self._needs_key = self.lacks_keyframes = True

    @property
    def _is_audio_only(self) -> bool:
        """Whether video, if any is held, is older than the buffer."""
        return self._section is not None and self._section.header.video is None

    def _lanes(self) -> list[TrackRing]:
        return [lane for lane in (self.video, self.audio) if lane.chunks]

    # Lookups

    def window(self) -> tuple[int, int] | None:
        """Return the [start, end) that can be clipped now, or None if the ring is empty."""
        if self.video.chunks:
            end_us = self.end_us if self._is_audio_only else self._complete_us()
            return self.video.chunks[0].start_us, end_us
        if self.audio.chunks:
            return self.audio.chunks[0].start_us, self.audio.chunks[-1].end_us
        return None

    def _complete_us(self) -> int:
        """Return the time up to which every frame has arrived.

        A later frame has a later dts, and its pts is not before its dts; so with B-frames the
        newest pts can be known before frames that precede it arrive.
        """
        chunk = self.video.chunks[-1]
        if chunk.section is not self._section:
            return chunk.end_us
        known = (self.video.last_dts or 0) + self.video.last_duration
        return max(chunk.start_us + 1, min(known, chunk.end_us))

    def select(self, start_us: int, end_us: int) -> Selection:
        """Pin the packets that show [start, end).

        The first frame is the one on screen at `start`, the last the one with the largest pts
        before `end`. A span that ends after the window is cut short there.

        Raises:
            BadInput: The span is empty or negative.
            StreamOffline: The ring is empty.
            LeftTheBuffer: The span starts before the window.
            TooEarly: The span starts at or after the window's end.
        """
        if end_us <= start_us:
            raise BadInput("A clip must end after it starts.")
        window_start, window_end = self._checked(start_us)
        asked = (start_us, end_us)
        end_us = min(end_us, window_end)
        start_us = max(start_us, window_start)
        video: list[tuple[Section, Run]] = []
        if self.video.chunks and not (self._is_audio_only and start_us >= self._complete_us()):
            video, start_us, end_us = select_video(self.video, start_us, end_us)
        audio = list(self.audio.overlapping(start_us - _AUDIO_PREROLL_US, end_us))
        return Selection(start_us, end_us, *asked, pieces_of(video, audio))

    def _checked(self, us: int) -> tuple[int, int]:
        window = self.window()
        if window is None:
            raise self._nothing()
        if us < window[0]:
            raise LeftTheBuffer(
                "That time has already left the stream's buffer. Choose a later one."
            )
        if us >= window[1]:
            raise TooEarly("That time is still in the future. Choose one before the newest frame.")
        return window

    def _nothing(self) -> StreamOffline:
        return StreamOffline(_NO_KEYFRAMES if self.lacks_keyframes else _NOTHING)

    def frame_at(self, us: int | None) -> int:
        """Return the pts of the frame on screen at an instant (None: the newest).

        Raises:
            StreamOffline: The ring has no video.
            LeftTheBuffer: The instant is before the window.
            TooEarly: The instant is after the window.
        """
        if not self.video.chunks:
            raise self._nothing()
        if us is None:
            us = self._complete_us() - 1
        self._checked(us)
        return on_screen(self.video, us)[0]

    def keyframe_at(self, us: int) -> int:
        """Return the pts of the keyframe nearest to an instant (filmstrips, cards).

        Raises:
            StreamOffline: The ring has no video.
        """
        chunks = self.video.chunks
        if not chunks:
            raise self._nothing()
        index = max(0, self.video.index_at(us))
        near = [chunk.start_us for chunk in chunks[index : index + 2]]
        return min(near, key=lambda start: abs(start - us))

    def first_keyframe(self, start_us: int, end_us: int) -> int | None:
        """Return the pts of the first keyframe within [start, end), if there is one."""
        starts = (chunk.start_us for chunk in self.video.chunks if chunk.start_us >= start_us)
        first = next(starts, None)
        return first if first is not None and first < end_us else None

    def frame_bytes(self, pts_us: int) -> FrameBytes:
        """Return what decodes a frame, given its pts from `frame_at` or `keyframe_at`.

        Raises:
            LeftTheBuffer: The frame has left the ring.
        """
        index = self.video.index_at(pts_us)
        if index < 0:
            raise LeftTheBuffer(
                "That time has already left the stream's buffer. Choose a later one."
            )
        first = self.video.chunks[index]
        run = first.all()
        runs = [run.take(run.pts_us >= first.start_us)]
        runs += [chunk.all() for chunk in self.video.chunks[index + 1 : index + 2]]
        runs = [run for run in runs if len(run)]
        run = concat(runs)
        target = np.flatnonzero(run.pts_us == pts_us)
        if not len(target):
            raise LeftTheBuffer("That frame has left the stream's buffer. Choose a later one.")
        run = run.slice(0, int(target[0]) + 1)
        params = first.section.header.video
        return FrameBytes(
            params.extradata if params else b"",
            b"".join(run.buffers),
            tuple(run.size.tolist()),
            tuple(run.pts_us.tolist()),
            pts_us,
            params.aspect if params else None,
            params.quarters if params else 0,
        )
