"""The floor of WHIP ingest: receiving and decrypting a publisher's packets, nothing else.

    python -m benchmarks.whip_floor [--publishers 4] [--seconds 8]

A separate process sends the packets of 720p at 2.5 Mbit/s, paced as frames; this one reads them
from a UDP socket on the node's kind of loop, and decrypts them with libsrtp in two ways: as
pylibsrtp does it, and as the node does. It does nothing else with them.
"""

import argparse
import asyncio
import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable

import psutil
import uvloop
from pylibsrtp import Policy, Session

from media_server.ingest.webrtc.unprotect import Opener

_KEY = bytes(range(30))
_FRAMES_S, _PACKETS, _SOUNDS_S, _PAYLOAD = 30, 9, 50, 1150


def send(port: int, publishers: int, seconds: float) -> None:
    """Run the publishers."""
    session = Session(Policy(key=_KEY, ssrc_type=Policy.SSRC_ANY_OUTBOUND))
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect(("127.0.0.1", port))
    began, sequence = time.monotonic(), 0
    for frame in range(int(seconds * _FRAMES_S)):
        sounds = (frame + 1) * _SOUNDS_S // _FRAMES_S - frame * _SOUNDS_S // _FRAMES_S
        for publisher in range(publishers):
            at = began + (frame + publisher / publishers) / _FRAMES_S
            time.sleep(max(0.0, at - time.monotonic()))
            for number in range(_PACKETS + sounds):
                size = _PAYLOAD if number < _PACKETS else 160
                head = struct.pack("!BBHII", 128, 96, (sequence + number) & 65535, frame, publisher)
                sock.send(session.protect(head + bytes(size)))
        sequence += _PACKETS + sounds


class _Receiver(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes], object]) -> None:
        self._take = take
        self.packets = 0

    def datagram_received(self, data: bytes, _address: object) -> None:
        self.packets += 1
        self._take(data)


async def receive(way: str, publishers: int, seconds: float) -> None:
    """Print the cost."""
    session = Session(Policy(key=_KEY, ssrc_type=Policy.SSRC_ANY_INBOUND))
    take = Opener(session).open if way == "ours" else session.unprotect
    transport, receiver = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Receiver(take), local_addr=("127.0.0.1", 0)
    )
    port = transport.get_extra_info("sockname")[1]
    arguments = ("--port", str(port), "--publishers", str(publishers), "--seconds", str(seconds))
    process = psutil.Process(os.getpid())
    sender = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.whip_floor", *arguments, stdout=subprocess.DEVNULL
    )
    before = process.cpu_times()
    await sender.wait()
    after = process.cpu_times()
    transport.close()
    used = after.user + after.system - before.user - before.system
    print(
        f"{way:9} {used / seconds / publishers:6.2%} of a core for each publisher,"
        f" {used / receiver.packets * 1e6:.1f} µs for each packet;"
        f" {receiver.packets / seconds / publishers:.0f} packets a second"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--publishers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--port", type=int)
    options = parser.parse_args()
    if options.port:
        send(options.port, options.publishers, options.seconds)
        return
    for way in ("pylibsrtp", "ours"):
        uvloop.run(receive(way, options.publishers, options.seconds))


if __name__ == "__main__":
    main()
