"""Publishers for tests: aiortc peers that send pre-encoded films by WHIP, on this machine only."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import av
import httpx
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from av.bitstream import BitStreamFilterContext

from domain.core.secrets import load_keyring
from domain.core.settings import Settings
from domain.live.urls import publish_key
from media_server.ingest.unit import AvPacket
from media_server.relay.webrtc.ice import Ice, new_connection, prepare
from tests.integration.node.sources import make_film
from tests.support.waiting import until

Address: TypeAlias = "tuple[str, int] | None"
_LATE_S = 0.2
LOOPBACK = Ice(addresses=("127.0.0.1",))
OPUS = ("-c:a", "libopus", "-ar", "48000", "-ac", "2")
H264_LIVE = (
    "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "30",
    "-pix_fmt", "yuv420p", "-profile:v", "baseline",
)  # fmt: skip
VP8_LIVE = (
    "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-g", "30", "-b:v", "400k",
)  # fmt: skip


def live_film(folder: Path, *, video: tuple[str, ...] = H264_LIVE, seconds: float = 4) -> Path:
    """Make a film as a WebRTC encoder would."""
    return make_film(folder / "live.mkv", *video, *OPUS, seconds=seconds)


def encoded(path: Path, kind: str) -> list[AvPacket]:
    """Return a film's packets of one kind, as they go into RTP."""
    found: list[AvPacket] = []
    with av.open(str(path)) as container:
        stream = container.streams.get({kind: 0})[0]
        filters = None
        if stream.codec_context.name == "h264":
            filters = BitStreamFilterContext("h264_mp4toannexb", stream)
        for packet in container.demux(stream):
            if packet.size:
                found += filters.filter(packet) if filters else [packet]
    return found


class Clock:
    """When a publisher's capture began; shared by its tracks, as a camera's is."""

    def __init__(self) -> None:
        self._began: float | None = None

    async def until(self, at: float) -> None:
        """Wait for an instant of the film; what was not taken in time is not made up for."""
        now = time.monotonic()
        self._began = now if self._began is None else self._began
        wait = self._began + at - now
        if wait < -_LATE_S:
            self._began -= wait
        await asyncio.sleep(max(0.0, wait))


class FilmTrack(MediaStreamTrack):
    """Sends a film's packets for ever, at their pace."""

    def __init__(
        self, kind: str, packets: list[Any], *, clock: Clock | None = None, skew_s: float = 0
    ) -> None:
        super().__init__()
        self.kind = kind
        self._clock = clock or Clock()
        self._skew_s = skew_s
        self._ends_at = 0.0  # where the films before end
        self._load(packets)
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    def _load(self, packets: list[Any]) -> None:
        last, before = packets[-1], packets[-2]
        self._packets, self._index = packets, 0
        self._first = float(packets[0].pts * packets[0].time_base)
        self._period = float((2 * last.pts - before.pts) * last.time_base) - self._first
        self._at = self._ends_at

    def play(self, packets: list[AvPacket]) -> None:
        """Go on with another film, where the one before is now."""
        self._load(packets)

    async def recv(self) -> AvPacket:
        packet = self._packets[self._index % len(self._packets)]
        turns = self._index // len(self._packets)
        self._index += 1
        at = self._at + float(packet.pts * packet.time_base) - self._first + turns * self._period
        self._ends_at = at + self._period / len(self._packets)
        await self._clock.until(at)
        await self.goes_on.wait()
        copy = av.Packet(bytes(packet))
        rate = 90000 if self.kind == "video" else 48000
        copy.pts = copy.dts = round((at + self._skew_s) * rate)
        copy.time_base = Fraction(1, rate)
        return copy


