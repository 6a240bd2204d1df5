"""Visits in `soak`: publishers by WHIP and RTMP, viewers by WHEP, well-behaved or not.

Each visit ends in one of these ways: `leaves` as a good client does, `closes` only its connection,
`vanishes` (its network dies: nothing it sends arrives, not even a BYE), or `stays away` after the
answer to its offer and never connects.
"""

import asyncio
import contextlib
import itertools
import random
import signal
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from domain.core.settings import Settings
from media_server.relay.webrtc.ice import new_connection
from tests.conftest import command
from tests.integration.node.sources import AAC, H264, make_film
from tests.integration.node.whep_peers import LOOPBACK, SDP, offer
from tests.integration.node.whip_peers import VP8_LIVE, Network, key_of, live_film, make_offer

_ENDS = ("leaves", "closes", "vanishes", "stays away")


@dataclass
class Films:
    """The published media."""

    h264: Path
    vp8: Path
    rtmp: Path

    @classmethod
    def make(cls, folder: Path) -> "Films":
        """Create it with ffmpeg."""
        (folder / "vp8").mkdir()
        return cls(
            live_film(folder),
            live_film(folder / "vp8", video=VP8_LIVE),
            make_film(folder / "film.flv", *H264, *AAC, seconds=4),
        )


@dataclass
class Visitors:
    """All visits and their outcomes."""

    url: str
    settings: Settings
    films: Films
    http: httpx.AsyncClient
    counts: Counter[str] = field(default_factory=Counter)
    _chance: random.Random = field(default_factory=lambda: random.Random(3))

    async def come(self, seconds: float, streams: list[str], viewers: int) -> None:
        """Run visits for a while; return when the last one has ended."""
        until = asyncio.get_running_loop().time() + seconds
        async with asyncio.TaskGroup() as group:
            for number, stream in enumerate(streams):
                group.create_task(self._publish(stream, number, until))
            for number in range(viewers):
                group.create_task(self._watch(streams, number, until))

    async def _publish(self, stream: str, number: int, until: float) -> None:
        ways = [*itertools.product(("h264", "vp8", "rtmp"), _ENDS)]
        ways = [way for way in ways if way != ("rtmp", "stays away")]
        for codec, end in itertools.islice(itertools.cycle(ways), number * 4, None):
            if asyncio.get_running_loop().time() >= until:
                return
            stay = self._chance.uniform(4, 10)
            if codec == "rtmp":
                await self._rtmp(stream, end, stay)
            else:
                await self._whip(stream, codec, end, stay)
            await asyncio.sleep(self._chance.uniform(0.2, 2))

    async def _watch(self, streams: list[str], number: int, until: float) -> None:
        for end in itertools.islice(itertools.cycle(_ENDS), number, None):
            if asyncio.get_running_loop().time() >= until:
                return
            await self._whep(self._chance.choice(streams), end, self._chance.uniform(1, 6))
            await asyncio.sleep(self._chance.uniform(0.1, 1))

    async def _whip(self, stream: str, codec: str, end: str, stay: float) -> None:
        film = self.films.h264 if codec == "h264" else self.films.vp8
        connection, _ = await make_offer(film, codec=f"video/{codec.upper()}")
        network = Network()
        network.apply_to(connection)
        headers = {**SDP, "authorization": f"Bearer {key_of(self.settings, stream)}"}
        answer = await self.http.post(
            f"/whip/{stream}", content=connection.localDescription.sdp, headers=headers
        )
        self._count(f"whip {codec}, {end}", answer)
        await self._stay(connection, network, answer, end, stay)

    async def _whep(self, stream: str, end: str, stay: float) -> None:
        connection = new_connection(LOOPBACK)
        text = await offer(connection)
        network = Network()
        network.apply_to(connection)
        answer = await self.http.post(f"/whep/{stream}", content=text, headers=SDP)
        self._count(f"whep, {end}", answer)
        seen: Counter[str] = Counter()
        tasks: list[asyncio.Task[None]] = []

        @connection.on("track")
        def _taken(track: MediaStreamTrack) -> None:
            tasks.append(asyncio.create_task(_take(track, seen)))

        await self._stay(connection, network, answer, end, stay)
        for task in tasks:
            task.cancel()  # the track of one that never connected does not end by itself
        await asyncio.gather(*tasks, return_exceptions=True)
        if answer.status_code == 201 and end != "stays away":
            self.counts["viewers with video" if seen["video"] else ("viewers without video")] += 1

    async def _stay(
        self,
        connection: RTCPeerConnection,
        network: Network,
        answer: httpx.Response,
        end: str,
        stay: float,
    ) -> None:
        if answer.status_code == 201 and end != "stays away":
            await connection.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
            await asyncio.sleep(stay)
            if end == "leaves":
                await self.http.delete(answer.headers["location"])
        network.is_down = end == "vanishes"
        with contextlib.suppress(ConnectionError):
            await connection.close()

    def _count(self, what: str, answer: httpx.Response) -> None:
        if answer.status_code == 201:
            self.counts[what] += 1
        else:
            code = answer.json()["code"]
            self.counts[f"refused: {what.partition(' ')[0].strip(',')}, {code}"] += 1

    async def _rtmp(self, stream: str, end: str, stay: float) -> None:
        key = key_of(self.settings, stream)
        to = f"rtmp://127.0.0.1:{self.settings.rtmp_port}/live/{key}"
        process = await asyncio.create_subprocess_exec(
            command("ffmpeg"), "-v", "quiet", "-nostdin", "-re", "-stream_loop", "-1",
            "-i", str(self.films.rtmp), "-c", "copy", "-f", "flv", to,
        )  # fmt: skip
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), stay)
        is_taken = process.returncode is None
        self.counts[f"rtmp, {end}" if is_taken else "refused: rtmp"] += 1
        with contextlib.suppress(ProcessLookupError):
            if end == "vanishes":
                process.send_signal(signal.SIGSTOP)
                await asyncio.sleep(6)  # it counts as silent meanwhile
            (process.terminate if end == "leaves" else process.kill)()
        await process.wait()


async def _take(track: MediaStreamTrack, seen: Counter[str]) -> None:
    with contextlib.suppress(MediaStreamError):
        while True:
            _: Any = await track.recv()
            seen[track.kind] += 1
