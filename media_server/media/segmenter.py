"""A ring as an LL-HLS stream: its parts and segments, and their bytes on request.

Nothing is copied or kept: a part is two ranges of running packet numbers, so the playlist covers
the whole ring at no cost in memory, and fragments are built on request.

Parts are about 0.2 s, a whole number of frames. A segment starts with a keyframe and lasts until
the first keyframe a second later, so every segment is a seek point; only if a source sends no
keyframe for 10 s does a segment start without one, and then the playlist omits
`EXT-X-INDEPENDENT-SEGMENTS`. Latency depends on parts alone.

A part is published when its audio has arrived or is three seconds late (late audio moves into the
following parts); `gaps.py` ensures that audio arrives. Published parts never change. Numbers
increase for the segmenter's lifetime; pass `first_number` to continue from another segmenter.
"""

from collections import deque
from dataclasses import dataclass

from media_server.media.cmaf import Fragment, codecs, fragment, init_section
from media_server.media.cutter import Part, PartCutter
from media_server.media.packet import Buffer
from media_server.media.playlist import MediaState, PartLine, SegmentLine, Variant
from media_server.media.ring import Ring
from media_server.media.run import Run
from media_server.media.track_ring import Section

_LEAST_TARGET_S = 2


@dataclass(slots=True)
class Segment:
    """A playlist entry and the parts behind it."""

    line: SegmentLine
    section: Section
    parts: list[Part]
    byte_size: int = 0  # for BANDWIDTH, once it is whole


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
        self._cutter = PartCutter(ring, part_us=part_us, segment_us=segment_us)
        self._next_number = first_number
        self._segments: deque[Segment] = deque()
        self._inits: dict[int, bytes] = {}
        self._target_s = _LEAST_TARGET_S
        self._discontinuity_sequence = 0

    def advance(self) -> bool:
        """Process what was appended since the last call; return whether a part was published."""
        parts = self._cutter.advance()
        for part in parts:
            self._add(part)
        return bool(parts)

    def flush(self) -> None:
        """Publish everything left and end the segment: nothing more is coming for now."""
        for part in self._cutter.flush():
            self._add(part)
        self._finish_segment()

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
        line = PartLine(f"part-{number}-{index}.m4s", duration, part.independent)
        segment.line.parts.append(line)

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
        self._prune()

    def _finish_segment(self) -> None:
        if self._segments and self._segments[-1].line.duration_us is None:
            segment = self._segments[-1]
            duration = segment.parts[-1].end_us - segment.line.start_us
            segment.line.duration_us = duration
            segment.byte_size = self._encoded_bytes(segment)
            self._target_s = max(self._target_s, round(duration / 1_000_000))

    def _prune(self) -> None:
        """Drop segments whose packets have left the ring."""
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

    # Serving

    @property
    def position(self) -> tuple[int, int] | None:
        """The numbers of the last published segment and part."""
        if not self._segments:
            return None
        return self._segments[-1].line.number, len(self._segments[-1].parts) - 1

    @property
    def has_whole_segment(self) -> bool:
        """Whether the playlist contains a segment that has ended."""
        return bool(self._segments) and self._segments[0].line.duration_us is not None

    def has(self, number: int, part: int | None = None) -> bool:
        """Return whether the playlist contains a segment, or one of its parts (`_HLS_msn`)."""
        if not self._segments:
            return False
        newest = self._segments[-1]
        if number != newest.line.number:
            return number < newest.line.number
        return newest.line.duration_us is not None or (
            part is not None and part < len(newest.parts)
        )

    def state(self, *, ended: bool = False) -> MediaState:
        """Return the current media playlist; `ended` closes it with ENDLIST."""
        self._prune()
        coming = self._cutter.coming
        hint = f"part-{self._next_number}-0.m4s"
        if self._segments and coming is not None and not coming.starts_segment:
            newest = self._segments[-1]
            hint = f"part-{newest.line.number}-{len(newest.parts)}.m4s"
        lines = [segment.line for segment in self._segments]
        return MediaState(
            self._target_s,
            self._cutter.part_target_us,
            self._discontinuity_sequence,
            lines,
            hint,
            ended,
        )

    def variant(self, uri: str = "media.m3u8") -> Variant | None:
        """Return the current multivariant playlist, or None before the first part."""
        header = self._ring.header
        if header is None or not self._segments:
            return None
        rates = [
            segment.byte_size * 8_000_000 // max(1, segment.line.duration_us)
            for segment in self._segments
            if segment.line.duration_us
        ] or [self._encoded_bytes(self._segments[-1]) * 8]
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
        """Return an init section, or None if no segment of it is left."""
        return self._inits.get(number)

    def segment(self, number: int) -> list[Buffer] | None:
        """Return a finished segment's bytes, or None if it is unknown, still growing, or gone."""
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
        """Return a part's bytes, or None if it is unknown, not yet published, or gone."""
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
                origin_us=self._cutter.origin_us or 0,
                shift_us=part.shift_us,
                end_dts_us=part.end_us - part.shift_us,
                video=video,
                audio=audio,
                audio_params=part.section.header.audio,
            )
        )

    def _runs(self, part: Part) -> tuple[Run | None, Run | None]:
        return self._ring.video.numbered(*part.video), self._ring.audio.numbered(*part.audio)

    def _encoded_bytes(self, segment: Segment) -> int:
        first, last = segment.parts[0], segment.parts[-1]
        video = self._ring.video.numbered(first.video[0], last.video[1])
        audio = self._ring.audio.numbered(first.audio[0], last.audio[1])
        return sum(run.byte_size for run in (video, audio) if run is not None)

    def _find(self, number: int) -> Segment | None:
        if not self._segments:
            return None
        index = number - self._segments[0].line.number
        return self._segments[index] if 0 <= index < len(self._segments) else None