@dataclass
class Network:
    """What happens to the packets that a peer sends; scripted by a seed."""

    loss: float = 0.0
    reorder: float = 0.0
    sound_late_s: float = 0.0
    is_down: bool = False
    seed: int = 1
    dropped: int = 0
    _random: random.Random = field(init=False)
    _sound: bytes = b""

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def apply_to(self, connection: RTCPeerConnection) -> None:
        """Put the network between a peer and its sockets."""
        for transceiver in connection.getTransceivers():
            if transceiver.kind == "audio":
                self._sound = transceiver.sender._ssrc.to_bytes(4, "big")
            ice: Any = transceiver.sender.transport.transport._connection
            for protocol in ice._protocols:
                protocol.transport = _Lossy(protocol.transport, self)

    def fate(self) -> str:
        """Return what happens to the next packet."""
        if self.is_down or self._random.random() < self.loss:
            self.dropped += 1
            return "lost"
        return "late" if self._random.random() < self.reorder else "sent"

    def delay_s(self, data: bytes) -> float:
        """Return how much later a media packet comes than others."""
        is_sound = data[0] >> 6 == 2 and not 192 <= data[1] <= 223 and data[8:12] == self._sound
        return self.sound_late_s if is_sound else 0.0


class _Lossy:
    """A datagram transport that loses and delays what is sent."""

    def __init__(self, inner: asyncio.DatagramTransport, network: Network) -> None:
        self._inner = inner
        self._network = network

    def sendto(self, data: bytes, address: Address = None) -> None:
        fate = self._network.fate()
        delay_s = self._network.delay_s(data) + (0.005 if fate == "late" else 0.0)
        if fate == "lost":
            return
        if delay_s:
            loop = asyncio.get_running_loop()
            loop.call_later(delay_s, self._send_late, data, address)
        else:
            self._inner.sendto(data, address)

    def _send_late(self, data: bytes, address: Address) -> None:
        if not self._inner.is_closing():
            self._inner.sendto(data, address)

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


@dataclass
class Whip:
    """One publisher."""

    connection: RTCPeerConnection
    http: httpx.AsyncClient
    tracks: list[FilmTrack]
    answer: httpx.Response

    @property
    def location(self) -> str:
        """The session's address."""
        return str(self.answer.headers["location"])

    async def connected(self) -> None:
        """Wait for the connection."""
        await until(lambda: self.connection.connectionState == "connected")

    async def end(self) -> None:
        """End as a good client does."""
        await self.http.delete(self.location)
        await self.connection.close()


def key_of(settings: Settings, stream_id: str, version: int = 1) -> str:
    """Return a stream's publish key."""
    return publish_key(load_keyring(settings), stream_id, version)


async def make_offer(
    film: Path, *, codec: str = "video/H264", audio: bool = True, skew_s: float = 0
) -> tuple[RTCPeerConnection, list[FilmTrack]]:
    """Return a peer with its offer made."""
    connection = new_connection(LOOPBACK)
    clock = Clock()
    tracks = [FilmTrack("video", encoded(film, "video"), clock=clock)]
    if audio:
        tracks.append(FilmTrack("audio", encoded(film, "audio"), clock=clock, skew_s=skew_s))
    for track in tracks:
        transceiver = connection.addTransceiver(track, direction="sendonly")
        if track.kind == "video":
            codecs = RTCRtpSender.getCapabilities("video").codecs
            wanted = [each for each in codecs if each.mimeType in {codec, "video/rtx"}]
            transceiver.setCodecPreferences(wanted)
    offer = await connection.createOffer()
    prepare(connection, LOOPBACK)
    await connection.setLocalDescription(offer)
    return connection, tracks


@contextlib.asynccontextmanager
async def publishing(
    http: httpx.AsyncClient,
    settings: Settings,
    film: Path,
    stream_id: str = "stream_a",
    *,
    network: Network | None = None,
    codec: str = "video/H264",
    audio: bool = True,
    skew_s: float = 0,
) -> AsyncIterator[Whip]:
    """Publish a film into a stream."""
    connection, tracks = await make_offer(film, codec=codec, audio=audio, skew_s=skew_s)
    if network is not None:
        network.apply_to(connection)
    answer = await http.post(
        f"/whip/{stream_id}",
        content=connection.localDescription.sdp,
        headers={
            "content-type": "application/sdp",
            "authorization": f"Bearer {key_of(settings, stream_id)}",
        },
    )
    try:
        if answer.status_code == 201:
            await connection.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        yield Whip(connection, http, tracks, answer)
    finally:
        await connection.close()
