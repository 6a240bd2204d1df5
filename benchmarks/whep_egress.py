"""A WebRTC viewer's cost at 720p30, 2.5 Mbit/s, against aiortc's own senders in the same run.

One process sends, another one is the viewers: real ICE and DTLS handshakes, then they only drain
their sockets and count gaps in the sequence. The sender's CPU time is measured with few viewers and
with many: the slope over received packets is a packet's cost (so that a lossy sender does not look
cheaper on a busy machine), and 300 of them are a viewer's cost per second. The intercept is the
stream's own cost: reading, packetising, transcoding audio. On loopback the sender also pays for the
kernel's receiving half.

A crowd watches once without audio, once with audio that passes through (Opus) and once transcoded
(AAC to Opus); its losses are counted separately.

Run as `python -m benchmarks.whep_egress [--viewers 20] [--crowd 150] [--seconds 8]`; 0 skips one.
"""

import argparse
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks._media import source

FEW = 2
PACKETS = 300  # of one second of video, for one viewer
_BATCH = 10


class Process:
    """A child process that answers JSON lines."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "MOMENTS_LOG_LEVEL": "error"},
        )  # fmt: skip

    def ask(self, **what: object) -> dict[str, Any]:
        assert self._child.stdin is not None
        self._child.stdin.write(json.dumps(what) + "\n")
        self._child.stdin.flush()
        return self.read()

    def read(self) -> dict[str, Any]:
        assert self._child.stdout is not None
        while line := self._child.stdout.readline():
            if line.startswith("{"):
                found: dict[str, Any] = json.loads(line)
                return found
        raise EOFError("the child has exited")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._child.kill()
        self._child.wait()


def connect(server: Process, sinks: Process, count: int) -> None:
    """Let viewers join, a few at a time."""
    while count > 0:
        batch = min(count, _BATCH)
        offers = sinks.ask(offers=batch)["offers"]
        answers = [server.ask(offer=offer)["answer"] for offer in offers]
        connected = sinks.ask(answers=answers)["connected"]
        if connected != batch:
            print(f"  only {connected} of {batch} connected")
        count -= batch


def measure(server: Process, sinks: Process, seconds: float) -> dict[str, Any]:
    """Return the sender's share of a core, and the packets received, over some seconds."""
    sinks.ask(count=1)
    before, began = server.ask(figures=1), time.perf_counter()
    time.sleep(seconds)
    after, counted = server.ask(figures=1), sinks.ask(count=1)
    return {
        **after,
        **counted,
        "share": (after["cpu_s"] - before["cpu_s"]) / (time.perf_counter() - began),
        "skipped": after["skipped"] - before["skipped"],
    }


def one_way(name: str, arguments: list[str], viewers: int, seconds: float) -> dict[str, Any]:
    """Measure one sender."""
    with (
        Process("benchmarks._whep_server", *arguments) as server,
        Process("benchmarks._whep_sinks") as sinks,
    ):
        server.read()
        connect(server, sinks, FEW)
        time.sleep(2.5)  # aiortc's own sender waits for a keyframe
        few = measure(server, sinks, seconds)
        connect(server, sinks, viewers - FEW)
        time.sleep(2.5)
        many = measure(server, sinks, seconds)
        more = (many["received"] - few["received"]) / seconds
        packet_s = (many["share"] - few["share"]) / more
        each = packet_s * PACKETS
        stream = few["share"] - packet_s * few["received"] / seconds
        found = {"name": name, "each": each, "stream": stream, **many}
        if "--way=own" in arguments:
            found["floor"] = server.ask(floor=1)
    print(
        f"{name:34} {each:7.3%} of a core a viewer ({packet_s * 1e6:.1f} us a packet), "
        f"the stream itself {found['stream']:6.2%}; "
        f"{many['viewers']} viewers at {many['received'] / seconds / viewers:.0f} packets/s, "
        f"{losses(many)}, by {many['by'] or 'aiortc'}",
        flush=True,
    )
    return found


def losses(found: dict[str, Any]) -> str:
    """Describe the losses."""
    sound = (f" and {found['sound_missing']} of {found['sounds']} audio packets") * bool(
        found["sounds"]
    )
    return f"{found['missing']} missing{sound}, {found['skipped']} frames skipped"


def crowd(count: int, seconds: float, sound: str, material: str) -> None:
    """Many viewers of one stream."""
    with (
        Process("benchmarks._whep_server", "--way=own", f"--sound={sound}", material) as server,
        Process("benchmarks._whep_sinks") as sinks,
    ):
        server.read()
        connect(server, sinks, count)
        time.sleep(2.5)
        many = measure(server, sinks, seconds)
    print(
        f"{count} viewers, sound {sound}: {many['share']:.1%} of a core, "
        f"{many['received']} packets in {seconds:g} s, {losses(many)}",
        flush=True,
    )


def report(own: dict[str, Any], plain: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Print the ratios and the distance to the floor."""
    print(f"against aiortc's own path: {theirs['each'] / plain['each']:.2f} times cheaper, "
          f"{theirs['each'] / own['each']:.2f} times with segmentation offload")  # fmt: skip
    for found, send in ((own, "send_offload"), (plain, "send")):
        floor = found["floor"]
        bare = floor["protect"] + floor[send]
        print(
            f"floor ({found['name']}): protect {floor['protect']:.3%} + send {floor[send]:.3%} = "
            f"{bare:.3%}; what is measured is {found['each'] / bare:.2f} times that, "
            f"the rest is {found['each'] - bare:.3%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--viewers", type=int, default=20)
    parser.add_argument("--crowd", type=int, default=150)
    parser.add_argument("--seconds", type=float, default=8)
    options = parser.parse_args()
    ways = (
        ("own, segmentation offload", ["--way=own"]),
        ("own, a call a packet", ["--way=own", "--no-offload"]),
        ("aiortc's own senders", ["--way=aiortc"]),
        ("own, offload, with audio (Opus)", ["--way=own", "--sound=opus"]),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "material"
        with source() as made:
            path.write_bytes(pickle.dumps(made))
        material = f"--material={path}"
        if options.viewers:
            found = [
                one_way(name, [*way, material], options.viewers, options.seconds)
                for name, way in ways
            ]
            report(*found[:3])
        if options.crowd:
            for sound in ("none", "opus", "aac"):
                crowd(options.crowd, options.seconds, sound, material)


if __name__ == "__main__":
    main()
