"""Finds a ring's part boundaries as packets arrive."""

from collections import deque
from dataclasses import dataclass

from media_server.media.packet import Header
from media_server.media.ring import Ring
from media_server.media.track_ring import Row, Section, TrackRing

_LONGEST_SEGMENT_US = 10_000_000
# Players render nothing until audio covers it, so waiting for its audio costs a part nothing.
# `gaps.py` replaces missing audio with silence well before this.
_AUDIO_LATE_US = 3_000_000
_ROUNDING_US = 1_000


@dataclass(slots=True)
class Part:
    """Ranges of running packet numbers in the ring's tracks, and times (decode order)."""

    section: Section
    starts_segment: bool
    independent: bool
    start_us: int
    end_us: int = 0
    shift_us: int = 0
    video: tuple[int, int] = (0, 0)
    audio: tuple[int, int] = (0, 0)


class PartCutter:
    """Follows a ring's leading track (video if there is any) and cuts it into parts."""

    def __init__(self, ring: Ring, *, part_us: int, segment_us: int) -> None:
        self.part_target_us = 0
        self.origin_us: int | None = None  # origin of the times in fragments
        self._ring = ring
        self._part_us = part_us
        self._segment_us = segment_us
        self._lane: TrackRing | None = None
        self._at = 0
        self._audio_at = 0
        self._open: Part | None = None
        self._segment_start_us = 0
        self._shift_us = 0
        self._last: Row | None = None
        self._waiting: deque[Part] = deque()
        self._newest_section: Section | None = None  # of the last part returned

    @property
    def coming(self) -> Part | None:
        """The next part, as far as it is known."""
        return self._waiting[0] if self._waiting else self._open

    def advance(self) -> list[Part]:
        """Process what was appended since the last call; yield the parts that are ready."""
        header = self._ring.header
        if header is None:
            return []
        lane = self._lane_of(header)
        ready = [] if lane is self._lane else self._lead(lane)
        if self._at < lane.next_number:
            self._at = max(self._at, lane.first_number)  # appended and evicted between two calls
            while (row := lane.row(self._at)) is not None:
                self._take(row)
                self._at += 1
        if self._waiting:
            ready += self._ripe()
        return ready

    def flush(self) -> list[Part]:
        """Yield everything left, with the audio so far: nothing more is coming for now."""
        self._close_at_last()
        ready = [self._ripened(part) for part in self._waiting]
        self._waiting.clear()
        return ready

    def _lane_of(self, header: Header) -> TrackRing:
        return self._ring.video if header.video is not None else self._ring.audio

    def _lead(self, lane: TrackRing) -> list[Part]:
        """Switch to another leading track: the stream has lost, or gained, its video."""
        self._close_at_last()
        ready = self._ripe()
        self._lane, self._last = lane, None
        self._at = lane.first_number if self.origin_us is None else lane.next_number - 1
        return ready

    def _take(self, row: Row) -> None:
        part = self._open
        if self._last is None or row.section is not self._last.section:
            self._close_at_last()
            # Audio leads only if no video was announced, not while video is late.
            if not row.is_key or self._lane is not self._lane_of(row.section.header):
                return
            self._shift_us = row.pts_us - row.dts_us
            self._begin(row, starts_segment=True)
        elif part is None:  # it resumes after all
            self._begin(row, starts_segment=True)
        elif self._lane is self._ring.video:
            self._take_video(row, part)
        else:
            self._take_audio(row, part)
        self._last = row

    def _take_video(self, row: Row, part: Part) -> None:
        now = row.dts_us + self._shift_us
        long_enough = now - self._segment_start_us >= self._segment_us * 9 // 10
        due = now - part.start_us >= self._due_us(row)
        if not (due or row.is_key):
            return
        too_long = now - self._segment_start_us >= _LONGEST_SEGMENT_US
        self._close(row.dts_us)
        offset = row.pts_us - row.dts_us
        if row.is_key and abs(offset - self._shift_us) <= _ROUNDING_US:
            self._shift_us = offset  # the segment's time is its keyframe's, to the microsecond
        self._begin(row, starts_segment=(row.is_key and long_enough) or too_long)

    def _take_audio(self, row: Row, part: Part) -> None:
        if row.dts_us - part.start_us >= self._due_us(row):
            self._close(row.dts_us)
            long_enough = row.dts_us - self._segment_start_us >= self._segment_us * 9 // 10
            self._begin(row, starts_segment=long_enough)

    def _due_us(self, row: Row) -> int:
        """Return when a part is long enough: a whole number of frames, within half a frame."""
        video = row.section.header.video
        frame = row.duration_us
        if self._lane is self._ring.video and video is not None and video.fps > 0:
            frame = round(1_000_000 / video.fps)
        frame = max(1, min(frame, self._part_us))
        length = max(1, round(self._part_us / frame)) * frame
        self.part_target_us = max(self.part_target_us, -(-length * 11 // 10_000) * 1000)
        return length - frame // 2

    def _begin(self, row: Row, *, starts_segment: bool) -> None:
        start = row.dts_us + self._shift_us
        if starts_segment:
            self._segment_start_us = start
        if self.origin_us is None:
            self.origin_us = start - 10_000_000  # headroom, so that all times stay positive
        self._open = Part(
            row.section, starts_segment, row.is_key, start, shift_us=self._shift_us,
            video=(self._at, self._at),
        )  # fmt: skip

    def _close_at_last(self) -> None:
        if self._last is not None:
            self._close(self._last.dts_us + self._last.duration_us)

    def _close(self, end_dts_us: int) -> None:
        part, self._open = self._open, None
        if part is not None:
            part.end_us = end_dts_us + part.shift_us
            part.video = (part.video[0], self._at)
            self._waiting.append(part)

    def _ripe(self) -> list[Part]:
        ready = []
        while self._waiting and self._is_ripe(self._waiting[0]):
            ready.append(self._ripened(self._waiting.popleft()))
        return ready

    def _ripened(self, part: Part) -> Part:
        self._add_audio(part)
        self._newest_section = part.section
        length = part.end_us - part.start_us
        self.part_target_us = max(self.part_target_us, -(-length // 1000) * 1000)
        return part

    def _is_ripe(self, part: Part) -> bool:
        if part.section.header.audio is None or self._lane is self._ring.audio:
            return True
        if self._ring.header is not part.section.header:
            return True
        newest = self._last.dts_us + self._shift_us if self._last is not None else part.end_us
        audio = self._ring.audio
        heard = audio.last_dts is not None and audio.last_dts + audio.last_duration >= part.end_us
        # After time jumps back from the future, no audio will ever be as late as the part.
        return heard or abs(newest - part.end_us) >= _AUDIO_LATE_US

    def _add_audio(self, part: Part) -> None:
        """Take the audio up to the part's end; omit audio from before its section."""
        if part.section.header.video is None:
            part.audio, part.video = part.video, (0, 0)
            return
        audio = self._ring.audio
        first = self._audio_at = max(self._audio_at, audio.first_number)
        while (row := audio.row(self._audio_at)) is not None and row.pts_us < part.end_us:
            early = part.starts_segment and row.pts_us + row.duration_us <= part.start_us
            foreign = row.section.number < part.section.number
            if row.section.number > part.section.number:
                break
            self._audio_at += 1
            if first == self._audio_at - 1 and (
                foreign or (early and self._newest_section is not part.section)
            ):
                first = self._audio_at
        part.audio = (first, self._audio_at)
