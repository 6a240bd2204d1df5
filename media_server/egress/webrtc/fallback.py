"""The slower sender that needs no aiortc internals: one aiortc sender per viewer.

aiortc packetises, keeps and protects everything anew for each viewer, and cannot start from the GOP
in the ring, so a new viewer waits for the next keyframe. A node uses this when its aiortc is not
the version it was built for; the benchmark uses it for comparison.
"""

import asyncio
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final, Literal, TypeAlias

import av
from aiortc import MediaStreamTrack, RTCRtpSender, RTCRtpTransceiver
from aiortc.mediastreams import MediaStreamError

from media_server.egress.webrtc.opus import Frames, ToOpus
from media_server.media.h264 import parse_avcc, split_avcc
from media_server.media.packet import Arrival, Buffer, Header, Packet, VideoParams
from media_server.relay.live import LiveStream
from media_server.relay.webrtc.peer import Peer

_START_CODE: Final = b"\0\0\0\1"
_MICRO: Final = Fraction(1, 1_000_000)
_MOST_WAITING: Final = 120
_SAMPLE: Final = Fraction(1, 48_000)
Encoded: TypeAlias = "av.Packet[Any] | None"


class EncodedTrack(MediaStreamTrack):
    """A live stream's track that yields encoded packets, which aiortc sends unchanged."""

    def __init__(self, stream: LiveStream, kind: Literal["video", "audio"]) -> None:
        super().__init__()
        self.kind = kind
        self.dropped = 0
        self._stream = stream
        self._packets: asyncio.Queue[Encoded] = asyncio.Queue(_MOST_WAITING)
        self._reader = stream.read()
        self._needs_key = True
        self._opus: ToOpus | None = None
        self._take: Callable[[Arrival], None] = (
            self._take_video if kind == "video" else self._take_sound
        )
        stream.on_batch.append(self._follow)

    async def recv(self) -> "av.Packet[Any]":
        """Return the next packet.

        Raises:
            MediaStreamError: The track has ended.
        """
        packet = await self._packets.get()
        if packet is None or self.readyState != "live":
            raise MediaStreamError
        return packet

    def stop(self) -> None:
        """End the track."""
        if self.readyState == "live":
            self._reader.close()
            self._stream.on_batch.remove(self._follow)
            if self._opus is not None:
                self._opus.close()
            self._put(None)
        super().stop()

    def _put(self, packet: Encoded) -> None:
        if self._packets.full():
            self.dropped += self._packets.qsize()
            self._needs_key = True
            while not self._packets.empty():
                self._packets.get_nowait()
        self._packets.put_nowait(packet)

    def _follow(self) -> None:
        for arrival in self._reader.take():
            if arrival.packet.track == self.kind and not arrival.is_filler:
                self._take(arrival)

    def _take_video(self, arrival: Arrival) -> None:
        packet, params = arrival.packet, arrival.header.video
        if params is None or (self._needs_key and not packet.is_key):
            return
        self._needs_key = False
        encoded = av.Packet(_annexb(packet, params))
        encoded.pts, encoded.time_base = packet.pts_us, _MICRO
        self._put(encoded)

    def _take_sound(self, arrival: Arrival) -> None:
        packet, params = arrival.packet, arrival.header.audio
        if params is None:
            return
        if params.codec == "opus":
            self._sounded(None, [(packet.pts_us, bytes(packet.data))])
            return
        if self._opus is None or self._opus.params != params:
            if self._opus is not None:
                self._opus.close()
            self._opus = ToOpus(params, self._sounded)
        self._opus.feed(packet)

    def _sounded(self, opus: ToOpus | None, frames: Frames) -> None:
        if opus is not self._opus or self.readyState != "live":
            return
        for pts_us, data in frames:
            encoded = av.Packet(data)
            encoded.pts, encoded.time_base = round(pts_us * _MICRO / _SAMPLE), _SAMPLE
            self._put(encoded)


def _annexb(packet: Packet, params: VideoParams) -> bytes:
    units: list[Buffer] = [*split_avcc(packet.data)]
    sets: list[Buffer] = []
    if packet.is_key:
        _, sps, pps = parse_avcc(params.extradata)
        sets = [*sps, *pps]
    return b"".join(part for unit in (*sets, *units) for part in (_START_CODE, unit))


def attach(peer: Peer, stream: LiveStream, header: Header) -> None:
    """Add the stream's tracks to a peer; they end with it."""
    kinds: list[tuple[Literal["video", "audio"], str]] = []
    if header.video is not None:
        kinds.append(("video", "video/H264"))
    if header.audio is not None:
        kinds.append(("audio", "audio/opus"))
    for kind, mime_type in kinds:
        track = EncodedTrack(stream, kind)
        peer.on_close.append(track.stop)
        _prefer(peer.connection.addTransceiver(track, direction="sendonly"), mime_type)


def _prefer(transceiver: RTCRtpTransceiver, mime_type: str) -> None:
    """Restrict aiortc's answer to one codec (and its retransmissions)."""
    wanted = {mime_type.lower(), "video/rtx"}
    codecs = RTCRtpSender.getCapabilities(transceiver.kind).codecs
    transceiver.setCodecPreferences([each for each in codecs if each.mimeType.lower() in wanted])
