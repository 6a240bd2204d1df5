"""RTMP without a network: chunks, AMF0, FLV tags, and bytes that mean nothing."""

import asyncio
import contextlib
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_server.ingest.rtmp import amf, chunks
from media_server.ingest.rtmp.chunks import ChunkReader, Message, chunk
from media_server.ingest.rtmp.errors import ProtocolError
from media_server.ingest.rtmp.feed import Feed
from media_server.ingest.rtmp.session import Session
from media_server.ingest.rtmp.steady import Steady
from media_server.ingest.rtmp.tags import CodecRefusedError, SoundTags, VideoTags

MESSAGES = st.lists(
    st.builds(
        Message,
        st.sampled_from([8, 9, 18, 20]),
        st.integers(0, 3),
        st.one_of(st.integers(0, 0xFFFFFFFF), st.just(0xFFFFFF)),
        st.binary(max_size=2000).map(bytearray),
    ),
    max_size=8,
)
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(min_size=1, max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


def fed(reader: ChunkReader, data: bytes, cuts: list[int]) -> list[Message]:
    """Feed bytes in pieces."""
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    found = []
    for start, stop in itertools.pairwise(places):
        found += reader.feed(data[start:stop])
    return found


@given(MESSAGES, st.integers(1, 4096), st.lists(st.integers(0, 20_000), max_size=20))
def test_messages_come_out_as_they_went_in_however_they_are_cut(
    messages: list[Message], size: int, cuts: list[int]
) -> None:
    reader = ChunkReader(1 << 20)
    wire = chunk(chunks.control(chunks.SET_CHUNK_SIZE, size), 128)
    wire += b"".join(chunk(message, size, 3 + at % 4) for at, message in enumerate(messages))
    wire += chunk(Message(20, 0, 0, bytearray(b"end")), size)
    assert fed(reader, wire, cuts)[: len(messages)] == messages


def test_headers_are_shortened_and_messages_interleave() -> None:
    reader = ChunkReader(1 << 16)
    sound = bytes([4, 0, 0, 100, 0, 0, 3, 8, 1, 0, 0, 0]) + b"abc"
    video = bytes([6, 0, 0, 100, 0, 0, 200, 9, 1, 0, 0, 0]) + bytes(128)
    more = bytes([0x44, 0, 0, 20, 0, 0, 2, 8]) + b"de"  # a delta, and another length
    same = bytes([0x84, 0, 0, 21]) + b"fg"  # another delta
    again = bytes([0xC4]) + b"hi"  # the same delta
    found = reader.feed(sound + video + more + same + bytes([0xC6]) + bytes(72) + again)
    times = [(message.kind, message.timestamp, bytes(message.body[:3])) for message in found]
    assert times == [
        (8, 100, b"abc"), (8, 120, b"de"), (8, 141, b"fg"), (9, 100, bytes(3)), (8, 162, b"hi"),
    ]  # fmt: skip


def test_an_aborted_message_is_forgotten_and_the_clock_wraps() -> None:
    reader = ChunkReader(1 << 16)
    reader.feed(bytes([6, 0, 0, 1, 0, 0, 200, 9, 1, 0, 0, 0]) + bytes(128))
    reader.feed(chunk(chunks.control(chunks.ABORT, 6), 128, 2))
    wire = bytes([6, 255, 255, 255, 0, 0, 1, 9, 1, 0, 0, 0, 255, 255, 255, 250]) + b"a"
    wire += bytes([0x86, 0, 0, 10]) + b"b"
    assert [message.timestamp for message in reader.feed(wire)] == [0xFFFFFFFA, 4]


@pytest.mark.parametrize(
    "wire",
    [
        bytes([0xC5]) + b"x",  # goes on with nothing
        bytes([3, 0, 0, 0, 0xFF, 0xFF, 0xFF, 9, 1, 0, 0, 0]),  # 16 MB
        chunk(chunks.control(chunks.SET_CHUNK_SIZE, 0), 128),
        b"".join(bytes([n, 0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 0, 0]) for n in range(3, 64))
        + b"".join(bytes([0, n, 0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 0, 0]) for n in range(10)),
    ],
    ids=["no beginning", "oversized", "chunk size", "too many"],
)
def test_what_no_publisher_sends_is_refused(wire: bytes) -> None:
    with pytest.raises(ProtocolError):
        ChunkReader(1 << 16).feed(wire)


@given(st.lists(VALUES, max_size=4))
def test_values_come_out_as_they_went_in(values: list[amf.Value]) -> None:
    assert amf.decode(amf.encode(*values)) == values


@given(st.binary(max_size=300))
def test_no_bytes_break_the_readers(data: bytes) -> None:
    for read in (amf.decode, ChunkReader(1 << 16).feed):
        with contextlib.suppress(ProtocolError):
            read(data)


def test_nesting_has_an_end() -> None:
    with pytest.raises(ProtocolError):
        amf.decode(b"\x0a\0\0\0\1" * 1000)


def test_milliseconds_become_even_steps() -> None:
    steady = Steady(1e6 / 30)
    placed = [steady.place(round(number * 1000 / 30)) for number in range(100)]
    assert placed == [round(number * 1e6 / 30) for number in range(100)]
    assert steady.place(5_005) == 5_005_000 or abs(steady.place(5_005) - 5_005_000) <= 1500
    assert Steady().place(7) == 7000


@given(st.binary(max_size=60), st.booleans())
def test_no_tag_breaks_a_line(body: bytes, is_video: bool) -> None:  # noqa: FBT001
    from domain.core.errors import UnsupportedMedia

    line = VideoTags() if is_video else SoundTags()
    with contextlib.suppress(CodecRefusedError, UnsupportedMedia):
        line.take(bytearray(body), 0)


class _Transport(asyncio.Transport):
    """Takes what is written and forgets it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_over = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert data

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.is_over

    def abort(self) -> None:
        self.is_over = True

    close = abort


class _Host:
    async def publish(self, key: str, session: Session) -> Feed:
        raise AssertionError(key)

    def ended(self, session: Session, reason: str | None) -> None:
        raise AssertionError(reason)

    def closed(self, session: Session) -> None:
        """Nothing is kept."""


@given(st.lists(st.binary(max_size=400), max_size=10))
def test_no_bytes_break_a_session(parts: list[bytes]) -> None:
    session, transport = Session(_Host()), _Transport()
    session.connection_made(transport)
    session.data_received(b"\x03" + bytes(3072))
    for part in parts:
        if not transport.is_over:
            session.data_received(part)
    session.connection_lost(None)
