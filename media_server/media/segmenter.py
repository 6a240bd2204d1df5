"""A ring as an LL-HLS stream: where parts and segments lie in it, and their bytes when asked for.

Nothing is copied or kept: a part is two ranges of running packet numbers, so the playlist reaches
back over the whole ring at no cost in memory, and fragments are put together on request.

Parts are about 0.2 s, a whole number of frames. A segment starts with a keyframe and lasts until
the first keyframe a second later, so that every segment is a place to seek to; only where a source
sends no keyframe for 10 s does a segment start without one, and then the playlist does not claim
`EXT-X-INDEPENDENT-SEGMENTS`. Latency depends on parts alone.

A part is published when the audio of its time has come, or is half a second late (it then goes into
the parts after it). What is published never changes. Numbers count on for as long as the segmenter
lives; give `first_number` to go on from another one's.
"""

import math
from collections import deque
from dataclasses import dataclass

from media_server.media.cmaf import Fragment, codecs, fragment, init_section
from media_server.media.lane import Lane, Row, Section
from media_server.media.packet import Buffer
from media_server.media.playlist import MediaState, PartLine, SegmentLine, Variant
from media_server.media.ring import Ring
from media_server.media.run import Run

_LONGEST_SEGMENT_US = 10_000_000
_AUDIO_LATE_US = 500_000
_LEAST_TARGET_S = 2


@dataclass(slots=True)
class Part:
    """Ranges of running packet numbers in the ring's lanes, and times (decode order)."""

    section: Section
    starts_segment: bool
    independent: bool
    start_us: int
    end_us: int = 0
    shift_us: int = 0
    video: tuple[int, int] = (0, 0)
    audio: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class Segment:
    """A playlist's line and the parts behind it."""

    line: SegmentLine
    section: Section
    parts: list[Part]
    byte_size: int = 0


