"""Minimal viewers: a real handshake, then they only drain their sockets.

Sequence numbers are in the clear, so losses are counted without decrypting. JSON lines:

    {"offers": n}        -> {"offers": [sdp, …]}
    {"answers": [sdp …]} -> {"connected": n}
    {"count": 1}         -> {"received": …, "missing": …, "sound_missing": …, …} since the last call
"""

import asyncio
import json
import select
import socket
import sys
import threading
import time
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

_PAUSE_S = 0.004
_VIDEO, _SOUND = 99, 96  # aiortc's payload types for H.264 and Opus


class Emptier:
    """Reads sockets in a thread and tracks each one's sequence numbers."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        # First, newest and count of each payload type
        self._seen: dict[int, dict[int, list[int]]] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._run, daemon=True).start()

    def add(self, sink: socket.socket) -> None:
        with self._lock:
            self._sockets[sink.fileno()] = sink
            self._seen[sink.fileno()] = {_VIDEO: [], _SOUND: []}
        self._poll.register(sink.fileno(), select.EPOLLIN)

    def _run(self) -> None:
        buffer = bytearray(2048)
        while True:
            for number, _ in self._poll.poll(1.0):
                with self._lock:
                    self._empty(number, buffer)
            time.sleep(_PAUSE_S)

    def _empty(self, number: int, buffer: bytearray) -> None:
        receive, kinds = self._sockets[number].recv_into, self._seen[number]
        try:
            while True:
                receive(buffer)
                seen = kinds.get(buffer[1] & 0x7F)
                if buffer[0] >> 6 == 2 and seen is not None:
                    sequence = buffer[2] << 8 | buffer[3]
                    if seen:
                        seen[1] += ((sequence - seen[1] + 0x8000) & 0xFFFF) - 0x8000
                        seen[2] += 1
                    else:
                        seen += [sequence, sequence, 1]
        except BlockingIOError:
            pass

    def count(self) -> dict[str, int]:
        """Return the packets received, and those missing between the first and the newest."""
        with self._lock:
            received, missing, viewers = self._count(_VIDEO)
            sounds, sound_missing, _ = self._count(_SOUND)
        return {
            "received": received,
            "missing": missing,
            "viewers": viewers,
            "sounds": sounds,
            "sound_missing": sound_missing,
        }

    def _count(self, payload_type: int) -> tuple[int, int, int]:
        known = [kinds[payload_type] for kinds in self._seen.values() if kinds[payload_type]]
        received = sum(seen[2] for seen in known)
        missing = sum(seen[1] - seen[0] + 1 - seen[2] for seen in known)
        for seen in known:
            seen[:] = [seen[1] + 1, seen[1], 0]
        return received, missing, len(known)


async def _connected(connection: RTCPeerConnection) -> bool:
    for _ in range(600):
        if connection.connectionState == "connected":
            return True
        await asyncio.sleep(0.05)
    return False


def _take_socket(connection: RTCPeerConnection) -> socket.socket:
    """Take the selected pair's socket away from the event loop."""
    dtls: Any = connection.getTransceivers()[0].receiver.transport
    pair = dtls.transport._connection._nominated[1]
    number = pair.protocol.transport.get_extra_info("socket").fileno()
    asyncio.get_running_loop()._remove_reader(number)  # type: ignore[attr-defined]
    sink = socket.socket(fileno=socket.dup(number))
    sink.settimeout(0)
    return sink


async def _offer(pending: list[RTCPeerConnection]) -> str:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.addTransceiver("video", direction="recvonly")
    connection.addTransceiver("audio", direction="recvonly")
    await connection.setLocalDescription(await connection.createOffer())
    pending.append(connection)
    return connection.localDescription.sdp


async def main() -> None:
    loop = asyncio.get_running_loop()
    emptier = Emptier()
    pending: list[RTCPeerConnection] = []
    kept: list[RTCPeerConnection] = []
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asked = json.loads(line)
        answer: dict[str, Any]
        if "offers" in asked:
            answer = {"offers": [await _offer(pending) for _ in range(asked["offers"])]}
        elif "answers" in asked:
            for connection, sdp in zip(pending, asked["answers"], strict=True):
                await connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
            done = [await _connected(connection) for connection in pending]
            for connection in pending:
                emptier.add(_take_socket(connection))
            kept += pending
            pending.clear()
            answer = {"connected": sum(done)}
        else:
            answer = dict(emptier.count())
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
