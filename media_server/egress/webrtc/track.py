"""One track as RTP: packetises every frame once and keeps the newest GOPs.

The kept packets serve three purposes: new viewers start at the newest keyframe, viewers with loss
get retransmissions, and slow viewers catch up. So no viewer has its own queue: a viewer is a
position in this track.
"""

import secrets
from collections import deque
from collections.abc import Sequence
from typing import Final

from domain.core.errors import UnsupportedMedia
from media_server.egress.webrtc.clock import RtpClock
from media_server.egress.webrtc.payloads import h264_payloads
from media_server.egress.webrtc.units import RtpUnit, make_unit
from media_server.media.h264 import parse_avcc, split_avcc
from media_server.media.packet import Buffer

# Keep at most two GOPs, or this many bytes if a source has too few keyframes.
_MOST_BYTES: Final = 24 * 1024 * 1024
_MOST_SOUND: Final = 256  # frames: several seconds


class RtpTrack:
    """Frames of one track as packets with one SSRC and one sequence number space.

    Frames have running numbers: `first` is the oldest one kept, `stop` is the next one.
    """

    def __init__(self, rate: int) -> None:
        self.ssrc = secrets.randbits(32) or 1
        self.rtx_ssrc = secrets.randbits(32) or 1
        self.clock = RtpClock(rate, secrets.randbits(32))
        self.key: int | None = None  # the newest frame where decoding can start
        self.stop = 0
        self.byte_size = 0
        self._units: deque[RtpUnit] = deque()
        # In the lower half: losing the first packet must not hide a wrap (RFC 3711, 3.3.1).
        self._sequence = secrets.randbits(15)

    @property
    def first(self) -> int:
        """The number of the oldest frame kept."""
        return self.stop - len(self._units)

    def unit(self, number: int) -> RtpUnit:
        """Return a frame."""
        return self._units[number - self.first]

    @property
    def newest(self) -> RtpUnit | None:
        """The newest frame."""
        return self._units[-1] if self._units else None

    def clear(self) -> None:
        """Drop all frames; numbers and sequence continue, so that no viewer ever goes back."""
        self._units.clear()
        self.byte_size, self.key = 0, None

    def find(self, sequence: int) -> tuple[int, RtpUnit, int] | None:
        """Return the frame that contains a packet, and its index there; None if it is gone."""
        units = self._units
        if not units:
            return None
        wanted = (sequence - units[0].first_sequence) & 0xFFFF
        low, high = 0, len(units) - 1
        # A search by distance from the oldest: correct while fewer than 2^16 packets are kept.
        while low < high:
            middle = (low + high + 1) // 2
            if (units[middle].first_sequence - units[0].first_sequence) & 0xFFFF <= wanted:
                low = middle
            else:
                high = middle - 1
        unit = units[low]
        index = (sequence - unit.first_sequence) & 0xFFFF
        return (self.first + low, unit, index) if index < len(unit.packets) else None

    def append(self, payloads: Sequence[bytes], pts_us: int, *, is_key: bool) -> RtpUnit:
        """Append one frame's payloads."""
        unit = make_unit(
            payloads,
            pts_us=pts_us,
            is_key=is_key,
            timestamp=self.clock.stamp(pts_us),
            first_sequence=self._sequence,
            ssrc=self.ssrc,
        )
        self._sequence = (self._sequence + len(payloads)) & 0xFFFF
        self._units.append(unit)
        self.byte_size += unit.byte_size
        self.stop += 1
        return unit

    def drop_before(self, number: int) -> None:
        """Drop the frames before a number."""
        units = self._units
        while units and self.first < number:
            self.byte_size -= units.popleft().byte_size


class VideoTrack(RtpTrack):
    """H.264: parameter sets precede every keyframe."""

    def __init__(self) -> None:
        super().__init__(90_000)
        self._extradata = b""
        self._sets: list[bytes] = []

    def pack(self, data: Buffer, pts_us: int, extradata: bytes, *, is_key: bool) -> RtpUnit | None:
        """Append an access unit with 4-byte lengths; return it, or None if it is damaged."""
        if extradata != self._extradata:
            _, sps, pps = parse_avcc(extradata)
            self._extradata, self._sets = extradata, [*sps, *pps]
        try:
            units: list[Buffer] = [*split_avcc(data)]
        except UnsupportedMedia:
            return None
        payloads = h264_payloads([*self._sets, *units] if is_key else units)
        if not payloads:
            return None
        if is_key:
            # Keep the previous GOP for viewers who still miss a packet of it.
            self.drop_before(self.key if self.key is not None else self.stop)
            self.key = self.stop
        unit = self.append(payloads, pts_us, is_key=is_key)
        self._bound()
        return unit

    def _bound(self) -> None:
        packets = (self._sequence - self._units[0].first_sequence) & 0xFFFF
        if self.byte_size <= _MOST_BYTES and packets < 0xF000:
            return
        self.drop_before(self.first + len(self._units) // 4 + 1)
        if self.key is not None and self.key < self.first:
            self.key = None  # a new viewer waits for the next


class SoundTrack(RtpTrack):
    """Opus: a frame is a packet, and playback can start at any frame."""

    def __init__(self) -> None:
        super().__init__(48_000)

    def pack(self, data: Buffer, pts_us: int) -> RtpUnit:
        """Append a frame."""
        unit = self.append([bytes(data)], pts_us, is_key=True)
        self.key = self.stop - 1
        self.drop_before(self.stop - _MOST_SOUND)
        return unit
