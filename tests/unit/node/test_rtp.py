"""Frames as RTP packets, and what a viewer gets of them: no sockets, no ciphers."""

import secrets
from typing import Any

import pytest
from aiortc.codecs.h264 import h264_depayload
from aiortc.rtp import RtcpPacket, RtpPacket, unwrap_rtx
from hypothesis import given
from hypothesis import strategies as st

from media_server.egress.webrtc.clock import RtpClock, ntp
from media_server.egress.webrtc.payloads import MOST, h264_payloads
from media_server.egress.webrtc.reports import sender_report
from media_server.egress.webrtc.send_buffer import SendBuffer
from media_server.egress.webrtc.track import SoundTrack, VideoTrack
from media_server.egress.webrtc.units import Block, retransmission
from media_server.egress.webrtc.viewer import NegotiatedTrack, Viewer
from media_server.media.h264 import split_annexb

SPS = bytes.fromhex("6742c01fd900a0")
PPS = bytes.fromhex("68cb8cb2")
AVCC = b"\1\x42\xc0\x1f\xff\xe1" + len(SPS).to_bytes(2, "big") + SPS + b"\1\0\4" + PPS
units = st.lists(
    st.integers(1, 5000).map(lambda size: b"\x65" + secrets.token_bytes(size).replace(b"\0", b"x")),
    min_size=1, max_size=6,
)  # fmt: skip


def frame(size: int) -> bytes:
    """Return an access unit with one slice."""
    return (size + 1).to_bytes(4, "big") + b"\x41" + b"x" * size


@given(units)
def test_payloads_give_the_units_back(given_units: list[bytes]) -> None:
    payloads = h264_payloads(given_units)
    assert max(map(len, payloads)) <= MOST
    stream = b"".join(h264_depayload(payload) for payload in payloads)
    assert [bytes(unit) for unit in split_annexb(stream)] == given_units


def test_parameter_sets_go_before_a_keyframe() -> None:
    track = VideoTrack()
    unit = track.pack(frame(3000), 1_000_000, AVCC, is_key=True)
    assert unit is not None
    stream = b"".join(h264_depayload(packet[12:]) for packet in unit.packets)
    assert [unit[0] & 31 for unit in split_annexb(stream)] == [7, 8, 1]


def test_only_the_last_packet_of_a_frame_has_the_marker_and_sequences_go_on() -> None:
    track = VideoTrack()
    packets = []
    for at in range(4):
        unit = track.pack(frame(4000), at * 33_333, AVCC, is_key=at == 0)
        assert unit is not None
        parsed = [RtpPacket.parse(packet) for packet in unit.packets]
        assert [packet.marker for packet in parsed] == [0] * (len(parsed) - 1) + [1]
        packets += parsed
    first = packets[0].sequence_number
    assert [p.sequence_number for p in packets] == [
        (first + n) & 0xFFFF for n in range(len(packets))
    ]
    assert {packet.ssrc for packet in packets} == {track.ssrc}


def test_blocks_hold_what_one_call_may_send() -> None:
    arena, track = SendBuffer(), VideoTrack()
    unit = track.pack(frame(200_000), 0, AVCC, is_key=True)
    assert unit is not None
    blocks = unit.blocks(102, 16, arena)
    sent: list[bytes] = []
    for block in blocks:
        sizes = [len(view) for view in block.views]
        assert sum(sizes) == len(block.whole) == len(block.data) <= 65_000
        assert len(sizes) <= 48
        assert len(set(sizes[:-1])) <= 1
        assert sizes[-1] <= sizes[0]
        at = 0
        for size in sizes:
            sent.append(block.data[at : at + size - 16])
            at += size
    assert sent == [unit.packet(index, 102) for index in range(len(unit.packets))]
    assert unit.blocks(102, 16, arena) is blocks


@given(st.integers(0, 2**52), st.sampled_from([90_000, 48_000]), st.integers(0, 2**32 - 1))
def test_an_rtp_time_stands_for_an_instant_not_before_its_frame(
    pts_us: int, rate: int, base: int
) -> None:
    clock = RtpClock(rate, base)
    rtp, utc_us = clock.anchor(pts_us + 12_345)
    ahead = ((clock.stamp(pts_us) - rtp + 2**31) & 0xFFFFFFFF) - 2**31
    instant = utc_us - (-ahead * 1_000_000) // rate
    assert 0 <= instant - pts_us <= 1_000_000 / rate + 1


def test_a_sender_report_is_one_that_others_read() -> None:
    raw = sender_report(7, b"name", now_us=1_795_000_000_500_000, timestamp=9, packets=3, octets=5)
    report, names = RtcpPacket.parse(raw)
    info: Any = report
    assert (info.ssrc, info.sender_info.rtp_timestamp) == (7, 9)
    assert info.sender_info.ntp_timestamp == ntp(1_795_000_000_500_000)
    assert info.sender_info.ntp_timestamp & 0xFFFFFFFF == 1 << 31
    described: Any = names
    assert described.chunks[0].items == [(1, b"name")]


