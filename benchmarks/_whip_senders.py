"""Minimal publishers: a real handshake each, then a film's packets, paced.

The film is packetised once; per publisher and packet, only the header is written, SRTP applied and
the datagram sent, with abs-send-time and sender reports like browsers'. There are no
retransmissions. One process; JSON lines:

    {"film": path, "offers": n} -> {"offers": [sdp, …]}
    {"answers": [sdp, …]}       -> {"connected": n}, and from then on they send
    {"count": 1}                -> {"sent": packets, "late_ms": the most that a frame was late}
"""

import asyncio
import json
import re
import struct
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.codecs.h264 import H264Encoder
from aiortc.rtp import RtcpSenderInfo, RtcpSrPacket

from media_server.ingest.unit import AvPacket
from media_server.relay.webrtc.ice import new_connection, prepare
from tests.integration.node.whip_peers import LOOPBACK, encoded

_REPORT_S = 1.0
_NTP_1970 = 2_208_988_800
_ABS_SEND_TIME = re.compile(r"a=extmap:(\d+) \S+abs-send-time")


@dataclass(frozen=True)
class Sample:
    """A video or audio frame: its send time and its payloads."""

    at_s: float
    line: int  # 0 video, 1 audio
    payloads: list[bytes]


def samples_of(film: Path) -> tuple[list[Sample], float]:
    """Return a film's samples in sending order, and the loop's duration."""
    found, encoder = [], H264Encoder()
    for line, kind in enumerate(("video", "audio")):
        packets = encoded(film, kind)
        first = _seconds(packets[0])
        for packet in packets:
            payloads = encoder.pack(packet)[0] if line == 0 else [bytes(packet)]
            found.append(Sample(_seconds(packet) - first, line, payloads))
    found.sort(key=lambda sample: sample.at_s)
    pictures = [sample.at_s for sample in found if sample.line == 0]
    return found, 2 * pictures[-1] - pictures[-2]


def _seconds(packet: AvPacket) -> float:
    assert packet.pts is not None
    assert packet.time_base is not None
    return float(packet.pts * packet.time_base)


class _Nothing(MediaStreamTrack):
    """A track without data: aiortc sends nothing here."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    async def recv(self) -> AvPacket:
        await asyncio.Event().wait()
        raise AssertionError


class Line:
    """One track of a publisher: its packets' header fields."""

    def __init__(self, rate: int, payload_type: int, ssrc: int, extension: int | None) -> None:
        self.rate, self.ssrc = rate, ssrc
        self._payload_type = payload_type
        self._extension = extension
        self._sequence = self.packets = self.octets = 0

    def head(self, at_s: float, *, is_last: bool, size: int) -> bytes:
        """Return the next packet's header (RFC 3550, 5.1; RFC 8285, 4.2)."""
        self._sequence = (self._sequence + 1) & 0xFFFF
        self.packets, self.octets = self.packets + 1, self.octets + size
        stamp = round(at_s * self.rate) & 0xFFFFFFFF
        second = self._payload_type | (128 if is_last else 0)
        first = 128 if self._extension is None else 144
        head = struct.pack("!BBHII", first, second, self._sequence, stamp, self.ssrc)
        if self._extension is None:
            return head
        sent = int((time.time() + _NTP_1970) * (1 << 18)) & 0xFFFFFF
        return head + struct.pack("!HHI", 0xBEDE, 1, (self._extension << 4 | 2) << 24 | sent)

    def report(self, at_s: float) -> bytes:
        """Return a sender report that maps a film instant to now."""
        return bytes(
            RtcpSrPacket(
                ssrc=self.ssrc,
                sender_info=RtcpSenderInfo(
                    ntp_timestamp=int((time.time() + _NTP_1970) * (1 << 32)),
                    rtp_timestamp=round(at_s * self.rate) & 0xFFFFFFFF,
                    packet_count=self.packets,
                    octet_count=self.octets,
                ),
            )
        )


