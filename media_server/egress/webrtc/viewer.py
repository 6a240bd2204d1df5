"""One viewer: a position in each track, and its retransmission requests.

A new viewer starts at the newest keyframe and catches up at many times real time, in steps so that
no buffer on the way overflows. A viewer whose packets do not leave waits; once it is more than a
second behind and there is a newer keyframe, it skips to that one, and the skipped frames are
counted.
"""

from dataclasses import dataclass, field
from typing import Final

from media_server.egress.webrtc.reports import Received, goodbye, sender_report
from media_server.egress.webrtc.send_buffer import SendBuffer
from media_server.egress.webrtc.track import RtpTrack
from media_server.egress.webrtc.transport import Transport
from media_server.egress.webrtc.units import RtpUnit, retransmission

# The most to send in one catch-up step; a step is 5 ms, so this is about 60 Mbit/s.
STEP_BYTES: Final = 40_000
_LATE_US: Final = 1_000_000
# Retransmissions per second: half a second of 8 Mbit/s, so that loss cannot amplify itself.
_RESENT_BYTES: Final = 500_000
_PLI_US: Final = 500_000
_AGAIN_US: Final = 10_000  # do not retransmit a packet again this soon


@dataclass(slots=True)
class NegotiatedTrack:
    """One track as a viewer negotiated it."""

    track: RtpTrack
    payload_type: int
    rtx_payload_type: int | None = None
    place: int | None = None  # the next frame to send; None waits for a keyframe
    block: int = 0  # the next block of that frame
    packets: int = 0
    octets: int = 0
    floor: int = 0  # no retransmissions for frames before this number
    rtx_sequence: int = 1
    received: Received = field(default_factory=Received)


