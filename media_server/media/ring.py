"""The newest packets of a stream, whole GOPs at a time. (Public face; see the methods.)"""

from dataclasses import dataclass

from media_server.media.packet import Header, Packet
from media_server.media.run import Run


@dataclass(frozen=True, slots=True)
class Piece:
    """The packets of a selection that share one header, in decode order."""

    header: Header
    section: int
    video: Run | None
    audio: Run | None


@dataclass(frozen=True, slots=True)
class Selection:
    """Packets for a span; they stay in memory for as long as the selection does (pinned).

    `start_us` is the pts of the first frame shown, `end_us` the end of the last one; the packets
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


class Ring:
    """The newest `buffer_us` of a stream, or less where that is over `max_bytes`.

    Single-threaded: append and read from one thread or event loop. A selection is immutable and
    may travel to another thread. `compact=False` keeps the very buffers that were appended (for
    packets that lie in a mapped file); otherwise each finished GOP becomes one block of bytes.
    """

    def __init__(self, buffer_us: int, max_bytes: int, *, compact: bool = True) -> None: ...

    header: Header | None  # of the newest section
    byte_size: int  # encoded bytes held
    dropped: int  # packets not taken: before the first keyframe, going back in time, too much

    def append(self, packet: Packet, header: Header, *, discontinuity: bool = False) -> bool:
        """Take a packet; tell whether it was kept.

        Another `header` or a `discontinuity` begins a new section. Video before a keyframe is not
        kept. Never blocks; whole GOPs leave at the other end.
        """
        raise NotImplementedError

    def window(self) -> tuple[int, int] | None:
        """Return [start, end) that can be clipped now, or None when there is nothing."""
        raise NotImplementedError

    def select(self, start_us: int, end_us: int) -> Selection:
        """Pin the packets that show [start, end).

        Raises:
            BadInput: The span is empty or negative.
            StreamOffline: Nothing is held.
            LeftTheBuffer: The span starts before the window.
            TooEarly: The span starts at or after the window's end.
        """
        raise NotImplementedError

    def frame_at(self, us: int | None) -> int:
        """Return the pts of the frame on screen at an instant (None: the newest).

        Raises:
            StreamOffline: No video is held.
            LeftTheBuffer: The instant is before the window.
            TooEarly: The instant is after the window.
        """
        raise NotImplementedError

    def frame_bytes(self, pts_us: int) -> FrameBytes:
        """Return what decodes the frame whose pts is given (as `frame_at` answers it)."""
        raise NotImplementedError

    def keyframe_at(self, us: int) -> int:
        """Return the pts of the keyframe nearest to an instant (filmstrips, cards)."""
        raise NotImplementedError
