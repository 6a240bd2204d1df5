"""A WHIP publisher's cost: our tap against aiortc's own receivers, in one run.

    python -m benchmarks.whip_ingest [--publishers 4] [--seconds 15] [--ours]

The publishers run in a separate process, which packetises a film (720p, 30 frames a second, 2.5
Mbit/s, H.264 and Opus) once and only sends the packets (`_whip_senders`), so that the receiver has
the machine even with many of them. The receiver is a separate process too, and its CPU time is
measured: once as a whole media node (the ring, the HLS segmenter and everything else), once as
aiortc's examples receive, which decodes every frame and discards the output. Both run on the node's
kind of loop. The receiver's use without publishers is subtracted.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import psutil
import uvloop
from aiortc import MediaStreamTrack, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from media_server.relay.publishing import split_key
from media_server.relay.webrtc.ice import new_connection, prepare
from tests.conftest import isolated_settings
from tests.integration.node.conftest import run_node
from tests.integration.node.sources import make_film
from tests.integration.node.whip_peers import LOOPBACK, OPUS, key_of
from tests.support.streams import stream_config

_FILM = (
    "-vf", "scale=1280:720,noise=alls=12:allf=t", "-c:v", "libx264", "-preset", "ultrafast",
    "-tune", "zerolatency", "-profile:v", "baseline", "-pix_fmt", "yuv420p", "-g", "60",
    "-b:v", "2500k", "-maxrate", "2500k", "-bufsize", "1250k", *OPUS, "-b:a", "64k",
)  # fmt: skip
_WARM_S = 4

Message = dict[str, Any]


async def _messages() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=1 << 22)
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    return reader


def _say(message: Message) -> None:
    sys.stdout.write("#" + json.dumps(message) + "\n")
    sys.stdout.flush()


def _cpu_s() -> float:
    times = psutil.Process().cpu_times()
    return times.user + times.system


async def _answer_with(
    answer: Callable[[str, int], Coroutine[Any, Any, str]], figures: Callable[[], Message]
) -> None:
    reader, count = await _messages(), 0
    _say({})
    while line := await reader.readline():
        message = json.loads(line)
        if "offer" in message:
            _say({"answer": await answer(message["offer"], count)})
            count += 1
        else:
            _say({"cpu_s": _cpu_s(), **figures()})


async def receive_ours(publishers: int) -> None:
    """Run a node."""
    with tempfile.TemporaryDirectory() as folder:
        settings = isolated_settings(Path(folder), webrtc_addresses=("127.0.0.1",))
        async with run_node(settings) as running:
            names = [f"stream_{number}" for number in range(publishers)]
            await running.run_streams(*(stream_config(name, kind="push") for name in names))
            registry = running.node.registry

            async def answer(offer: str, count: int) -> str:
                name = names[count]
                _, code = split_key(key_of(settings, name))
                _, sdp = await running.node.whip.publish(registry.get(name), code, offer)
                return sdp

            def figures() -> Message:
                states = [registry.get(name).stream.status() for name in names]
                infos = [state.ingest for state in states if state.ingest is not None]
                return {
                    "frames": sum(r.stream.health.fps for r in registry.all()),
                    "kbps": sum(r.stream.health.bitrate_kbps for r in registry.all()),
                    "lost": sum(info.lost_packets + info.recovered_packets for info in infos),
                    "live": sum(state.status == "live" for state in states),
                }

            await _answer_with(answer, figures)


async def receive_aiortc(_publishers: int) -> None:
    """Receive as aiortc's examples do."""
    frames, tasks = [0], set()

    async def consume(track: MediaStreamTrack) -> None:
        try:
            while True:
                await track.recv()
                frames[0] += track.kind == "video"
        except MediaStreamError:
            return

    async def answer(offer: str, _count: int) -> str:
        connection = new_connection(LOOPBACK)
        connection.on("track", lambda track: tasks.add(asyncio.ensure_future(consume(track))))
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        prepare(connection, LOOPBACK)
        await connection.setLocalDescription(await connection.createAnswer())
        return connection.localDescription.sdp

    await _answer_with(answer, lambda: {"frames": frames[0]})


class Child:
    """A process controlled line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, module: str, *arguments: str) -> "Child":
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable, "-m", f"benchmarks.{module}", *arguments,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 22,
            )
        )  # fmt: skip

    async def hear(self) -> Message:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            if line.startswith(b"#"):
                found: Message = json.loads(line[1:])
                return found
        raise RuntimeError("a process has exited")

    def tell(self, message: Message) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")

    async def ask(self, message: Message) -> Message:
        self.tell(message)
        return await self.hear()

    async def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


async def measure(way: str, film: Path, options: argparse.Namespace) -> tuple[float, Message]:
    """Return one publisher's CPU as a share of a core, and the receiver's statistics."""
    receiver = await Child.start(
        "whip_ingest", "--receive", way, "--publishers", str(options.publishers)
    )
    await receiver.hear()
    before = (await receiver.ask({}))["cpu_s"]
    await asyncio.sleep(5)
    idle = ((await receiver.ask({}))["cpu_s"] - before) / 5
    senders = await Child.start("_whip_senders")
    made = await senders.ask({"film": str(film), "offers": options.publishers})
    answers = [(await receiver.ask({"offer": offer}))["answer"] for offer in made["offers"]]
    connected = (await senders.ask({"answers": answers}))["connected"]
    await asyncio.sleep(_WARM_S)
    await senders.ask({"count": 1})
    first = await receiver.ask({})
    await asyncio.sleep(options.seconds)
    last = await receiver.ask({})
    sent = await senders.ask({"count": 1})
    await senders.end()
    await receiver.end()
    used = (last["cpu_s"] - first["cpu_s"]) / options.seconds - idle
    if way == "aiortc":
        last["frames"] = (last["frames"] - first["frames"]) / options.seconds
    packets = sent["sent"] / options.seconds / options.publishers
    return used / options.publishers, {
        "connected": connected, "packets_s": round(packets), "late_ms": sent["late_ms"],
        "idle": f"{idle:.2%}", **last,
    }  # fmt: skip


async def compare(options: argparse.Namespace) -> None:
    """Print the results."""
    with tempfile.TemporaryDirectory() as folder:
        film = make_film(Path(folder) / "film.mkv", *_FILM, seconds=10)
        megabits = film.stat().st_size * 8 / 10 / 1e6
        print(f"film: 1280x720, 30 frames a second, {megabits:.2f} Mbit/s with sound")
        ours, said = await measure("ours", film, options)
        print(f"ours:   {ours:7.2%} of a core for each publisher; {said}")
        if options.ours:
            return
        theirs, said = await measure("aiortc", film, options)
        print(f"aiortc: {theirs:7.2%} of a core for each publisher; {said}")
        print(f"ratio:  {theirs / ours:.1f}; aims: 4 and more, and at most 1.6 % of a core")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--publishers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--ours", action="store_true", help="skip aiortc's own receivers")
    parser.add_argument("--receive", choices=["ours", "aiortc"])
    options = parser.parse_args()
    if options.receive == "ours":
        uvloop.run(receive_ours(options.publishers))
    elif options.receive == "aiortc":
        uvloop.run(receive_aiortc(options.publishers))
    else:
        asyncio.run(compare(options))


if __name__ == "__main__":
    main()