def test_a_retransmission_unwraps_to_the_packet() -> None:
    track = VideoTrack()
    unit = track.pack(frame(100), 0, AVCC, is_key=True)
    assert unit is not None
    again = retransmission(unit.packets[0], payload_type=98, sequence=5, ssrc=6)
    wrapped = RtpPacket.parse(again)
    assert (wrapped.payload_type, wrapped.sequence_number, wrapped.ssrc) == (98, 5, 6)
    packet = unwrap_rtx(wrapped, payload_type=102, ssrc=track.ssrc)
    assert packet.serialize() == unit.packet(0, 102)


def test_packets_are_found_over_a_wrap_and_forgotten_with_their_gop() -> None:
    track = VideoTrack()
    track._sequence = 65_530
    for at in range(10):
        track.pack(frame(3000), at * 33_333, AVCC, is_key=at in {0, 5})
    oldest = track.unit(track.first)
    for number in range(track.first, track.stop):
        unit = track.unit(number)
        for index in range(len(unit.packets)):
            assert track.find((unit.first_sequence + index) & 0xFFFF) == (number, unit, index)
    track.pack(frame(3000), 400_000, AVCC, is_key=True)
    assert track.find(oldest.first_sequence) is None


class FakePath:
    """Takes what it is sent, or nothing while it is shut."""

    tag_bytes = 10
    errors = 0

    def __init__(self) -> None:
        self.is_shut = False
        self.blocks: list[Block] = []
        self.packets: list[bytes] = []
        self.reports: list[bytes] = []

    def send_block(self, block: Block) -> bool:
        if not self.is_shut:
            self.blocks.append(block)
        return not self.is_shut

    def send_packet(self, packet: bytes) -> bool:
        self.packets.append(packet)
        return True

    def send_report(self, report: bytes) -> bool:
        self.reports.append(report)
        return True

    def close(self) -> None:
        self.is_shut = True


@pytest.fixture
def path() -> FakePath:
    return FakePath()


def viewer_of(track: VideoTrack, path: FakePath, rtx: int | None = 98) -> Viewer:
    way: Any = path
    return Viewer(
        way,
        SendBuffer(),
        b"name",
        NegotiatedTrack(track, 102, rtx),
        NegotiatedTrack(SoundTrack(), 111),
    )


def feed(track: VideoTrack, first: int, count: int, *, size: int = 3000, gop: int = 30) -> None:
    for at in range(first, first + count):
        track.pack(frame(size), at * 33_333, AVCC, is_key=at % gop == 0)


def test_who_joins_gets_the_gop_in_steps_and_then_each_frame(path: FakePath) -> None:
    track = VideoTrack()
    feed(track, 0, 50)
    viewer = viewer_of(track, path)
    viewer.join()
    steps = 1
    while viewer.flush():
        steps += 1
    sent = sum(len(block.packets) for block in path.blocks)
    assert sent == sum(len(track.unit(n).packets) for n in range(30, 50))
    assert steps > 1
    feed(track, 50, 1)
    assert viewer.flush() is False
    assert viewer.counters.frames_skipped == 0


def test_a_slow_viewer_goes_on_at_the_next_keyframe_and_is_counted(path: FakePath) -> None:
    track = VideoTrack()
    feed(track, 0, 1)
    viewer = viewer_of(track, path)
    viewer.join()
    viewer.flush()
    path.is_shut = True
    for at in range(1, 45):
        feed(track, at, 1)
        viewer.flush()
    path.is_shut = False
    path.blocks.clear()
    while viewer.flush():
        pass
    assert viewer.counters.slow == 1
    assert viewer.counters.frames_skipped == 29
    sent = sum(len(block.packets) for block in path.blocks)
    assert sent == sum(len(track.unit(n).packets) for n in range(30, 45))


def test_what_was_lost_is_sent_again_and_what_was_skipped_is_not(path: FakePath) -> None:
    track = VideoTrack()
    feed(track, 0, 40)
    viewer = viewer_of(track, path)
    viewer.join()
    while viewer.flush():
        pass
    line = viewer.video
    assert line is not None
    wanted = track.unit(35)
    skipped = track.unit(10)
    viewer.resend(line, [wanted.first_sequence, skipped.first_sequence], 1_000_000)
    assert len(path.packets) == 1
    assert RtpPacket.parse(path.packets[0]).payload_type == 98
    assert (viewer.counters.nacked, viewer.counters.resent) == (2, 1)
    assert viewer.counters.not_resent == 1
    viewer.resend(line, [wanted.first_sequence], 1_001_000)
    assert len(path.packets) == 1  # it is on its way


def test_asking_for_everything_again_and_again_is_bounded(path: FakePath) -> None:
    track = VideoTrack()
    feed(track, 0, 30, size=60_000)
    viewer = viewer_of(track, path, rtx=None)
    viewer.join()
    while viewer.flush():
        pass
    line = viewer.video
    assert line is not None
    for _ in range(5):
        for number in range(30):
            unit = track.unit(number)
            wanted = [(unit.first_sequence + n) & 0xFFFF for n in range(len(unit.packets))]
            viewer.resend(line, wanted, 1_500_000)
    assert sum(map(len, path.packets)) <= 500_000
    assert viewer.counters.not_resent > 0
