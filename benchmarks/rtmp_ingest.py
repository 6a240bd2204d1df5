"""An RTMP publisher's cost to a node, against libav's own listener (one port per publisher).

    python -m benchmarks.rtmp_ingest [publishers] [seconds]

Film: 720p, 30 frames a second, 2.5 Mbit/s, AAC. The same sender publishes to both, in real time;
only the receiving process's CPU counts. Loss is relative to what was sent.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import av
import msgspec
import uvloop

from domain.core.secrets import Keyring
from domain.core.settings import Settings
from domain.core.time import SystemClock
from domain.live.urls import publish_key
from domain.live.wire import StreamConfig
from media_server.ingest.rtmp import amf, chunks
from media_server.ingest.rtmp.chunks import Message, chunk
from media_server.ingest.rtmp.service import Rtmp
from media_server.relay.publishing import Publishers
from media_server.relay.registry import Registry

KEYRING = Keyring(b"a secret for benchmarks")
_CHUNK = 4096  # OBS's


def make_film(path: Path) -> None:
    """Create ten seconds of film that need their full bit rate."""
    picture = "testsrc2=size=1280x720:rate=30,noise=alls=20:allf=t"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", picture, "-f", "lavfi",
         "-i", "sine=frequency=440", "-t", "10", "-c:v", "libx264", "-preset", "ultrafast",
         "-b:v", "2500k", "-minrate", "2500k", "-maxrate", "2500k", "-bufsize", "2500k",
         "-g", "60", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "128k", "-f", "flv", path],
        check=True,
    )  # fmt: skip


def free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


# The two receivers, each in a separate process that reports its statistics on request


async def serve_ours(count: int, port: int) -> None:
    settings = Settings(home=Path(tempfile.mkdtemp()), rtmp_host="127.0.0.1", rtmp_port=port)
    registry = Registry(lambda _config, _sink: None, SystemClock(), settings.ring_bytes)
    publishers = Publishers(registry, KEYRING, "refuse")
    rtmp = Rtmp(settings, registry, publishers, SystemClock())
    registry.reconcile([config_of(number) for number in range(count)])
    tasks = [asyncio.create_task(registry.pump()), asyncio.create_task(rtmp.run())]
    while command := await asyncio.to_thread(sys.stdin.readline):
        states = [running.stream.status() for running in registry.all()]
        taken = [state.ingest.packets if state.ingest else 0 for state in states]
        lost = sum(state.dropped_packets + state.corrupt_packets for state in states)
        print(json.dumps({"cpu_s": time.process_time(), "taken": taken, "lost": lost}), flush=True)
        if command == "end\n":
            break
    for task in tasks:
        task.cancel()


def config_of(number: int) -> StreamConfig:
    return msgspec.convert(
        {
            "stream_id": f"stream_{number}", "organization_id": "org_a", "name": "A", "slug": "a",
            "kind": "push", "url": None, "buffer_s": 30, "visibility": "public",
            "allow_capture": True,
        },
        StreamConfig,
    )  # fmt: skip


def serve_libav(ports: list[int]) -> None:
    taken = [0] * len(ports)

    def receive(number: int, port: int) -> None:
        url = f"rtmp://127.0.0.1:{port}/live/x"
        with av.open(url, options={"listen": "1"}) as container:
            for packet in container.demux():
                bytes(packet)
                taken[number] += 1

    for number, port in enumerate(ports):
        threading.Thread(target=receive, args=(number, port), daemon=True).start()
    while sys.stdin.readline():
        report = {"cpu_s": time.process_time(), "taken": taken, "lost": 0}
        print(json.dumps(report), flush=True)
    os._exit(0)


# The sender


def tags_of(film: Path) -> list[tuple[int, int, bytes]]:
    """Return a film's FLV tags: type, milliseconds and body."""
    data, at, tags = film.read_bytes(), 13, []
    while at + 11 < len(data):
        size = int.from_bytes(data[at + 1 : at + 4], "big")
        ms = int.from_bytes(data[at + 4 : at + 7], "big") | data[at + 7] << 24
        tags.append((data[at], ms, data[at + 11 : at + 11 + size]))
        at += 15 + size
    return tags


