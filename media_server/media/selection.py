"""What was taken out of a ring: immutable, pinned for as long as somebody holds it."""

from dataclasses import dataclass

from media_server.media.packet import Header
from media_server.media.run import Run


@dataclass(frozen=True, slots=True)
class Piece:
    """The packets of a selection that lie in one section, in decode order.

    A run of `video` is a GOP, a run of `audio` about a second.
    """

    header: Header
    section: int
    video: tuple[Run, ...]
    audio: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """Packets for a span; they stay in memory for as long as the selection does.

    `start_us` is when the first frame shown appears, `end_us` when the last one leaves; the packets
    reach back to the keyframe before. `asked_*` is the span that was asked for.
    """

    start_us: int
    end_us: int
    asked_start_us: int
    asked_end_us: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class FrameBytes:
    """All that is needed to decode one frame, from its keyframe on; it pickles cheaply."""

    extradata: bytes
    data: bytes
    sizes: tuple[int, ...]
    pts_us: tuple[int, ...]
    target_us: int
