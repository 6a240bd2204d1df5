"""A selection of a ring's packets: immutable, pinned while anyone references it."""

from dataclasses import dataclass

from media_server.media.packet import Header
from media_server.media.run import Run
from media_server.media.track_ring import Section


@dataclass(frozen=True, slots=True)
class Piece:
    """A selection's packets in one section, in decode order.

    A run of `video` is a GOP, a run of `audio` about a second.
    """

    header: Header
    section: int
    video: tuple[Run, ...]
    audio: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """The packets of a span; they stay in memory while the selection exists.

    `start_us` is when the first frame appears, `end_us` when the last one leaves; the packets reach
    back to the keyframe before. `asked_*` is the requested span.
    """

    start_us: int
    end_us: int
    asked_start_us: int
    asked_end_us: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class FrameBytes:
    """Everything needed to decode one frame, from its keyframe on; pickles cheaply."""

    extradata: bytes
    data: bytes
    sizes: tuple[int, ...]
    pts_us: tuple[int, ...]
    target_us: int
    aspect: tuple[int, int] | None = None
    quarters: int = 0


def pieces_of(
    video: list[tuple[Section, Run]], audio: list[tuple[Section, Run]]
) -> tuple[Piece, ...]:
    """Group runs by section, in order."""
    sections = {section.number: section for section, _ in (*video, *audio)}
    return tuple(
        Piece(
            section.header,
            number,
            tuple(run for of, run in video if of.number == number),
            tuple(run for of, run in audio if of.number == number),
        )
        for number, section in sorted(sections.items())
    )
