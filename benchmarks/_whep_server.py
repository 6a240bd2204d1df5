"""The measured half of `whep_egress`: one stream and its WebRTC viewers, controlled by JSON lines.

{"offer": sdp}   -> {"answer": sdp}
{"figures": 1}   -> {"cpu_s": …, "sent": …, "skipped": …, "by": …}
{"floor": 1}     -> the cost of protecting and sending alone, per viewer, in seconds a second
"""

import argparse
import asyncio
import json
import pickle
import resource
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvloop
from pylibsrtp import Policy, Session

from benchmarks._media import Source
from domain.core.time import SystemClock
from domain.live.wire import StreamConfig
from media_server.egress.webrtc.opus import OpusTranscoder
from media_server.egress.webrtc.send_buffer import SendBuffer, context_of, tag_bytes
from media_server.egress.webrtc.service import Sending, Whep
from media_server.egress.webrtc.transport import SocketWay
from media_server.media.packet import AudioParams, Packet
from media_server.relay.live import LiveStream
from media_server.relay.player import Player
from media_server.relay.registry import Registry
from media_server.relay.source import Sink
from media_server.relay.webrtc.ice import Ice
from media_server.relay.webrtc.peer import Peers
from media_server.relay.webrtc.sdp import check_offer

_OPUS = AudioParams("opus", b"OpusHead\x01\x02" + bytes(9), 48_000, 2)
_CONFIG = StreamConfig(
    stream_id="stream_bench", organization_id="org", name="B", slug="b", kind="demo", url=None,
    buffer_s=10, visibility="public", allow_capture=True,
)  # fmt: skip


class Feed:
    """Plays the media in real time into a stream, from a thread like all sources."""

    def __init__(self, material: Source, sink: Sink, *, has_sound: bool) -> None:
        self._material, self._sink, self._sound = material, sink, has_sound
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def join(self, timeout_s: float) -> bool:
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        header = self._material.header
        header = header if self._sound else replace(header, audio=None)
        began = time.time()
        first = self._material.once[0].dts_us
        shift = int(began * 1e6) - first
        self._sink.report("live")
        for packet in self._material.packets(10**6):
            if packet.track == "audio" and not self._sound:
                continue
            at = packet.dts_us + shift
            wait = at / 1e6 - time.time()
            if wait > 0 and self._stopped.wait(wait):
                return
            self._sink.post(packet._replace(pts_us=packet.pts_us + shift, dts_us=at), header)


def with_opus(material: Source) -> Source:
    """Return the media with its audio as Opus, as a WHIP publisher sends it."""
    params = material.header.audio
    assert params is not None
    transcoder = OpusTranscoder(params)
    once = [packet for packet in material.once if packet.track == "video"]
    for packet in material.once:
        if packet.track == "audio":
            once += [
                Packet("audio", pts_us, pts_us, 20_000, is_key=True, data=data)
                for pts_us, data in transcoder.transcode(packet)
            ]
    once.sort(key=lambda packet: packet.dts_us)
    return replace(material, header=replace(material.header, audio=_OPUS), once=once)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _timed(work: Callable[[], None], times: int) -> float:
    """Return the best of several runs: the floor without other processes' noise."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


def floor(whep: Whep, stream: LiveStream) -> dict[str, float]:
    """Only protect and send the kept frames, to a socket that nobody reads."""
    track = whep.broadcast(stream.id).video
    units = [track.unit(number) for number in range(track.first, track.stop)]
    seconds = (units[-1].pts_us - units[0].pts_us) / 1e6 + 1 / 30
    policy = Policy(bytes(44), Policy.SSRC_ANY_OUTBOUND, 0, Policy.SRTP_PROFILE_AEAD_AES_256_GCM)
    policy.allow_repeat_tx = True
    # The send buffer of the frames' layouts; nothing else runs meanwhile.
    send_buffer, tag = whep._send_buffer or SendBuffer(), tag_bytes(Session(policy))
    blocks = [block for unit in units for block in unit.blocks(99, tag, send_buffer)]
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("127.0.0.1", 0))
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.settimeout(0)

    def protect_all() -> None:
        session = Session(policy)  # a new one: sequences never go back by more than a window
        context, protect, length = context_of(session), send_buffer.protect, send_buffer.length
        for block in blocks:
            send_buffer.copy(send_buffer.start, block.data, len(block.data))
            for pointer, size in block.packets:
                length[0] = size
                assert protect(context, pointer, length) == 0

    figures = {"protect": _timed(protect_all, 30) / seconds}
    for offload in (True, False):
        way = SocketWay(sender.fileno(), sink.getsockname(), offload=offload)

        def send_all(way: SocketWay = way) -> None:
            for block in blocks:
                way.send_block(block)

        name = "send_offload" if offload else "send"
        figures[name] = _timed(send_all, 30) / seconds
        way.close()
    return figures


async def _lines() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    return reader


async def serve(material: Source, options: argparse.Namespace) -> None:
    if options.sound == "opus":
        material = with_opus(material)
    has_sound = options.sound != "none"
    registry = Registry(
        lambda _config, sink: Feed(material, sink, has_sound=has_sound), SystemClock(), 1 << 28
    )
    peers = Peers(1000)
    ice = Ice(addresses=("127.0.0.1",))
    sending = Sending(way=options.way, offload=not options.no_offload)
    whep = Whep(registry, SystemClock(), peers, ice, sending)
    registry.reconcile([_CONFIG])
    stream = registry.get(_CONFIG.stream_id).stream
    pump = asyncio.create_task(registry.pump())
    reader = await _lines()
    while stream.ring.header is None or len(stream.ring.video.chunks) < 2:  # noqa: ASYNC110 (polls)
        await asyncio.sleep(0.1)
    print(json.dumps({"ready": True}), flush=True)
    while line := await reader.readline():
        asked: dict[str, Any] = json.loads(line)
        if "offer" in asked:
            text = asked["offer"]
            parsed = check_offer(text, sends=False)
            _, sdp = await whep.open(stream, text, parsed, Player("", "", ""), lambda: None)
            answer: dict[str, Any] = {"answer": sdp}
        elif "floor" in asked:
            answer = floor(whep, stream)
        else:
            broadcast = whep.broadcast(stream.id)
            total = broadcast.total()
            answer = {
                "cpu_s": _cpu_s(),
                "sent": sum(v.video.packets for v in broadcast.viewers if v.video),
                "viewers": len(broadcast.viewers) + broadcast.others,
                "skipped": total.frames_skipped,
                "by": sorted({viewer.path.kind for viewer in broadcast.viewers}),
            }
        print(json.dumps(answer), flush=True)
    pump.cancel()
    await peers.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--way", choices=("own", "aiortc"), default="own")
    parser.add_argument("--no-offload", action="store_true")
    parser.add_argument("--sound", choices=("none", "aac", "opus"), default="none")
    parser.add_argument("--material", type=Path, required=True)
    options = parser.parse_args()
    material: Source = pickle.loads(options.material.read_bytes())
    uvloop.run(serve(material, options))


if __name__ == "__main__":
    main()
