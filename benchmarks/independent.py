"""Interoperability with werift, an independent WebRTC stack: publishes by WHIP, plays by WHEP.

    python -m benchmarks.independent [--seconds 8]

ffmpeg sends a film's H.264 and Opus as RTP to a werift peer (TypeScript, its own ICE, DTLS and
SRTP), which publishes it; another peer plays the stream and passes it to ffmpeg, which decodes it.
Each decoded frame must be one of the film's, bit by bit, from the first whole GOP on. Needs node
and npm, which installs werift from `benchmarks/werift/package-lock.json`.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.conftest import isolated_settings
from tests.integration.node.conftest import run_node
from tests.integration.node.sources import ffmpeg, free_port, make_film
from tests.integration.node.whip_peers import H264_LIVE, OPUS, key_of
from tests.support.streams import stream_config
from tests.support.waiting import until

_CLIENT = Path(__file__).parent / "werift"
_PAYLOAD_TYPE = 97  # werift's payload type for H.264, after Opus
_GOP = 30  # of the film
_SDP = """v=0
o=- 0 0 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=video {port} RTP/AVP {payload_type}
a=rtpmap:{payload_type} H264/90000
a=fmtp:{payload_type} packetization-mode=1
"""
_HASHES = ("-map", "0:v", "-c:v", "rawvideo", "-pix_fmt", "yuv420p", "-f", "framehash", "-hash",
           "md5", "-")  # fmt: skip


def hashes(text: str) -> list[str]:
    """Return the frames' hashes of ffmpeg's `framehash`."""
    return [line.split(",")[-1].strip() for line in text.splitlines() if not line.startswith("#")]


class Client:
    """A werift peer in a separate process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.counts: dict[str, Any] = {}

    async def hear(self) -> str:
        assert self._process.stdout is not None
        return (await asyncio.wait_for(self._process.stdout.readline(), 30)).decode().strip()

    async def leave(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self.counts = json.loads(await self.hear())


@asynccontextmanager
async def client(way: str, url: str, key: str, *ports: int) -> AsyncIterator[Client]:
    """Run a connected client; disconnects afterwards."""
    process = await asyncio.create_subprocess_exec(
        "node", "client.mjs", way, url, key, *map(str, ports), cwd=_CLIENT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        found = Client(process)
        if await found.hear() != "connected":
            raise RuntimeError(f"{way}: not connected")
        yield found
        await found.leave()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def run(seconds: float) -> bool:
    """Publish and play; return whether everything was correct."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # MPEG-TS has parameter sets before every keyframe, like WebRTC encoders.
        film = make_film(folder / "live.ts", *H264_LIVE, *OPUS, seconds=4)
        known = set(await decoded("-i", str(film)))
        async with run_node(isolated_settings(folder / "home", still_workers=1)) as running:
            await running.run_streams(stream_config(kind="push"))
            base, key = str(running.viewer.base_url), key_of(running.settings, "stream_a")
            inward, outward = (free_port(), free_port()), (free_port(), free_port())
            sdp, options = folder / "play.sdp", ("-protocol_whitelist", "file,udp,rtp")
            sdp.write_text(_SDP.format(port=outward[0], payload_type=_PAYLOAD_TYPE))
            sends: list[str] = []
            for kind, port, payload_type in zip("va", inward, (96, 97), strict=True):
                sends += ["-map", f"0:{kind}", "-c", "copy", "-f", "rtp", "-payload_type",
                          str(payload_type), f"rtp://127.0.0.1:{port}?pkt_size=1200"]  # fmt: skip
            async with (
                ffmpeg("-re", "-stream_loop", "-1", "-i", str(film), *sends),
                client("publish", f"{base}/whip/stream_a", key, *inward) as publisher,
            ):
                ring = running.node.registry.get("stream_a").stream.ring
                await until(lambda: len(ring.video.chunks) > 2)
                status = await running.status()
                async with client("play", f"{base}/whep/stream_a", "-", *outward) as player:
                    seen = await decoded(*options, "-i", str(sdp), "-t", str(seconds))
                assert status.ingest is not None
                print(f"published by WHIP: {status.ingest}")
            left = len(running.node.peers)
    # ffmpeg may start listening within a GOP, whose frames it then shows damaged.
    strange = [each for each in seen[_GOP:] if each not in known]
    print(f"publisher: {publisher.counts}\nplayer:    {player.counts}")
    print(f"{len(seen)} frames decoded, {len(strange)} of them not the film's; {left} peers left")
    return len(seen) > seconds * 20 and not strange and not left


async def decoded(*source: str) -> list[str]:
    """Return the hashes of a source's frames."""
    process = await asyncio.create_subprocess_exec(
        "ffmpeg", "-v", "quiet", "-nostdin", *source, *_HASHES, stdout=asyncio.subprocess.PIPE
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return hashes(out.decode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    options = parser.parse_args()
    if not (shutil.which("node") and shutil.which("npm")):
        print("skipped: it needs node and npm")
        return
    subprocess.run(["npm", "ci", "--silent"], cwd=_CLIENT, check=True)
    sys.exit(not asyncio.run(run(options.seconds)))


if __name__ == "__main__":
    main()