async def publisher(port: int, key: str) -> asyncio.StreamWriter:
    """Connect and publish; reads and ignores the responses."""
    for attempt in range(100):
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            break
        except OSError:
            if attempt == 99:
                raise
            await asyncio.sleep(0.2)
    writer.write(b"\x03" + bytes(1536))
    await reader.readexactly(3073)
    writer.write(bytes(1536))
    url: amf.Value = {"app": "live", "tcUrl": f"rtmp://127.0.0.1:{port}/live"}
    steps: list[list[amf.Value]] = [
        ["connect", 1, url], ["createStream", 2, None], ["publish", 3, None, key, "live"]
    ]  # fmt: skip
    writer.write(chunk(chunks.control(chunks.SET_CHUNK_SIZE, _CHUNK), 128, 2))
    for step in steps:
        stream = int(step[0] == "publish")
        writer.write(
            chunk(Message(chunks.COMMAND, stream, 0, bytearray(amf.encode(*step))), _CHUNK)
        )
        await asyncio.sleep(0.05)
        await reader.read(4096)
    asyncio.get_running_loop().create_task(_drop(reader))
    return writer


async def _drop(reader: asyncio.StreamReader) -> None:
    while await reader.read(65536):
        pass


async def send(writers: list[asyncio.StreamWriter], film: Path, seconds: float) -> int:
    """Send a film in real time, in a loop; return how many units a publisher sent."""
    tags = tags_of(film)
    headers = [tag for tag in tags if tag[0] == 18 or tag[2][1] == 0]
    units = [tag for tag in tags if tag not in headers and (tag[0] == 8 or tag[2][1] == 1)]
    length = units[-1][1] + 33
    wire_headers = b"".join(_wire(tag, 0) for tag in headers)
    for writer in writers:
        writer.write(wire_headers)
    began, sent, base = time.monotonic(), 0, 0
    while True:
        for tag in units:
            ms = base + tag[1]
            if ms > seconds * 1000:
                return sent
            wait = began + ms / 1000 - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            wire = _wire(tag, ms)
            for writer in writers:
                writer.write(wire)
            sent += 1
        base += length


def _wire(tag: tuple[int, int, bytes], ms: int) -> bytes:
    return chunk(Message(tag[0], 1, ms, bytearray(tag[2])), _CHUNK, 4 if tag[0] == 8 else 6)


class Receiver:
    """A receiving process."""

    def __init__(self, name: str, count: int, ports: list[int]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.rtmp_ingest", "serve", name, str(count),
             *map(str, ports)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self) -> dict[str, Any]:
        """Ask for its statistics."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("report\n")
        self._process.stdin.flush()
        while not (line := self._process.stdout.readline()).startswith("{"):
            pass
        found: dict[str, Any] = json.loads(line)
        return found

    def end(self) -> None:
        """Stop it."""
        self._process.kill()
        self._process.wait()


async def measure(name: str, count: int, seconds: float, film: Path) -> float:
    """Publish to a receiver; print and return a publisher's cost, in percent of a core."""
    ports = free_ports(count if name == "libav" else 1)
    receiver = Receiver(name, count, ports)
    await asyncio.to_thread(receiver.ask)  # it has started
    keys = [publish_key(KEYRING, f"stream_{number}", 1) for number in range(count)]
    writers = [await publisher(ports[number % len(ports)], key) for number, key in enumerate(keys)]
    sending = asyncio.create_task(send(writers, film, seconds + 4))
    await asyncio.sleep(3)
    before = await asyncio.to_thread(receiver.ask)
    await asyncio.sleep(seconds)
    after = await asyncio.to_thread(receiver.ask)
    sent = await sending
    end = after
    for _ in range(30):  # in flight on a busy machine
        before_end, end = end, await asyncio.to_thread(receiver.ask)
        if before_end["taken"] == end["taken"]:
            break
        await asyncio.sleep(1)
    cost: float = (after["cpu_s"] - before["cpu_s"]) / seconds / count * 100
    missing = sum(sent - taken for taken in end["taken"]) if name == "ours" else 0
    print(f"{name:>6}: {cost:.2f} % of a core a publisher ({count} of them, {seconds:.0f} s), "
          f"{missing} of {sent * count} units missing, {end['lost']} lost")  # fmt: skip
    receiver.end()
    for writer in writers:
        writer.close()
    return cost


async def main(count: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.flv"
        make_film(film)
        ours = await measure("ours", count, seconds, film)
        theirs = await measure("libav", count, seconds, film)
        print(f"ratio: {theirs / ours:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        _, _, name, number, *ports = sys.argv
        if name == "libav":
            serve_libav([int(port) for port in ports])
        uvloop.run(serve_ours(int(number), int(ports[0])))
    else:
        asyncio.run(main(*(int(text) for text in [*sys.argv[1:], "30", "20"][:2])))