class Segmenter:
    """Follows a ring. Call `advance` after each append; ask for text and bytes at any time."""

    def __init__(
        self,
        ring: Ring,
        *,
        part_us: int = 200_000,
        segment_us: int = 1_000_000,
        first_number: int = 0,
    ) -> None:
        self._ring = ring
        self._part_us = part_us
        self._segment_us = segment_us
        self._next_number = first_number
        self._segments: deque[Segment] = deque()
        self._inits: dict[int, bytes] = {}
        self._lane: Lane | None = None  # the one that leads: video where there is any
        self._at = 0
        self._audio_at = 0
        self._open: Part | None = None
        self._segment_start_us = 0
        self._shift_us = 0
        self._last: Row | None = None
        self._waiting: deque[Part] = deque()
        self._origin_us: int | None = None
        self._target_s = _LEAST_TARGET_S
        self._part_target_us = 0
        self._discontinuity_sequence = 0

    # Following the ring

    def advance(self) -> bool:
        """Look at what was appended since; tell whether a part was published."""
        header = self._ring.header
        if header is None:
            return False
        lane = self._ring.video if header.video is not None else self._ring.audio
        if lane is not self._lane:
            self._lead(lane)
        self._at = max(self._at, lane.first_number)  # appended and gone before anybody looked
        while (row := lane.row(self._at)) is not None:
            self._take(row)
            self._at += 1
        return self._publish()

    def _lead(self, lane: Lane) -> None:
        if self._open is not None and self._last is not None:
            self._close(self._last.dts_us + self._last.duration_us)
        self._publish()
        self._lane, self._last = lane, None
        self._at = lane.first_number if self._origin_us is None else lane.next_number - 1

    def _take(self, row: Row) -> None:
        part = self._open
        if part is None or self._last is None or row.section is not part.section:
            if part is not None and self._last is not None:
                self._close(self._last.dts_us + self._last.duration_us)
            if not row.is_key:
                return
            self._shift_us = row.pts_us - row.dts_us
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
        self._begin(row, starts_segment=(row.is_key and long_enough) or too_long)

    def _take_audio(self, row: Row, part: Part) -> None:
        if row.dts_us - part.start_us >= self._due_us(row):
            self._close(row.dts_us)
            long_enough = row.dts_us - self._segment_start_us >= self._segment_us * 9 // 10
            self._begin(row, starts_segment=long_enough)

    def _due_us(self, row: Row) -> int:
        """Return when a part is long enough: a whole number of frames, give or take half a one."""
        video = row.section.header.video
        frame = row.duration_us
        if self._lane is self._ring.video and video is not None and video.fps > 0:
            frame = round(1_000_000 / video.fps)
        frame = max(1, min(frame, self._part_us))
        length = max(1, round(self._part_us / frame)) * frame
        self._part_target_us = max(self._part_target_us, math.ceil(length * 1.1 / 1000) * 1000)
        return length - frame // 2

    def _begin(self, row: Row, *, starts_segment: bool) -> None:
        start = row.dts_us + self._shift_us
        if starts_segment:
            self._segment_start_us = start
        if self._origin_us is None:
            self._origin_us = start - 10_000_000  # room for what lies before, all times positive
        self._open = Part(
            row.section, starts_segment, row.is_key, start, shift_us=self._shift_us,
            video=(self._at, self._at),
        )  # fmt: skip

    def _close(self, end_dts_us: int) -> None:
        part, self._open = self._open, None
        if part is not None:
            part.end_us = end_dts_us + part.shift_us
            part.video = (part.video[0], self._at)
            self._waiting.append(part)

    # Publishing

    def _publish(self) -> bool:
        published = False
        while self._waiting and self._is_ripe(self._waiting[0]):
            part = self._waiting.popleft()
            self._add_audio(part)
            self._add(part)
            published = True
        return published

    def _is_ripe(self, part: Part) -> bool:
        if part.section.header.audio is None or self._lane is self._ring.audio:
            return True
        if self._ring.header is not part.section.header:
            return True
        newest = self._last.dts_us + self._shift_us if self._last is not None else part.end_us
        audio = self._ring.audio
        heard = audio.last_dts is not None and audio.last_dts + audio.last_duration >= part.end_us
        return heard or newest - part.end_us >= _AUDIO_LATE_US

    def _add_audio(self, part: Part) -> None:
        """Take the audio up to the part's end; what lies before its section's start is left out."""
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
            if first == self._audio_at - 1 and (foreign or (early and self._starts_section(part))):
                first = self._audio_at
        part.audio = (first, self._audio_at)

    def _starts_section(self, part: Part) -> bool:
        return not self._segments or self._segments[-1].section is not part.section

    def _add(self, part: Part) -> None:
        if part.starts_segment or not self._segments:
            self._finish_segment()
            self._start_segment(part)
        segment = self._segments[-1]
        segment.parts.append(part)
        number, index = segment.line.number, len(segment.parts) - 1
        duration = part.end_us - part.start_us
        self._part_target_us = max(self._part_target_us, math.ceil(duration / 1000) * 1000)
        line = PartLine(f"part-{number}-{index}.m4s", duration, part.independent)
        segment.line.parts.append(line)
        segment.byte_size += sum(
            run.byte_size for run in self._runs(part) if run is not None
        )  # for BANDWIDTH

    def _start_segment(self, part: Part) -> None:
        section = part.section
        line = SegmentLine(
            number=self._next_number,
            uri=f"seg-{self._next_number}.m4s",
            map_uri=f"init-{section.number}.mp4",
            start_us=part.start_us,
            discontinuity=bool(self._segments) and self._starts_section(part),
        )
        self._next_number += 1
        self._segments.append(Segment(line, section, []))
        if section.number not in self._inits:
            self._inits[section.number] = init_section(section.header)

    def _finish_segment(self) -> None:
        if self._segments:
            segment = self._segments[-1]
            duration = segment.parts[-1].end_us - segment.line.start_us
            segment.line.duration_us = duration
            self._target_s = max(self._target_s, round(duration / 1_000_000))

    def _prune(self) -> None:
        """Forget segments whose packets have left the ring."""
        while len(self._segments) > 1 and not self._is_held(self._segments[0].parts[0]):
            self._segments.popleft()
            if self._segments[0].line.discontinuity:
                self._discontinuity_sequence += 1
        held = {segment.section.number for segment in self._segments}
        for number in [number for number in self._inits if number not in held]:
            del self._inits[number]

    def _is_held(self, part: Part) -> bool:
        first = self._ring.video.first_number if part.video[1] else self._ring.audio.first_number
        return (part.video[0] if part.video[1] else part.audio[0]) >= first

    # Answering

    @property
    def position(self) -> tuple[int, int] | None:
        """The segment and part published last."""
        if not self._segments:
            return None
        return self._segments[-1].line.number, len(self._segments[-1].parts) - 1

    def has(self, number: int, part: int | None = None) -> bool:
        """Tell whether a playlist names a segment whole, or one of its parts (`_HLS_msn`)."""
        if not self._segments:
            return False
        newest, index = self._segments[-1].line.number, len(self._segments[-1].parts) - 1
        if number < newest:
            return True
        return part is not None and number == newest and part <= index

    def state(self) -> MediaState:
        """Return what the media playlist says now."""
        self._prune()
        coming = self._waiting[0] if self._waiting else self._open
        hint = f"part-{self._next_number}-0.m4s"
        if self._segments and coming is not None and not coming.starts_segment:
            newest = self._segments[-1]
            hint = f"part-{newest.line.number}-{len(newest.parts)}.m4s"
        lines = [segment.line for segment in self._segments]
        return MediaState(
            self._target_s, self._part_target_us, self._discontinuity_sequence, lines, hint
        )

    def variant(self, uri: str = "media.m3u8") -> Variant | None:
        """Return what the multivariant playlist says now, or None before the first part."""
        header = self._ring.header
        if header is None or not self._segments:
            return None
        rates = [
            segment.byte_size * 8_000_000 // max(1, segment.line.duration_us)
            for segment in self._segments
            if segment.line.duration_us
        ] or [self._segments[-1].byte_size * 8]
        video = header.video
        return Variant(
            uri=uri,
            bandwidth=max(rates),
            average_bandwidth=sum(rates) // len(rates),
            codecs=codecs(header),
            width=video.width if video else 0,
            height=video.height if video else 0,
            fps=video.fps if video else 0.0,
        )

    def init(self, number: int) -> bytes | None:
        """Return an init section, or None where no segment of it is held."""
        return self._inits.get(number)

    def segment(self, number: int) -> list[Buffer] | None:
        """Return a finished segment's bytes, or None: unknown, still growing, or gone."""
        segment = self._find(number)
        if segment is None or segment.line.duration_us is None:
            return None
        buffers: list[Buffer] = []
        for index in range(len(segment.parts)):
            found = self.part(number, index)
            if found is None:
                return None
            buffers += found
        return buffers

    def part(self, number: int, index: int) -> list[Buffer] | None:
        """Return a part's bytes, or None: unknown, not yet there, or gone."""
        segment = self._find(number)
        if segment is None or not 0 <= index < len(segment.parts):
            return None
        part = segment.parts[index]
        if not self._is_held(part):
            return None
        video, audio = self._runs(part)
        return fragment(
            Fragment(
                sequence=number * 1000 + index,
                origin_us=self._origin_us or 0,
                shift_us=part.shift_us,
                end_dts_us=part.end_us - part.shift_us,
                video=video,
                audio=audio,
                audio_params=part.section.header.audio,
            )
        )

    def _runs(self, part: Part) -> tuple[Run | None, Run | None]:
        return self._ring.video.numbered(*part.video), self._ring.audio.numbered(*part.audio)

    def _find(self, number: int) -> Segment | None:
        if not self._segments:
            return None
        index = number - self._segments[0].line.number
        return self._segments[index] if 0 <= index < len(self._segments) else None
