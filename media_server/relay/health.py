"""What a stream's packets tell of its health, over the newest seconds of media time."""

from media_server.media.packet import Packet

_SPAN_US = 4_000_000


class Health:
    """Bit rate, frame rate and distance of keyframes, measured in steps of 4 s."""

    def __init__(self) -> None:
        self.bitrate_kbps = 0
        self.fps = 0.0
        self.keyframe_interval_us = 0
        self._from_us = 0
        self._bytes = 0
        self._frames = 0
        self._last_key_us: int | None = None

    def saw(self, packet: Packet) -> None:
        """Count a packet."""
        elapsed = packet.dts_us - self._from_us
        if elapsed >= _SPAN_US or elapsed < -_SPAN_US:
            if self._from_us and 0 < elapsed < 2 * _SPAN_US:
                self.bitrate_kbps = round(self._bytes * 8000 / elapsed)
                self.fps = round(self._frames * 1e6 / elapsed, 2)
            self._from_us, self._bytes, self._frames = packet.dts_us, 0, 0
        self._bytes += len(packet.data)
        if packet.track == "video":
            self._frames += 1
            if packet.is_key:
                if self._last_key_us is not None:
                    self.keyframe_interval_us = max(0, packet.pts_us - self._last_key_us)
                self._last_key_us = packet.pts_us
