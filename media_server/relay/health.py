"""A stream's health, measured from its packets over the last seconds of media time."""

from collections import deque
from typing import Final

from media_server.media.packet import Packet
from media_server.relay.rhythm import Rhythm

_SPAN_US: Final = 4_000_000
_MINUTE_US: Final = 60_000_000
_STALLED_US: Final = 4_000_000
_ONE_BREAK_US: Final = 1_000_000  # breaks within a second are one break to a viewer
_ENOUGH_FRAMES: Final = 0.8  # of the expected rate
_TOO_MUCH_LOSS: Final = 2.0  # per cent, inbound
_TOO_MUCH_DRIFT: Final = 1.0  # per cent


class Health:
    """Bit rate, frame rate and keyframe interval, measured in steps of 4 s."""

    def __init__(self) -> None:
        self.bitrate_kbps = 0
        self.fps = 0.0
        self.keyframe_interval_us = 0
        self.arrived_us: int | None = None  # the node's time of the newest packets
        self._rhythm = Rhythm()
        self._from_us = 0
        self._bytes = 0
        self._frames = 0
        self._last_key_us: int | None = None
        self._rates: deque[float] = deque(maxlen=_MINUTE_US // _SPAN_US)
        self._breaks: deque[int] = deque(maxlen=_MINUTE_US // _ONE_BREAK_US)

    def arrived(self, now_us: int) -> None:
        """Note that packets have arrived."""
        self.arrived_us = now_us
        self._rhythm.came(now_us)

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
        """Restart with the next packet: the stream has gone off air."""
        self._rates.clear()
        self.fps, self._from_us = 0.0, 0
        self._rhythm = Rhythm()

    def is_back(self, now_us: int, gone_us: int) -> None:
        """Count a short time off air as a break; after a long one nobody was watching."""
        if now_us - gone_us < _MINUTE_US:
            self.broke(now_us)

    def broke(self, now_us: int) -> None:
        """Note a break that viewers may have noticed."""
        if not self._breaks or now_us - self._breaks[-1] > _ONE_BREAK_US:
            self._breaks.append(now_us)

    def trouble(
        self,
        now_us: int,
        *,
        declared_fps: float,
        loss_percent: float = 0.0,
        drift_percent: float = 0.0,
        lacks_keyframes: bool = False,
    ) -> str | None:
        """Return why a live stream is unsteady, or None if it is steady.

        The expected rate is the one that the source declares; without one, the best of the last
        minute.
        """
        if self._rhythm.has_stopped(now_us, _STALLED_US):
            return "nothing is arriving"
        if lacks_keyframes:
            return "the encoder sends no keyframes"
        due = declared_fps or max(self._rates, default=0.0)
        found = []
        if 0 < self.fps < due * _ENOUGH_FRAMES:
            found.append(f"{self.fps:.0f} of {due:.0f} frames per second")
        if loss_percent > _TOO_MUCH_LOSS:
            found.append(f"{loss_percent:.0f} % inbound packet loss")
        if abs(drift_percent) >= _TOO_MUCH_DRIFT:
            pace = "fast" if drift_percent > 0 else "slow"
            found.append(f"the source's clock is {abs(drift_percent):.0f} % {pace}")
        if breaks := sum(now_us - at < _MINUTE_US for at in self._breaks):
            found.append(f"{breaks} break{'' if breaks == 1 else 's'} in the last minute")
        return ", ".join(found) or None