class Sender:
    """One publisher."""

    def __init__(self, connection: RTCPeerConnection) -> None:
        self.connection = connection
        self._lines: list[Line] = []
        self._protect: Any = None
        self._send: Any = None
        self._address: Any = None

    async def answered(self, sdp: str) -> bool:
        """Connect; return whether it worked."""
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        for _ in range(600):
            if self.connection.connectionState == "connected":
                self._take(sdp)
                return True
            await asyncio.sleep(0.05)
        return False

    def _take(self, sdp: str) -> None:
        dtls: Any = self.connection.getTransceivers()[0].sender.transport
        pair = dtls.transport._connection._nominated[1]
        self._protect = dtls._tx_srtp
        self._send, self._address = pair.protocol.transport.sendto, pair.remote_addr
        sections = re.split(r"^m=", sdp, flags=re.MULTILINE)[1:]
        for transceiver, section in zip(self.connection.getTransceivers(), sections, strict=True):
            kind, _, _, payload_type = section.split("\r\n")[0].split()[:4]
            found = _ABS_SEND_TIME.search(section)
            rate = 90_000 if kind == "video" else 48_000
            ssrc = transceiver.sender._ssrc
            extension = int(found[1]) if found else None
            self._lines.append(Line(rate, int(payload_type), ssrc, extension))

    def send(self, sample: Sample, at_s: float) -> int:
        """Send a sample; return its number of packets."""
        line, last = self._lines[sample.line], len(sample.payloads) - 1
        for number, payload in enumerate(sample.payloads):
            is_last = number == last and sample.line == 0
            head = line.head(at_s, is_last=is_last, size=len(payload))
            self._send(self._protect.protect(head + payload), self._address)
        return last + 1

    def report(self, at_s: float) -> None:
        """Send the sender reports."""
        for line in self._lines:
            self._send(self._protect.protect_rtcp(line.report(at_s)), self._address)


class Senders:
    """All publishers."""

    def __init__(self) -> None:
        self._film: tuple[list[Sample], float] = ([], 0.0)
        self._all: list[Sender] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.sent = 0
        self.late_s = 0.0

    async def offers(self, film: Path, count: int) -> list[str]:
        """Return the publishers' offers."""
        self._film = samples_of(film)
        for _ in range(count):
            connection = new_connection(LOOPBACK)
            transceiver = connection.addTransceiver(_Nothing("video"), direction="sendonly")
            codecs = RTCRtpSender.getCapabilities("video").codecs
            transceiver.setCodecPreferences([c for c in codecs if c.mimeType == "video/H264"])
            connection.addTransceiver(_Nothing("audio"), direction="sendonly")
            offer = await connection.createOffer()
            prepare(connection, LOOPBACK)
            await connection.setLocalDescription(offer)
            self._all.append(Sender(connection))
        return [sender.connection.localDescription.sdp for sender in self._all]

    async def answered(self, answers: list[str]) -> int:
        """Connect all and start; return how many are connected."""
        done = [await sender.answered(sdp) for sender, sdp in zip(self._all, answers, strict=True)]
        began = time.monotonic()
        for number, sender in enumerate(self._all):
            at = began + number / len(self._all) / 30  # spread over time
            self._tasks.append(asyncio.create_task(self._play(sender, at)))
        return sum(done)

    async def _play(self, sender: Sender, began: float) -> None:
        samples, period = self._film
        turn, report_at = 0.0, 0.0
        while True:
            for sample in samples:
                at_s = turn + sample.at_s
                wait = began + at_s - time.monotonic()
                if wait > 0:
                    await asyncio.sleep(wait)
                self.late_s = max(self.late_s, -wait)
                self.sent += sender.send(sample, at_s)
                if at_s >= report_at:
                    report_at = at_s + _REPORT_S
                    sender.report(time.monotonic() - began)
            turn += period

    def count(self) -> dict[str, float]:
        """Return the counts since the last call."""
        sent, late = self.sent, self.late_s
        self.sent, self.late_s = 0, 0.0
        return {"sent": sent, "late_ms": round(late * 1000, 1)}


async def main() -> None:
    senders, loop = Senders(), asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asked = json.loads(line)
        answer: dict[str, Any]
        if "offers" in asked:
            answer = {"offers": await senders.offers(Path(asked["film"]), asked["offers"])}
        elif "answers" in asked:
            answer = {"connected": await senders.answered(asked["answers"])}
        else:
            answer = dict(senders.count())
        print("#" + json.dumps(answer), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
