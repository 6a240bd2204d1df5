"""LL-HLS playlists as text (RFC 8216bis). All URIs are relative, so they inherit the token."""

import math
from dataclasses import dataclass, field

from domain.core.time import from_us

_VERSION = 9  # EXT-X-SKIP needs it
_PART_SPAN_TARGETS = 3  # list parts this many target durations back (6.2.2)
_SKIP_TARGETS = 6  # the minimum of CAN-SKIP-UNTIL (4.4.3.8)
_HOLD_BACK_PARTS = 3  # recommended for PART-HOLD-BACK; the minimum is 2


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part in a playlist."""

    uri: str
    duration_us: int
    independent: bool


@dataclass(slots=True)
class SegmentLine:
    """A segment in a playlist; without `duration_us` it is still growing."""

    number: int
    uri: str
    map_uri: str
    start_us: int
    discontinuity: bool
    parts: list[PartLine] = field(default_factory=list)
    duration_us: int | None = None
    text: str = ""  # cached text of a finished one

    @property
    def independent(self) -> bool:
        """Whether it starts with a keyframe."""
        return bool(self.parts) and self.parts[0].independent


@dataclass(frozen=True, slots=True)
class MediaState:
    """The content of a media playlist."""

    target_s: int
    part_target_us: int
    discontinuity_sequence: int
    segments: list[SegmentLine]  # the last one may be growing
    hint_uri: str | None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """The stream's only rendition."""

    uri: str
    bandwidth: int
    average_bandwidth: int
    codecs: str
    width: int = 0
    height: int = 0
    fps: float = 0.0


def media_playlist(state: MediaState, *, skip: bool = False) -> str:
    """Return a media playlist, or the delta update that a client requested with `_HLS_skip`.

    The playlist of an ended stream is complete and lists whole segments only.
    """
    segments = state.segments
    lines = [
        f"#EXTM3U\n#EXT-X-VERSION:{_VERSION}\n#EXT-X-TARGETDURATION:{state.target_s}\n"
        f"{'' if state.ended else _growing(state)}"
        f"#EXT-X-MEDIA-SEQUENCE:{segments[0].number if segments else 0}\n"
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{state.discontinuity_sequence}\n"
    ]
    if segments and all(segment.independent for segment in segments if segment.parts):
        lines.append("#EXT-X-INDEPENDENT-SEGMENTS\n")
    skipped = _skippable(state) if skip and not state.ended else 0
    if skipped:
        lines.append(f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}\n")
    elif segments:
        lines.append(f'#EXT-X-MAP:URI="{segments[0].map_uri}"\n')
    lines += _body(state, skipped)
    if state.ended:
        lines.append("#EXT-X-ENDLIST\n")
    elif state.hint_uri:
        lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{state.hint_uri}"\n')
    return "".join(lines)


def _growing(state: MediaState) -> str:
    """Return the tags of a growing playlist."""
    part_s = state.part_target_us / 1_000_000
    return (
        f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,"
        f"CAN-SKIP-UNTIL={state.target_s * _SKIP_TARGETS:.1f},"
        f"PART-HOLD-BACK={part_s * _HOLD_BACK_PARTS:.3f}\n"
        f"#EXT-X-PART-INF:PART-TARGET={part_s:.3f}\n"
    )


def _body(state: MediaState, skipped: int) -> list[str]:
    """Return the lines of all segments, the newest ones with their parts."""
    lines: list[str] = []
    left = 0 if state.ended else _PART_SPAN_TARGETS * state.target_s * 1_000_000
    for index in range(len(state.segments) - 1, skipped - 1, -1):
        segment = state.segments[index]
        parts = _part_lines(segment) if left > 0 else ""
        left -= segment.duration_us or sum(part.duration_us for part in segment.parts)
        head, tail = _segment_text(segment)
        if segment.discontinuity and index > 0:
            head = f'#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI="{segment.map_uri}"\n{head}'
        lines.append(f"{head}{parts}{tail}" if segment.parts or tail else "")
    lines.reverse()
    return lines


def _segment_text(segment: SegmentLine) -> tuple[str, str]:
    if segment.text:
        head, _, tail = segment.text.partition("\0")
        return head, tail
    head = f"#EXT-X-PROGRAM-DATE-TIME:{_date(segment.start_us)}\n"
    if segment.duration_us is None:
        return head, ""
    tail = f"#EXTINF:{segment.duration_us / 1_000_000:.6f},\n{segment.uri}\n"
    segment.text = f"{head}\0{tail}"
    return head, tail


def _part_lines(segment: SegmentLine) -> str:
    return "".join(
        f'#EXT-X-PART:DURATION={part.duration_us / 1_000_000:.6f},URI="{part.uri}"'
        f"{',INDEPENDENT=YES' if part.independent else ''}\n"
        for part in segment.parts
    )


def _date(us: int) -> str:
    return from_us(us).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _skippable(state: MediaState) -> int:
    """Return how many segments precede the skip boundary (6.2.5.1)."""
    left = _SKIP_TARGETS * state.target_s * 1_000_000
    for index in range(len(state.segments) - 1, -1, -1):
        if left <= 0:
            return index + 1
        segment = state.segments[index]
        left -= segment.duration_us or sum(part.duration_us for part in segment.parts)
    return 0


def multivariant_playlist(variant: Variant) -> str:
    """Return the multivariant playlist of the stream's only rendition."""
    attributes = [
        f"BANDWIDTH={max(1, variant.bandwidth)}",
        f"AVERAGE-BANDWIDTH={max(1, variant.average_bandwidth)}",
        f'CODECS="{variant.codecs}"',
    ]
    if variant.width and variant.height:
        attributes.append(f"RESOLUTION={variant.width}x{variant.height}")
    if variant.fps and math.isfinite(variant.fps):
        attributes.append(f"FRAME-RATE={variant.fps:.3f}")
    return (
        f"#EXTM3U\n#EXT-X-VERSION:{_VERSION}\n"
        f"#EXT-X-STREAM-INF:{','.join(attributes)}\n{variant.uri}\n"
    )
