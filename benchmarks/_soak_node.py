"""The node of `soak`, in a separate process: answers each input line with statistics."""

import asyncio
import contextlib
import ctypes
import gc
import json
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import uvloop
from aiortc import RTCPeerConnection

from benchmarks._node_process import Directory
from media_server.node import Node
from tests.conftest import isolated_settings
from tests.support.streams import stream_config

# Threads of the event loop's pool, which is bounded.
_POOL = "asyncio_"


def figures(node: Node) -> dict[str, Any]:
    """Return the process's resources after a garbage collection."""
    for _ in range(3):
        gc.collect()
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
    process = psutil.Process()
    pool = sum(thread.name.startswith(_POOL) for thread in threading.enumerate())
    states = [running.stream.status() for running in node.registry.all()]
    held = gc.get_objects()
    return {
        "memory": process.memory_info().rss / 1e6,
        "ring": sum(state.ring_bytes for state in states) / 1e6,
        "sockets": sum(_is_socket(path) for path in Path("/proc/self/fd").iterdir()),
        "files": process.num_fds(),
        "tasks": len(asyncio.all_tasks()),
        "threads": process.num_threads() - pool,
        "objects": len(held),
        "kinds": Counter(type(each).__qualname__ for each in held),
        "connections": sum(isinstance(each, RTCPeerConnection) for each in held),
        "peers": len(node.peers),
        "viewers": sum(state.viewers for state in states),
        "live": sum(state.status == "live" for state in states),
        "cpu_s": sum(process.cpu_times()[:2]),
        "names": sorted(thread.name for thread in threading.enumerate()),
    }


def _is_socket(path: Path) -> bool:
    try:
        return str(path.readlink()).startswith("socket:")
    except OSError:
        return False


async def serve(home: Path, rtmp_port: int, streams: list[str]) -> None:
    settings = isolated_settings(
        home, webrtc_addresses=("127.0.0.1",), rtmp_port=rtmp_port, rtmp_host="127.0.0.1",
        still_workers=1,
    )  # fmt: skip
    configs = [stream_config(name, kind="push", buffer_s=10) for name in streams]
    node = Node(settings, Directory(configs))
    running = asyncio.create_task(node.run())
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    print(json.dumps({"url": node.addresses.public_url}), flush=True)
    while await reader.readline():
        print(json.dumps(figures(node)), flush=True)
    node.stop()
    await running


if __name__ == "__main__":
    _, folder, port, *names = sys.argv
    uvloop.run(serve(Path(folder), int(port), names))
