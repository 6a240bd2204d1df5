"""Viewers for tests: aiortc peers that watch by WHEP, on this machine only, with optional loss."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription

from media_server.ingest.counter import read_counter
from media_server.relay.webrtc.ice import Ice, new_connection, prepare
from tests.support.waiting import until

LOOPBACK = Ice(addresses=("127.0.0.1",))
SDP = {"Content-Type": "application/sdp"}


@dataclass
class Watcher:
    """One viewer, with what it has seen."""

    connection: RTCPeerConnection
    answer: httpx.Response
    numbers: list[int | None] = field(default_factory=list)  # of the demo's frames
    sounds: int = 0
    dropped: int = 0  # packets that its way lost

    @property
    def location(self) -> str:
        return self.answer.headers["location"]

    async def until_seen(self, count: int, timeout_s: float = 120) -> list[int]:
        """Wait until so many frames were shown; return their numbers."""
        await until(lambda: len(self.numbers) >= count, timeout_s)
        return [number for number in self.numbers if number is not None]


async def offer(connection: RTCPeerConnection) -> str:
    """Return an offer to watch."""
    connection.addTransceiver("video", direction="recvonly")
    connection.addTransceiver("audio", direction="recvonly")
    description = await connection.createOffer()
    prepare(connection, LOOPBACK)
    await connection.setLocalDescription(description)
    return connection.localDescription.sdp


@contextlib.asynccontextmanager
async def watch(
    client: httpx.AsyncClient, path: str = "/whep/stream_a", *, loss: float = 0
) -> AsyncIterator[Watcher]:
    """Watch a stream, losing a share of what is sent to this viewer."""
    connection = new_connection(LOOPBACK)
    tasks: list[asyncio.Task[None]] = []
    try:
        answer = await client.post(path, content=await offer(connection), headers=SDP)
        assert answer.status_code == 201, answer.text
        watcher = Watcher(connection, answer)
        if loss:
            _lose(watcher, loss)
        await connection.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
        for receiver in connection.getReceivers():
            show = _see if receiver.track.kind == "video" else _hear
            tasks.append(asyncio.create_task(show(watcher, receiver.track)))
        yield watcher
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await connection.close()


def _lose(watcher: Watcher, share: float) -> None:
    """Drop packets of media on their way in; what ICE and DTLS say gets through."""
    dtls: Any = watcher.connection.getTransceivers()[0].receiver.transport
    inner = dtls.transport._connection
    chance, take = random.Random(5), inner.data_received

    def sometimes(data: bytes, component: int) -> None:
        is_media = 127 < data[0] < 192 and not 192 <= data[1] <= 208
        if is_media and chance.random() < share:
            watcher.dropped += 1
        else:
            take(data, component)

    inner.data_received = sometimes


async def _see(watcher: Watcher, track: MediaStreamTrack) -> None:
    while True:
        frame: Any = await track.recv()
        watcher.numbers.append(read_counter(frame.to_ndarray(format="gray")))


async def _hear(watcher: Watcher, track: MediaStreamTrack) -> None:
    while True:
        await track.recv()
        watcher.sounds += 1