@dataclass(slots=True)
class Counters:
    """A viewer's counters; the stream keeps them after it leaves."""

    frames_skipped: int = 0  # while skipping to a keyframe
    slow: int = 0  # skips to a keyframe
    nacked: int = 0  # packets that viewers requested again
    resent: int = 0
    not_resent: int = 0  # too old, or too many
    keyframe_requests: int = 0
    send_errors: int = 0

    def add(self, other: "Counters") -> None:
        """Add another's counters."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Viewer:
    """Sends one viewer its frames; nothing here waits."""

    def __init__(
        self,
        path: Transport,
        send_buffer: SendBuffer,
        cname: bytes,
        video: NegotiatedTrack | None,
        sound: NegotiatedTrack | None,
    ) -> None:
        self.path = path
        self.video = video
        self.sound = sound
        self.counters = Counters()
        self._send_buffer = send_buffer
        self._cname = cname
        self._resent_at: dict[int, int] = {}
        self._resent_bytes = 0
        self._second = 0
        self._pli_us = 0

    # Sending

    def join(self) -> None:
        """Start: audio from now on, video from the newest keyframe."""
        if self.sound is not None:
            self.sound.place = self.sound.track.stop
        if self.video is not None:
            self._go_to(self.video, self.video.track.key)

    def flush(self) -> bool:
        """Send pending frames, up to one step's worth; return whether more is pending."""
        if self.sound is not None:
            self._flush_sound(self.sound)
        return self.video is not None and self._flush_video(self.video)

    def _flush_sound(self, line: NegotiatedTrack) -> None:
        track = line.track
        place = max(line.place if line.place is not None else track.stop, track.first)
        while place < track.stop:
            unit = track.unit(place)
            for block in unit.blocks(line.payload_type, self.path.tag_bytes, self._send_buffer):
                if self.path.send_block(block):
                    line.packets += len(block.packets)
                    line.octets += block.octets
                else:
                    self.counters.frames_skipped += 1  # late audio is useless
            place += 1
        line.place = place

    def _flush_video(self, line: NegotiatedTrack) -> bool:
        track, tag = line.track, self.path.tag_bytes
        if line.place is None or line.place < track.first:
            self._go_to(line, track.key)
        left = STEP_BYTES
        while line.place is not None and line.place < track.stop:
            blocks = track.unit(line.place).blocks(line.payload_type, tag, self._send_buffer)
            while line.block < len(blocks):
                block = blocks[line.block]
                if left <= 0:
                    return True
                if not self.path.send_block(block):
                    return self._blocked(line)
                left -= len(block.data)
                line.packets += len(block.packets)
                line.octets += block.octets
                line.block += 1
            line.place, line.block = line.place + 1, 0
        return False

    def _blocked(self, line: NegotiatedTrack) -> bool:
        """Wait, or drop what is late; return whether to send again soon."""
        track, place = line.track, line.place
        newest = track.newest
        if newest is None or place is None:
            return False
        late = newest.pts_us - track.unit(place).pts_us > _LATE_US
        if late and track.key is not None and track.key > place:
            self.counters.slow += 1
            self._go_to(line, track.key)
        return True

    def _go_to(self, line: NegotiatedTrack, number: int | None) -> None:
        if line.place is not None and number is not None and number > line.place:
            self.counters.frames_skipped += number - line.place
        line.place, line.block = number, 0
        line.floor = max(line.floor, number or 0)

    # Requests from the viewer

    def resend(self, line: NegotiatedTrack, sequences: list[int], now_us: int) -> None:
        """Retransmit lost packets."""
        self.counters.nacked += len(sequences)
        for sequence in sequences:
            if not self._resend_one(line, sequence, now_us):
                self.counters.not_resent += 1

    def _resend_one(self, line: NegotiatedTrack, sequence: int, now_us: int) -> bool:
        found = line.track.find(sequence)
        if found is None:
            return False
        number, unit, index = found
        is_sent = line.place is not None and number <= line.place
        if number < line.floor or not is_sent or not self._may_resend(unit, index, now_us):
            return False
        if now_us - self._resent_at.get(sequence, 0) < _AGAIN_US:
            return True
        self._resent_at[sequence] = now_us
        if len(self._resent_at) > 512:
            del self._resent_at[next(iter(self._resent_at))]
        return self._send_again(line, unit, index)

    def _may_resend(self, unit: RtpUnit, index: int, now_us: int) -> bool:
        if now_us // 1_000_000 != self._second:
            self._second, self._resent_bytes = now_us // 1_000_000, 0
        self._resent_bytes += len(unit.packets[index])
        return self._resent_bytes <= _RESENT_BYTES

    def _send_again(self, line: NegotiatedTrack, unit: RtpUnit, index: int) -> bool:
        packet = unit.packets[index]
        if line.rtx_payload_type is None:
            packet = unit.packet(index, line.payload_type)
        else:
            packet = retransmission(
                packet,
                payload_type=line.rtx_payload_type,
                sequence=line.rtx_sequence,
                ssrc=line.track.rtx_ssrc,
            )
            line.rtx_sequence = (line.rtx_sequence + 1) & 0xFFFF
        sent = self.path.send_packet(packet)
        self.counters.resent += sent
        return sent

    def restart(self, line: NegotiatedTrack, now_us: int) -> bool:
        """Skip a viewer that lost its video to the newest keyframe; return whether it was new.

        A viewer that already has that keyframe cannot use it again: receivers drop duplicates. Only
        the next keyframe helps it.
        """
        self.counters.keyframe_requests += 1
        key = line.track.key
        if key is None or now_us - self._pli_us < _PLI_US:
            return False
        self._pli_us = now_us
        if line.place is not None and key >= line.place:
            return True  # it is on its way
        unit = line.track.unit(key)
        for index in range(len(unit.packets)):
            if self._may_resend(unit, index, now_us):
                self._send_again(line, unit, index)
        return False

    # Reports

    def report(self, now_us: int) -> None:
        """Report how RTP time maps to wall-clock time, and what was sent."""
        for line in (self.video, self.sound):
            if line is None or not line.packets:
                continue
            line.received.sent(now_us)
            self.path.send_report(
                sender_report(
                    line.track.ssrc,
                    self._cname,
                    now_us=now_us,
                    timestamp=line.track.clock.stamp(now_us),
                    packets=line.packets,
                    octets=line.octets,
                )
            )

    def close(self) -> None:
        """Send BYE and release the transport."""
        for line in (self.video, self.sound):
            if line is not None and line.packets:
                self.path.send_report(goodbye(line.track.ssrc))
        self.counters.send_errors += self.path.errors
        self.path.close()
