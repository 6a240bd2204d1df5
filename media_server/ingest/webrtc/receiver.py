"""One track of a publisher: assembles decrypted RTP packets into frames and detects loss."""

from collections.abc import Callable
from dataclasses import dataclass

from media_server.ingest.webrtc.frames import Frames
from media_server.ingest.webrtc.reception import Reception
from media_server.ingest.webrtc.resend import Resend
from media_server.ingest.webrtc.rtp import Rtp
from media_server.media.packet import Track

# How long audio waits for a reordered packet; there are no retransmissions.
_SOUND_S = 0.06
_SILENT_S = 2.0


@dataclass(frozen=True, slots=True)
class Format:
    """The negotiated format of a track: per payload type its codec, or what it retransmits."""

    track: Track
    rate: int
    codecs: dict[int, str]  # payload type to `h264`, `vp8`, `vp9`, `av1`, `opus`
    resent: dict[int, int]  # payload type of RTX (RFC 4588) to that of the original
    parameters: dict[int, str]  # payload type to `sprop-parameter-sets`
    send_time: int | None = None  # the id of abs-send-time


class TrackReceiver:
    """Receives one track.

    Args:
        form: The negotiated format.
        on_frame: Called with the codec, the timestamp and the payloads of a frame.
        on_loss: Called when a frame was given up.
        starts: By codec: whether a payload begins a frame where decoding can start.
    """

    def __init__(
        self,
        form: Format,
        on_frame: Callable[[str, int, list[bytes]], None],
        on_loss: Callable[[], None],
        starts: dict[str, Callable[[bytes], bool]],
    ) -> None:
        self.form = form
        self.reception = Reception(form.rate)
        self.resend = Resend()
        self.ssrc: int | None = None
        self.codec = ""
        self.payload_type = -1
        self.frames = 0
        self._on_frame = on_frame
        self._on_loss = on_loss
        self._starts = starts
        self._buffer = self._new_buffer()
        self._heard = 0.0
        self._gap_since: float | None = None

    def _new_buffer(self) -> Frames:
        return Frames(self._whole, self._on_loss, self._starts.get(self.codec, _always))

    @property
    def is_waiting(self) -> bool:
        """Whether packets are missing, so that `tend` has work to do."""
        return self._buffer.is_waiting

    def take(self, packet: Rtp, now: float) -> bool:
        """Process a packet; return whether it was the last one of a frame."""
        original = self.form.resent.get(packet.payload_type)
        if original is not None:
            if len(packet.payload) < 2 or self.ssrc is None:
                return False  # padding, which probes the network's capacity
            packet = packet._replace(
                payload_type=original,
                sequence=int.from_bytes(packet.payload[:2], "big"),
                payload=packet.payload[2:],
                ssrc=self.ssrc,
            )
        elif packet.ssrc != self.ssrc and not self._follow(packet, now):
            return False
        self._heard = now
        if packet.payload_type != self.payload_type:
            self._switch(packet.payload_type)
        number = self._buffer.push(packet)
        if number is None:
            return False
        self.reception.saw(number, len(packet.payload), is_resent=original is not None)
        if self._gap_since is not None:
            self.resend.came(number, now)
        self._gap_since = (self._gap_since or now) if self._buffer.is_waiting else None
        if packet.marker and original is None:
            self.reception.saw_frame(packet.timestamp, now)
        return packet.marker

    def tend(self, now: float) -> list[int]:
        """Return the sequence numbers to request now; give up overdue ones."""
        if not self._buffer.is_waiting:
            self.resend.due([], now)
            self._gap_since = None
            return []
        if self.form.track == "audio":
            if now - (self._gap_since or now) > _SOUND_S:
                self._buffer.give_up()
                self._gap_since = now if self._buffer.missing() else None
            return []
        due = self.resend.due(self._buffer.missing(), now)
        while self.resend.is_hopeless(now):
            self._buffer.give_up()
            due = self.resend.due(self._buffer.missing(), now)
        return [number & 0xFFFF for number in due]

    def _follow(self, packet: Rtp, now: float) -> bool:
        """Switch to a new SSRC for this track after the old one has gone silent."""
        if self.ssrc is not None:
            if now - self._heard < _SILENT_S:
                return False
            self._on_loss()
        self.ssrc = packet.ssrc
        self.reception = Reception(self.form.rate)
        self._buffer = self._new_buffer()
        return True

    def _switch(self, payload_type: int) -> None:
        self.payload_type = payload_type
        codec = self.form.codecs[payload_type]
        if codec != self.codec:
            self.codec = codec
            self._buffer = self._new_buffer()

    def _whole(self, timestamp: int, payloads: list[bytes]) -> None:
        self.frames += 1
        self._on_frame(self.codec, timestamp, payloads)


def _always(_payload: bytes) -> bool:
    return True
