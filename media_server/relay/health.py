"""What a stream's packets tell of its health, over the newest seconds of media time."""

from collections import deque
from typing import Final

from media_server.media.packet import Packet

_SPAN_US: Final = 4_000_000
_MINUTE_US: Final = 60_000_000
_STALLED_US: Final = 4_000_000
_ONE_BREAK_US: Final = 1_000_000  # what breaks within a second is one break to a viewer
_ENOUGH_FRAMES: Final = 0.8  # of the rate that is due
_TOO_MUCH_LOSS: Final = 2.0  # per cent on the way in


class Health:
    """Bit rate, frame rate and distance of keyframes, measured in steps of 4 s."""

    def __init__(self) -> None:
        self.bitrate_kbps = 0
        self.fps = 0.0
        self.keyframe_interval_us = 0
        self.arrived_us: int | None = None  # the node's time at which packets came last
        self._from_us = 0
        self._bytes = 0
        self._frames = 0
        self._last_key_us: int | None = None
        self._rates: deque[float] = deque(maxlen=_MINUTE_US // _SPAN_US)
        self._breaks: deque[int] = deque(maxlen=_MINUTE_US // _ONE_BREAK_US)

    def saw(self, packet: Packet) -> None:
        """Count a packet."""
        elapsed = packet.dts_us - self._from_us
        if elapsed >= _SPAN_US or elapsed < -_SPAN_US:
            if self._from_us and 0 < elapsed < 2 * _SPAN_US:
                self.bitrate_kbps = round(self._bytes * 8000 / elapsed)
                self.fps = round(self._frames * 1e6 / elapsed, 2)
                self._rates.append(self.fps)
            self._from_us, self._bytes, self._frames = packet.dts_us, 0, 0
        self._bytes += len(packet.data)
        if packet.track == "video":
            self._frames += 1
            if packet.is_key:
                if self._last_key_us is not None:
                    self.keyframe_interval_us = max(0, packet.pts_us - self._last_key_us)
                self._last_key_us = packet.pts_us

    def end(self) -> None:
        """Measure anew from the next packet: the stream has gone off air."""
        self._rates.clear()
        self.fps, self._from_us = 0.0, 0

    def is_back(self, now_us: int, gone_us: int) -> None:
        """Count a short time off air as a break; after a long one nobody was watching."""
        if now_us - gone_us < _MINUTE_US:
            self.broke(now_us)

    def broke(self, now_us: int) -> None:
        """Note that viewers may have noticed something."""
        if not self._breaks or now_us - self._breaks[-1] > _ONE_BREAK_US:
            self._breaks.append(now_us)

    def trouble(self, now_us: int, *, declared_fps: float, loss_percent: float) -> str | None:
        """Say why a stream on air is not steady, or None when it is.

        The rate that is due is what the source declares; where it declares none, it is the best
        of the last minute.
        """
        if self.arrived_us is not None and now_us - self.arrived_us > _STALLED_US:
            return "nothing is arriving"
        due = declared_fps or max(self._rates, default=0.0)
        found = []
        if 0 < self.fps < due * _ENOUGH_FRAMES:
            found.append(f"{self.fps:.0f} of {due:.0f} frames a second")
        if loss_percent > _TOO_MUCH_LOSS:
            found.append(f"{loss_percent:.0f} % of the packets are lost on the way in")
        if breaks := sum(now_us - at < _MINUTE_US for at in self._breaks):
            found.append(f"{breaks} break{'' if breaks == 1 else 's'} in the last minute")
        return ", ".join(found) or None
