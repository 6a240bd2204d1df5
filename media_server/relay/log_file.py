"""A recording on disk: an append-only log of checksummed records, readable after any crash.

Layout: the magic, then records of `size` (u32), `crc32` (u32) and a body, little-endian. A body is
a kind byte and its content: the request (msgpack), a header (msgpack), a packet (a fixed struct and
its bytes), or the end (msgpack). A reader stops at the first record that is truncated or fails its
check: a crash left it half-written.
"""

import mmap
import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from media_server.media.packet import Arrival, Header, Packet

MAGIC = b"moments-recording-1\n"
_RECORD = struct.Struct("<II")
_PACKET = struct.Struct("<cBBqqq")
_REQUEST, _HEADER, _DATA, _END = b"R", b"H", b"P", b"E"
_IS_KEY, _IS_BREAK = 1, 2


class LogRequest(msgspec.Struct, frozen=True):
    """The request that started a recording."""

    recording_id: str
    stream_id: str
    start_us: int
    end_us: int


class LogEnd(msgspec.Struct, frozen=True):
    """How a recording ended; a reason if it has less than requested."""

    reason: str | None = None
    failed: bool = False


class LogWriter:
    """Appends records. Blocking: call it in a thread, one call at a time."""

    def __init__(self, path: Path, request: LogRequest) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._file = os.open(path, flags, 0o600)
        self._header: Header | None = None
        self._size = 0
        self._write([MAGIC, *_record(_REQUEST, msgspec.msgpack.encode(request))])

    def append(self, arrivals: Iterable[Arrival]) -> None:
        """Append packets, all of them or (if the disk is full) none.

        Raises:
            OSError: The disk is full or failed.
        """
        parts: list[bytes | bytearray | memoryview] = []
        header = self._header
        for arrival in arrivals:
            if arrival.header is not header and arrival.header != header:
                header = arrival.header
                parts += _record(_HEADER, msgspec.msgpack.encode(header))
            parts += _packet_record(arrival)
        self._write(parts)
        self._header = header

    def sync(self) -> None:
        """Wait until everything is on the disk."""
        os.fdatasync(self._file)

    def end(self, end: LogEnd) -> None:
        """Append the end and wait until it is on the disk."""
        self._write([*_record(_END, msgspec.msgpack.encode(end))])
        self.sync()

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _write(self, parts: list[bytes | bytearray | memoryview]) -> None:
        data = memoryview(b"".join(parts))
        written = 0
        try:
            while written < len(data):
                written += os.write(self._file, data[written:])
        except OSError:
            os.ftruncate(self._file, self._size)  # no half record before later ones
            raise
        self._size += written


def append_end(path: Path, end: LogEnd) -> None:
    """Complete a log that a crash has left open, after its last good record.

    Raises:
        OSError: The disk is full or failed.
    """
    good = read_summary(path).good_bytes
    with path.open("r+b") as file:
        file.truncate(good)
        file.seek(good)
        file.write(b"".join(_record(_END, msgspec.msgpack.encode(end))))
        file.flush()
        os.fdatasync(file.fileno())


def _record(kind: bytes, body: bytes) -> tuple[bytes, bytes, bytes]:
    crc = zlib.crc32(body, zlib.crc32(kind))
    return _RECORD.pack(len(body) + 1, crc), kind, body


def _packet_record(arrival: Arrival) -> tuple[Any, ...]:
    packet = arrival.packet
    flags = (_IS_KEY if packet.is_key else 0) | (_IS_BREAK if arrival.discontinuity else 0)
    track = 0 if packet.track == "video" else 1
    head = _PACKET.pack(_DATA, track, flags, packet.pts_us, packet.dts_us, packet.duration_us)
    crc = zlib.crc32(packet.data, zlib.crc32(head))
    return _RECORD.pack(len(head) + len(packet.data), crc), head, packet.data


@dataclass
class LogSummary:
    """A log's content, and the end of its last good record."""

    good_bytes: int
    request: LogRequest | None = None
    end: LogEnd | None = None
    held_until_us: int | None = None

    def note(self, body: memoryview) -> None:
        """Account for a packet."""
        _, track, _, pts, _, duration = _PACKET.unpack(_DATA + bytes(body[: _PACKET.size - 1]))
        if track == 0 or self.held_until_us is None:
            self.held_until_us = max(self.held_until_us or 0, pts + duration)


def read_summary(path: Path) -> LogSummary:
    """Read a whole log."""
    with LogReader(path) as log:
        return log.summary()


class LogReader:
    """Reads a log through a mapping: packets are views of the file, nothing is copied."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self._map: bytes | mmap.mmap = (
                mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
            )
        self._view = memoryview(self._map)

    def __enter__(self) -> "LogReader":
        return self

    def __exit__(self, *_: object) -> None:
        # Views of it may outlive this in a clip being sent; the last of them unmaps it.
        self._view = memoryview(b"")

    def summary(self) -> LogSummary:
        """Read the whole log."""
        found = LogSummary(good_bytes=len(MAGIC))
        for kind, body, end in self._records():
            if kind == _DATA:
                found.note(body)
            elif kind == _REQUEST:
                found.request = msgspec.msgpack.decode(body, type=LogRequest)
            elif kind == _END:
                found.end = msgspec.msgpack.decode(body, type=LogEnd)
            found.good_bytes = end
        return found

    def arrivals(self) -> Iterator[Arrival]:
        """Yield the packets, with their headers."""
        header: Header | None = None
        for kind, body, _ in self._records():
            if kind == _HEADER:
                header = msgspec.msgpack.decode(body, type=Header)
            elif kind == _DATA and header is not None:
                head = b"P" + bytes(body[: _PACKET.size - 1])
                _, track, flags, pts, dts, duration = _PACKET.unpack(head)
                packet = Packet(
                    "video" if track == 0 else "audio",
                    pts,
                    dts,
                    duration,
                    bool(flags & _IS_KEY),
                    body[_PACKET.size - 1 :],
                )
                yield Arrival(packet, header, bool(flags & _IS_BREAK))

    def _records(self) -> Iterator[tuple[bytes, memoryview, int]]:
        view = self._view
        if bytes(view[: len(MAGIC)]) != MAGIC:
            return
        at = len(MAGIC)
        while at + _RECORD.size <= len(view):
            size, crc = _RECORD.unpack_from(view, at)
            start, end = at + _RECORD.size, at + _RECORD.size + size
            if size < 1 or end > len(view) or zlib.crc32(view[start:end]) != crc:
                return
            yield bytes(view[start : start + 1]), view[start + 1 : end], end
            at = end
