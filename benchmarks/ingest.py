"""The cost of a pulled 720p 2.5 Mbit/s stream, and how many run without loss.

Run: python -m benchmarks.ingest [streams] [seconds]
A real HTTP server in a separate process sends MPEG-TS in real time to a real node process. The
alternative in the same run: `ffmpeg -c copy -f null` of the same stream, a process each.
"""

import asyncio
import contextlib
import http.server
import itertools
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from benchmarks._node_process import Measured, node

PACKET = 188
_LOSSES = ("dropped_packets", "corrupt_packets", "discontinuities", "reconnects")


def film(folder: Path, seconds: int) -> Path:
    path = folder / "film.ts"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc2=s=1280x720:r=30:d={seconds}",
         "-f", "lavfi", "-i", f"sine=d={seconds}", "-c:v", "libx264", "-preset", "ultrafast",
         "-tune", "zerolatency", "-b:v", "2500k", "-minrate", "2500k", "-maxrate", "2500k",
         "-bufsize", "1250k", "-x264-params", "nal-hrd=cbr", "-g", "60", "-pix_fmt", "yuv420p",
         "-c:a", "aac", "-f", "mpegts", str(path)],
        check=True,
    )  # fmt: skip
    return path


def serve(path: Path, seconds: int) -> None:
    """Send a film in real time to every client; runs in a separate process."""
    data = path.read_bytes()
    step = len(data) / seconds / 10

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            began, sent = time.monotonic(), 0
            with contextlib.suppress(OSError):
                for number in itertools.count(1):
                    end = min(int(number * step) // PACKET * PACKET, len(data))
                    self.wfile.write(data[sent:end])
                    sent = end
                    if end == len(data):
                        return
                    time.sleep(max(0, began + number / 10 - time.monotonic()))

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


@contextlib.contextmanager
def server(path: Path, seconds: int) -> Iterator[str]:
    arguments = [sys.executable, "-m", "benchmarks.ingest", "serve", str(path), str(seconds)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield f"http://127.0.0.1:{process.stdout.readline().strip()}/live"
    process.kill()
    process.wait()


async def pulled(
    home: Path, url: str, streams: int, seconds: int
) -> tuple[float, list[dict[str, Any]]]:
    """Return each stream's share of a core, and the streams' states at the end."""
    async with node(home, [url] * streams) as measured:
        await _all_live(measured, streams)
        # Packets before a stream's first keyframe are never kept.
        first = (await measured.control.get("/control/status")).json()["streams"]
        before = measured.cpu_s()
        await asyncio.sleep(seconds)
        spent = measured.cpu_s() - before
        found = (await measured.control.get("/control/status")).json()["streams"]
        for item, start in zip(found, first, strict=True):
            for name in _LOSSES:
                item[name] = item.get(name, 0) - start.get(name, 0)
        return spent / seconds / streams, found


async def _all_live(measured: Measured, streams: int) -> None:
    for _ in range(600):
        answer = await measured.control.get("/control/status")
        found = [item["status"] for item in answer.json()["streams"]]
        if found.count("live") == streams:
            return
        await asyncio.sleep(0.2)
    raise SystemExit(f"not all streams went live: {found}")


def copied(url: str, seconds: int) -> float:
    """Return one ffmpeg's share of a core."""
    arguments = ["ffmpeg", "-v", "error", "-i", url, "-c", "copy", "-f", "null", "-"]
    process = subprocess.Popen(arguments)
    time.sleep(3)
    usage = psutil.Process(process.pid)
    before = sum(usage.cpu_times()[:2])
    time.sleep(seconds)
    spent = sum(usage.cpu_times()[:2]) - before
    process.kill()
    process.wait()
    return float(spent / seconds)


def main() -> int:
    streams = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    length = seconds + 60
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        url = stack.enter_context(server(film(folder, length), length))
        own: list[float] = []
        thread = threading.Thread(target=lambda: own.append(copied(url, seconds)))
        thread.start()
        share, found = asyncio.run(pulled(folder / "home", url, streams, seconds))
        thread.join()
    lost = sum(item.get("dropped_packets", 0) + item.get("corrupt_packets", 0) for item in found)
    breaks = sum(item.get("discontinuities", 0) + item.get("reconnects", 0) for item in found)
    rate = sum(item["video"]["bitrate_kbps"] for item in found) / streams
    print(f"{streams} streams at {rate:.0f} kbit/s: {share:.2%} of a core each")
    print(f"lost packets {lost}, breaks {breaks}")
    ratio = share / max(own[0], 1e-6)
    print(f"ffmpeg -c copy -f null: {own[0]:.2%} of a core each, ratio {ratio:.2f}")
    return 0 if share < 0.02 and lost == 0 and breaks == 0 else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(Path(sys.argv[2]), int(sys.argv[3]))
    sys.exit(main())
