"""RTMP without a network: chunks, AMF0, FLV tags, and random bytes."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.core.errors import UnsupportedMedia
from domain.core.secrets import Keyring
from domain.core.time import SystemClock, to_us
from media_server.ingest.rtmp import amf, chunks
from media_server.ingest.rtmp.chunks import ChunkReader, Message, chunk
from media_server.ingest.rtmp.commands import parts_of
from media_server.ingest.rtmp.errors import ProtocolError
from media_server.ingest.rtmp.pre_publish_limits import PrePublishLimits
from media_server.ingest.rtmp.server import RtmpServer
from media_server.ingest.rtmp.session import Session
from media_server.ingest.rtmp.stream_writer import Feed, StreamFeed
from media_server.ingest.rtmp.tags import CodecRefusedError, SoundTags, VideoTags
from media_server.ingest.rtmp.timestamp_grid import TimestampGrid
from media_server.relay.live import LiveStream
from media_server.relay.publishing import Publishers
from media_server.relay.registry import Registry
from tests.fakes.clock import FakeClock
from tests.support.waiting import until
from tests.unit.media.scripted import VIDEO

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


@given(MESSAGES, st.integers(128, 4096), st.lists(st.integers(0, 20_000), max_size=20))
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
        chunk(chunks.control(chunks.SET_CHUNK_SIZE, 127), 128),
        b"".join(bytes([n, 0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 0, 0]) for n in range(3, 64))
        + b"".join(bytes([0, n, 0, 0, 0, 0, 0, 1, 9, 1, 0, 0, 0, 0]) for n in range(10)),
    ],
    ids=["no beginning", "oversized", "no chunk size", "chunk size", "too many"],
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
    steady = TimestampGrid(1e6 / 30)
    placed = [steady.place(round(number * 1000 / 30)) for number in range(100)]
    assert placed == [round(number * 1e6 / 30) for number in range(100)]
    assert steady.place(5_005) == 5_005_000 or abs(steady.place(5_005) - 5_005_000) <= 1500
    assert TimestampGrid().place(7) == 7000


@given(st.binary(max_size=60), st.booleans())
def test_no_tag_breaks_a_line(body: bytes, is_video: bool) -> None:  # noqa: FBT001
    line = VideoTags() if is_video else SoundTags()
    with contextlib.suppress(CodecRefusedError, UnsupportedMedia):
        line.take(bytearray(body), 0)


class _Transport(asyncio.Transport):
    """Takes what is written and forgets it."""

    def __init__(self, host: str = "192.0.2.1") -> None:
        super().__init__({"peername": (host, 1935)})
        self.is_over = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert data

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self.is_over

    def abort(self) -> None:
        self.is_over = True

    def pause_reading(self) -> None:
        """Nothing comes by itself."""

    close = abort
    resume_reading = pause_reading


class _Feed:
    def __init__(self) -> None:
        self.tags = 0
        self.fields: list[Mapping[str, amf.Value]] = []
        self.silences: list[str] = []

    def media(self, *, is_video: bool, ms: int, body: bytearray) -> None:
        self.tags += 1

    def metadata(self, fields: Mapping[str, amf.Value]) -> None:
        self.fields.append(fields)

    def silence(self, reason: str) -> None:
        self.silences.append(reason)

    def close(self) -> None:
        """Nothing is held."""


class _Host:
    def __init__(self) -> None:
        self.feed: Feed | None = None  # None: nobody may publish

    def came(self, session: Session) -> bool:
        return True

    async def publish(self, key: str, session: Session) -> Feed:
        assert self.feed is not None, key
        return self.feed

    def ended(self, session: Session, reason: str | None) -> None:
        assert self.feed is not None, reason

    def closed(self, session: Session) -> None:
        """Nothing is kept."""


@given(st.lists(st.binary(max_size=400), max_size=10))
def test_no_bytes_break_a_session(parts: list[bytes]) -> None:
    session, transport = Session(_Host()), _Transport()
    session.connection.connection_made(transport)
    session.connection.data_received(b"\x03" + bytes(3072))
    for part in parts:
        if not transport.is_over:
            session.connection.data_received(part)
    session.connection.connection_lost(None)


def greeted(host: _Host) -> tuple[Session, _Transport]:
    session, transport = Session(host), _Transport()
    session.connection.connection_made(transport)
    session.connection.data_received(b"\x03" + bytes(3072))
    return session, transport


async def publishing() -> tuple[Session, _Transport, _Feed]:
    host, feed = _Host(), _Feed()
    host.feed = feed
    session, transport = greeted(host)
    session.connection.data_received(
        message(chunks.COMMAND, amf.encode("publish", 3, None, "key", "live"))
    )
    await until(lambda: session.is_publishing)
    return session, transport, feed


def message(kind: int, body: bytes) -> bytes:
    return chunk(Message(kind, 1, 0, bytearray(body)), 128)


def empty(kind: int, count: int) -> bytes:
    """Messages of no bytes, a byte each but the first."""
    return bytes([3]) + bytes(6) + bytes([kind]) + bytes(4) + b"\xc3" * (count - 1)


def test_only_sound_and_pictures_may_be_large() -> None:
    for kind in (chunks.AUDIO, chunks.VIDEO, chunks.AGGREGATE):
        [whole] = ChunkReader(1 << 20).feed(message(kind, bytes(100_000)))
        assert len(whole.body) == 100_000
    for kind in (chunks.DATA, chunks.DATA_AMF3, chunks.COMMAND, chunks.COMMAND_AMF3, 99):
        with pytest.raises(ProtocolError):
            ChunkReader(1 << 20).feed(message(kind, bytes(100_000)))


def test_values_have_a_number() -> None:
    assert len(amf.decode(b"\x05" * 4096)) == 4096
    for many in (b"\x05" * 4097, b"\x0a\0\0\x20\0" + b"\x05" * 8192, b"\3" + b"\0\1a\5" * 5000):
        with pytest.raises(ProtocolError, match="4096 values"):
            amf.decode(many)


def test_messages_and_parts_are_counted_while_they_are_read() -> None:
    limits = PrePublishLimits()
    with pytest.raises(ProtocolError, match="before it published"):
        ChunkReader(1 << 16, limits.spend).feed(empty(chunks.VIDEO, 1000))
    limits.publishes(0.0)
    reader = ChunkReader(1 << 16, limits.spend)
    assert len(reader.feed(empty(chunks.VIDEO, 10_000))) == 10_000
    with pytest.raises(ProtocolError, match="a second"):
        reader.feed(empty(chunks.VIDEO, 1))
    limits.take(1 << 20, 60.0)
    tag = bytes([9]) + bytes(14)
    assert len(parts_of(Message(chunks.AGGREGATE, 1, 0, bytearray(tag * 999)), limits.spend))
    with pytest.raises(ProtocolError, match="a second"):
        parts_of(Message(chunks.AGGREGATE, 1, 0, bytearray(tag * 9999)), limits.spend)


def test_a_stream_may_go_on_for_as_long_as_it_likes() -> None:
    limits = PrePublishLimits()
    limits.publishes(0.0)
    for second in range(3600):
        limits.take(1 << 20, float(second))
        for _ in range(400):
            limits.spend()


def test_a_stranger_has_64_kib_and_few_messages() -> None:
    session, transport = greeted(_Host())
    session.connection.data_received(message(chunks.VIDEO, bytes(30_000)))
    assert not transport.is_over
    session.connection.data_received(message(chunks.VIDEO, bytes(32_000)))
    assert transport.is_over
    session, transport = greeted(_Host())
    session.connection.data_received(empty(chunks.AUDIO, 1000))
    assert transport.is_over


def test_what_comes_before_publish_is_not_read() -> None:
    session, transport = greeted(_Host())
    for kind in (chunks.DATA, chunks.DATA_AMF3, chunks.AUDIO, chunks.VIDEO, chunks.AGGREGATE):
        session.connection.data_received(message(kind, b"\x7f" * 50))  # of no type that is known
    assert not transport.is_over
    session.connection.data_received(message(chunks.COMMAND, b"\x7f" * 50))
    assert transport.is_over


async def test_a_publisher_may_send_a_stream_and_no_flood() -> None:
    session, transport, feed = await publishing()
    session.connection.data_received(
        message(chunks.DATA, amf.encode("onMetaData", {"framerate": 30.0}))
    )
    assert feed.fields == [{"framerate": 30.0}]
    session.connection.data_received(message(chunks.VIDEO, bytes(1 << 20)))
    session.connection.data_received(empty(chunks.AUDIO, 5000))
    assert feed.tags == 5001
    assert not transport.is_over
    session.connection.data_received(empty(chunks.AUDIO, 50_000))
    assert transport.is_over
    session, transport, feed = await publishing()
    for _ in range(10):
        session.connection.data_received(message(chunks.DATA, b"\x05" * 4096))
    assert transport.is_over


def test_the_handshake_has_3_s_and_publishing_10() -> None:
    now = time.monotonic()
    silent, nothing = Session(_Host()), _Transport()
    silent.connection.connection_made(nothing)
    session, transport = greeted(_Host())
    for peer in (silent, session):
        peer.look(now + 2.9)
    assert not nothing.is_over
    for peer in (silent, session):
        peer.look(now + 9.0)
    assert nothing.is_over
    assert not transport.is_over
    session.look(now + 100.0)
    assert transport.is_over


async def test_a_silent_publisher_is_waited_for_as_long_as_it_is_connected() -> None:
    session, transport, feed = await publishing()
    now = time.monotonic()
    for second in (4, 13, 31, 600, 3500):
        session.look(now + second)
    assert feed.silences == [
        "The publisher is connected but sends nothing. The stream resumes when it does."
    ]
    assert (session.is_silent, transport.is_over) == (True, False)
    session.connection.data_received(empty(chunks.AUDIO, 1))
    assert (feed.tags, session.is_silent) == (1, False)
    session.look(time.monotonic() + 3700)
    assert transport.is_over


def server() -> RtmpServer:
    registry = Registry(lambda _config, _sink: None, SystemClock(), 1 << 20)
    publishers = Publishers(registry, Keyring(b"a secret for tests"), "refuse")
    return RtmpServer(registry, publishers, SystemClock())


def came(server: RtmpServer, host: str, *, is_relayed: bool = False) -> _Transport:
    transport = _Transport(host)
    Session(server, is_relayed=is_relayed).connection.connection_made(transport)
    return transport


@pytest.mark.parametrize("host", ["192.0.2.9", "2001:db8::{}"])
def test_an_address_has_20_strangers_and_others_are_let_in(host: str) -> None:
    port = server()
    peers = [came(port, host.format(number)) for number in range(200)]
    assert [peer.is_over for peer in peers] == [False] * 20 + [True] * 180
    assert not came(port, "198.51.100.1").is_over
    assert not came(port, "2001:db8:0:1::1").is_over
    relayed = [came(port, "192.0.2.9", is_relayed=True) for _ in range(100)]
    assert not any(peer.is_over for peer in relayed)
    assert port.refused == 180


def test_the_oldest_stranger_makes_room() -> None:
    port = server()
    peers = [came(port, f"192.0.2.{number % 250}") for number in range(203)]
    assert [peer.is_over for peer in peers] == [True] * 3 + [False] * 200
    assert len(port) == 200


@pytest.mark.parametrize("late", [0x7FFFFF, -0x7FFFFF, 10_001])
def test_a_picture_that_would_be_shown_much_later_is_damaged(late: int) -> None:
    tags = VideoTags()
    assert tags.take(bytearray(b"\x17\0\0\0\0" + VIDEO.extradata), 0) is None
    picture = (2).to_bytes(4, "big") + b"\x65\x88"
    with pytest.raises(UnsupportedMedia, match="presentation time"):
        tags.take(bytearray(b"\x17\1" + late.to_bytes(3, "big", signed=True) + picture), 0)
    unit = tags.take(bytearray(b"\x17\1" + (10_000).to_bytes(3, "big") + picture), 40)
    assert unit is not None
    assert (unit.dts, unit.pts) == (40_000, 10_040_000)


def publish(stream: LiveStream, clock: FakeClock, frames: list[tuple[int, int]]) -> None:
    """Publish keyframes in real time: their timestamps, and how much later they are shown (ms)."""
    feed = StreamFeed(stream.inlet(), clock, stream.ring.end_us)
    publish_by(feed, stream, clock, frames)
    feed.close()
    stream.drain()


def publish_by(
    feed: StreamFeed, stream: LiveStream, clock: FakeClock, frames: list[tuple[int, int]]
) -> None:
    feed.metadata({"videocodecid": 7.0})
    feed.media(is_video=True, ms=0, body=bytearray(b"\x17\0\0\0\0" + VIDEO.extradata))
    for ms, late in frames:
        clock.advance(seconds=0.04)
        picture = (2).to_bytes(4, "big") + b"\x65\x88"
        body = bytearray(b"\x17\1" + late.to_bytes(3, "big") + picture)
        feed.media(is_video=True, ms=ms, body=body)
        stream.drain()


def test_bad_times_take_no_stream_into_the_future() -> None:
    clock = FakeClock()
    stream = LiveStream("stream_a", 60_000_000, 1 << 20, clock)
    good = [(number * 40, 0) for number in range(100)]
    bad = [(4000, 0x7FFFFF), (4040, 9_999), (900_000, 0), *((n * 40, 0) for n in range(50))]
    for frames in ([*good, *bad], good):
        publish(stream, clock, frames)
        window = stream.ring.window()
        assert window is not None
        assert abs(window[1] - to_us(clock.now())) < 500_000
    status = stream.status()
    assert (status.corrupt_packets, status.dropped_packets) == (1, 0)


@pytest.mark.parametrize(
    "resumed_ms", [34_000, 4_000], ids=["the clock went on", "the clock stood still"]
)
def test_a_publisher_that_was_silent_for_30_s_goes_on_beside_now(resumed_ms: int) -> None:
    clock = FakeClock()
    stream = LiveStream("stream_a", 60_000_000, 1 << 20, clock)
    feed = StreamFeed(stream.inlet(), clock, 0)
    publish_by(feed, stream, clock, [(number * 40, 0) for number in range(100)])
    feed.silence("The publisher is connected but sends nothing.")
    stream.drain()
    assert stream.status().status == "offline"
    clock.advance(seconds=30)
    publish_by(feed, stream, clock, [(resumed_ms + number * 40, 0) for number in range(500)])
    status = stream.status()
    assert status.status == "live"
    assert status.window is not None
    assert abs(status.window.end_us - to_us(clock.now())) < 500_000
    assert (status.corrupt_packets, status.dropped_packets) == (0, 0)
