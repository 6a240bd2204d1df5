"""RTMP's chunk stream: converts bytes to messages and back (RTMP 1.0, section 5.3)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from media_server.ingest.rtmp.errors import ProtocolError

SET_CHUNK_SIZE, ABORT, ACKNOWLEDGEMENT, USER_CONTROL, WINDOW_SIZE, PEER_BANDWIDTH = range(1, 7)
AUDIO, VIDEO, DATA_AMF3, COMMAND_AMF3, DATA, COMMAND, AGGREGATE = 8, 9, 15, 17, 18, 20, 22

_MOST_CHUNK_STREAMS = 64
# A chunk costs the same however little it carries. The protocol allows sizes from 1 (5.4.1), but no
# publisher uses less than the initial 128.
_LEAST_CHUNK = 128
# Only audio and video may be larger: the rest is parsed value by value.
_MOST_OTHER_BYTES = 64 * 1024
_MEDIA = frozenset({AUDIO, VIDEO, AGGREGATE})
_EXTENDED = 0xFFFFFF
_WRAP = 0xFFFFFFFF
_HEADER_SIZES = (11, 7, 3, 0)


@dataclass(slots=True)
class Message:
    """One complete message, the only owner of its body."""

    kind: int
    stream: int
    timestamp: int  # milliseconds, 32 bits
    body: bytearray


@dataclass(slots=True)
class _ChunkStream:
    kind: int = 0
    stream: int = 0
    length: int = 0
    timestamp: int = 0
    delta: int = 0
    extended: int | None = None  # the extended timestamp field of the newest header
    body: bytearray = field(default_factory=bytearray)
    short: int = -1  # the header of a message's later chunks, where that is one byte


class ChunkReader:
    """Assembles messages within limits, so that a peer costs no more than its media.

    Calls `spend` for each message, which raises when there are too many.
    """

    def __init__(self, most_bytes: int, spend: Callable[[], None] = lambda: None) -> None:
        self.most_bytes = most_bytes  # of one message, and of all incomplete ones
        self.chunk_size = _LEAST_CHUNK
        self._spend = spend
        self._streams: dict[int, _ChunkStream] = {}
        self._current: _ChunkStream | None = None
        self._left = 0  # of the current chunk
        self._partial = 0  # bytes of all incomplete messages
        self._rest = b""  # an incomplete header

    def feed(self, data: bytes) -> list[Message]:
        """Process received bytes; return the messages that they complete.

        Raises:
            ProtocolError: They are not a chunk stream, or exceed a limit.
        """
        if self._rest:
            data, self._rest = self._rest + data, b""
        messages: list[Message] = []
        view, at, end = memoryview(data), 0, len(data)
        while at < end:
            if self._current is None:
                size = self._header(data, at)
                if size == 0:
                    self._rest = data[at:]
                    break
                at += size
            at = self._body(view, at, messages)
        return messages

    def _body(self, view: memoryview, at: int, messages: list[Message]) -> int:
        """Read the current chunk, and the message's later ones as long as they follow at once."""
        current = self._current
        assert current is not None  # noqa: S101 (the header before it set it)
        body, left, end = current.body, self._left, len(view)
        before = len(body)
        while True:
            size = min(left, end - at)
            body += view[at : at + size]
            at += size
            left -= size
            if left or at == end or len(body) == current.length or view[at] != current.short:
                break
            left = min(self.chunk_size, current.length - len(body))
            at += 1
        self._left = left
        self._partial += len(body) - before
        if left == 0:
            self._current = None
            if len(body) == current.length:
                self._complete(current, messages)
        return at

    def _complete(self, stream: _ChunkStream, messages: list[Message]) -> None:
        self._spend()
        body, stream.body = stream.body, bytearray()
        self._partial -= len(body)
        if stream.kind == SET_CHUNK_SIZE and len(body) == 4:
            self.chunk_size = min(int.from_bytes(body, "big") & 0x7FFFFFFF, 0xFFFFFF)
            if self.chunk_size < _LEAST_CHUNK:
                raise ProtocolError(f"a chunk size of {self.chunk_size}")
        elif stream.kind == ABORT and len(body) == 4:
            aborted = self._streams.get(int.from_bytes(body, "big"))
            if aborted is not None:
                self._drop(aborted)
        else:
            messages.append(Message(stream.kind, stream.stream, stream.timestamp, body))

    def _drop(self, stream: _ChunkStream) -> None:
        self._partial -= len(stream.body)
        stream.body = bytearray()

    def _header(self, data: bytes, at: int) -> int:
        """Read a chunk's header; return its size, or 0 if it is incomplete."""
        form, number = data[at] >> 6, data[at] & 63
        size = number + 2 if number < 2 else 1
        if at + size + _HEADER_SIZES[form] > len(data):
            return 0
        if number < 2:
            number = 64 + int.from_bytes(data[at + 1 : at + size], "little")
        stream = self._streams.get(number) or self._stream(number, form)
        fields = data[at + size : at + size + _HEADER_SIZES[form]]
        size += len(fields)
        time = int.from_bytes(fields[:3], "big")
        if time == _EXTENDED or (form == 3 and stream.extended is not None):
            extra = self._extended(data, at + size, form, stream)
            if extra is None:
                return 0
            size += extra
            time = stream.extended or 0
        elif form < 3:
            stream.extended = None
        if form < 3 or not stream.body:
            self._begin(stream, form, fields, time)
        stream.short = 0xC0 | number if number < 64 and stream.extended is None else -1
        self._current = stream
        self._left = min(self.chunk_size, stream.length - len(stream.body))
        return size

    def _stream(self, number: int, form: int) -> _ChunkStream:
        if form > 1 or len(self._streams) >= _MOST_CHUNK_STREAMS:
            message = "chunks without a first header" if form > 1 else "too many chunk streams"
            raise ProtocolError(message)
        stream = self._streams[number] = _ChunkStream()
        return stream

    @staticmethod
    def _extended(data: bytes, at: int, form: int, stream: _ChunkStream) -> int | None:
        """Read an extended timestamp; return its size, or None if it is incomplete.

        Some publishers repeat it in a message's later chunks, some do not: there it counts only if
        it has the same value.
        """
        if at + 4 > len(data):
            return None
        value = int.from_bytes(data[at : at + 4], "big")
        if form == 3:
            return 4 if value == stream.extended else 0
        stream.extended = value
        return 4

    def _begin(self, stream: _ChunkStream, form: int, fields: bytes, time: int) -> None:
        if stream.body:
            self._drop(stream)  # a message that was never finished
        if form < 2:
            stream.length, stream.kind = int.from_bytes(fields[3:6], "big"), fields[6]
        if form == 0:
            stream.timestamp, stream.delta = time, 0
            stream.stream = int.from_bytes(fields[7:11], "little")
        else:
            stream.delta = time if form < 3 else stream.delta
            stream.timestamp = (stream.timestamp + stream.delta) & _WRAP
        most = self.most_bytes if stream.kind in _MEDIA else min(self.most_bytes, _MOST_OTHER_BYTES)
        if stream.length > most or self._partial > self.most_bytes:
            raise ProtocolError(f"a message of {stream.length} bytes")


def chunk(message: Message, chunk_size: int, number: int = 3) -> bytes:
    """Return a message as chunks of a chunk stream (2 to 63)."""
    time = min(message.timestamp, _EXTENDED)
    extended = message.timestamp.to_bytes(4, "big") if time == _EXTENDED else b""
    parts: list[bytes | memoryview] = [
        bytes([number]),
        time.to_bytes(3, "big"),
        len(message.body).to_bytes(3, "big"),
        bytes([message.kind]),
        message.stream.to_bytes(4, "little"),
        extended,
        memoryview(message.body)[:chunk_size],
    ]
    for at in range(chunk_size, len(message.body), chunk_size):
        parts += [bytes([0xC0 | number]), extended, memoryview(message.body)[at : at + chunk_size]]
    return b"".join(parts)


def control(kind: int, value: int, *more: int) -> Message:
    """Return a protocol control message with a number of 32 bits."""
    return Message(kind, 0, 0, bytearray(value.to_bytes(4, "big") + bytes(more)))
