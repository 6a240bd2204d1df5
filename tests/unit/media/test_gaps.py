"""Streams whose audio or video stops: the published stream continues."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from domain.core.time import to_us
from media_server.media.packet import AudioParams, Header, Packet
from media_server.media.playlist import media_playlist
from media_server.media.segmenter import Segmenter
from media_server.media.span import plan
from media_server.relay.live import LiveStream
from tests.fakes.clock import FakeClock
from tests.unit.media.scripted import (
    AUDIO,
    BOTH,
    FRAME_US,
    OTHER_VIDEO,
    START,
    VIDEO,
    audio,
    both,
    video,
)

S = 1_000_000
OPUS = AudioParams("opus", b"OpusHead\x01\x02" + bytes(9), 48_000, 2)


class Air:
    """A stream and its playlist, fed by script."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.stream = LiveStream("stream_a", 120 * S, 1 << 28, self.clock)
        self.ring = self.stream.ring
        self.segmenter = Segmenter(self.ring)
        self._inlet = self.stream.inlet()

    def send(self, packet: Packet, header: Header = BOTH, *, after_s: float = 0.0) -> None:
        self.clock.advance(after_s)
        self._inlet.post(packet, header)
        self.stream.drain()
        self.segmenter.advance()

    def play(self, packets: Iterable[Packet], header: Header = BOTH, *, lag_us: int = 0) -> None:
        """Send packets in the order and at the pace of their times, audio `lag_us` later."""

        def due(packet: Packet) -> int:
            return packet.dts_us + (lag_us if packet.track == "audio" else 0)

        began = self.clock.now()
        ordered = sorted(packets, key=due)
        for packet in ordered:
            elapsed = to_us(self.clock.now()) - to_us(began)
            wait = due(packet) - due(ordered[0]) - elapsed
            self.send(packet, header, after_s=max(0, wait) / 1e6)

    @property
    def published_us(self) -> int:
        segment = self.segmenter.state().segments[-1]
        return segment.start_us + sum(part.duration_us for part in segment.parts)

    def sounds(self) -> tuple[list[int], list[bool]]:
        """Return when each packet of sound held begins, and whether it is real."""
        runs = [chunk.all() for chunk in self.ring.audio.chunks]
        times = [int(pts) for run in runs for pts in run.pts_us]
        return times, [bytes(data)[:1] == b"a" for run in runs for data in run.packets()]

    def pictures(self) -> list[tuple[int, int]]:
        """Return when each picture held is shown, and which it is."""
        runs = [chunk.all() for chunk in self.ring.video.chunks]
        return [
            (int(pts) - START, int.from_bytes(bytes(data)[:4], "big"))
            for run in runs
            for pts, data in zip(run.pts_us, run.packets(), strict=True)
        ]

    def every_part_has_sound(self) -> bool:
        parts = [
            b"".join(self.segmenter.part(line.number, index) or [])
            for line in self.segmenter.state().segments
            for index in range(len(line.parts))
        ]
        return bool(parts) and all(part.count(b"traf") == 2 for part in parts)


def frames(start_s: float, end_s: float) -> list[Packet]:
    return [video(n) for n in range(round(start_s * 25), round(end_s * 25))]


def sounds(start_s: float, end_s: float) -> list[Packet]:
    return [audio(n) for n in range(round(start_s * 46.875), round(end_s * 46.875))]


def is_seamless(times: list[int], most_us: int = 43_000) -> bool:
    return all(0 < b - a <= most_us for a, b in pairwise(times))


@pytest.mark.parametrize("params", [AUDIO, OPUS], ids=["aac", "opus"])
def test_sound_that_is_announced_and_never_sent_is_silence(params: AudioParams) -> None:
    air = Air()
    air.play(frames(0, 10), Header(VIDEO, params))
    assert START + 10 * S - air.published_us <= 200_000 + FRAME_US
    assert air.every_part_has_sound()
    times, real = air.sounds()
    assert times[0] == START
    assert is_seamless(times)
    assert not any(real)
    assert air.segmenter.state().segments[0].start_us == START


def test_sound_that_ends_goes_on_as_silence_and_comes_back() -> None:
    air = Air()
    air.play([*frames(0, 20), *sounds(0, 5), *sounds(12, 20)])
    assert START + 20 * S - air.published_us <= 200_000 + FRAME_US
    assert air.every_part_has_sound()
    assert "DISCONTINUITY\n" not in media_playlist(air.segmenter.state())
    times, real = air.sounds()
    assert is_seamless(times)
    made = [time - START for time, is_real in zip(times, real, strict=True) if not is_real]
    assert 4.9 * S < made[0] < 5.1 * S
    assert 11.9 * S < made[-1] < 12.1 * S
    assert sum(real) >= len(sounds(0, 5)) + len(sounds(12, 20)) - 3


def test_sound_that_comes_back_late_is_kept_from_where_silence_ends() -> None:
    air = Air()
    air.play([*frames(0, 20), *sounds(0, 5), *sounds(12, 20)], lag_us=800_000)
    times, real = air.sounds()
    assert is_seamless(times)
    made = [time - START for time, is_real in zip(times, real, strict=True) if not is_real]
    assert 12.7 * S < made[-1] < 12.9 * S


def test_pauses_of_sound_are_filled_when_it_goes_on() -> None:
    air = Air()
    bits = [packet for n in range(0, 500, 19) for packet in sounds(0, 11)[n : n + 1]]
    air.play([*frames(0, 10), *bits], Header(VIDEO, AUDIO))
    times, real = air.sounds()
    assert is_seamless(times)
    assert sum(real) == len(bits)


@pytest.mark.parametrize("lag_us", [0, 400_000, 1_400_000])
def test_nothing_is_filled_in_for_sound_that_comes(lag_us: int) -> None:
    air = Air()
    air.play(both(12), lag_us=lag_us)
    assert all(air.sounds()[1])
    assert air.pictures() == [(n * FRAME_US, n) for n in range(300)]


def test_a_stream_that_is_well_is_published_at_once() -> None:
    air = Air()
    for packet in both(6):
        air.play([packet])
        if packet.track == "video" and packet.dts_us > START + S:
            assert packet.dts_us - air.published_us <= 200_000 + FRAME_US


def test_tracks_that_come_by_turns_are_not_missing() -> None:
    air = Air()
    for start in range(0, 24, 6):  # fragments of 6 s that are not interleaved
        for packet in [*frames(start, start + 6), *sounds(start, start + 6)]:
            air.send(packet)
        air.clock.advance(6)
    assert all(air.sounds()[1])
    assert len(air.pictures()) == 600


def test_silence_that_was_wrong_is_not_made_again() -> None:
    air = Air()
    for start in range(0, 24, 6):  # the same on a network that is hardly fast enough
        for packet in frames(start, start + 6):
            air.send(packet, after_s=4.0 / 150)
        for packet in sounds(start, start + 6):
            air.send(packet)
        air.clock.advance(1)
    times, real = air.sounds()
    made = [time for time, is_real in zip(times, real, strict=True) if not is_real]
    assert made
    assert max(made) < START + 6.1 * S


def test_a_pause_of_both_is_no_absence() -> None:
    air = Air()
    air.play(both(3))
    air.clock.advance(8)
    air.play([*frames(11.04, 14), *sounds(11, 14)])  # sound first
    assert [n for _, n in air.pictures() if n < 75] == list(range(75))
    assert {n for _, n in air.pictures() if n >= 75} == set(range(276, 350))


def test_a_picture_that_ends_stands_while_sound_goes_on() -> None:
    air = Air()
    air.play([*frames(0, 5.4), *sounds(0, 20)])
    assert START + 20 * S - air.published_us <= 1_600_000
    assert air.every_part_has_sound()
    assert "DISCONTINUITY\n" not in media_playlist(air.segmenter.state())
    stills = [(pts, n) for pts, n in air.pictures() if pts >= 5.4 * S]
    assert {n for _, n in stills} == {125}  # the keyframe at 5 s
    assert [pts for pts, _ in stills[:3]] == [5_400_000, 5_900_000, 6_400_000]
    window = air.ring.window()
    assert window is not None
    assert START + 19 * S <= window[1] <= START + 20 * S
    source = air.ring.frame_bytes(air.ring.frame_at(START + 15 * S))
    assert int.from_bytes(source.data[:4], "big") == 125
    assert len(source.sizes) == 1
    span = plan(air.ring.select(START + 4 * S, START + 15 * S))
    assert (span.start_us, span.end_us) == (START + 4 * S, START + 15 * S)
    assert span.reason is None


def test_a_picture_that_returns_is_taken_from_its_keyframe() -> None:
    air = Air()
    air.play([*frames(0, 5.4), *sounds(0, 20), *frames(12.2, 20)])
    shown = air.pictures()
    assert [n for _, n in shown if n > 135] == list(range(325, 500))
    assert is_seamless([pts for pts, _ in shown], 1_000_000)
    assert START + 20 * S - air.published_us <= 200_000 + FRAME_US
    assert "DISCONTINUITY\n" not in media_playlist(air.segmenter.state())


def test_a_picture_that_returns_late_is_not_run_ahead_of_for_ever() -> None:
    air = Air()
    seldom = [video(n, gop=250) for n in range(1000) if n < 135 or n >= 305]
    air.play([*seldom, *sounds(0, 40)], lag_us=-2_000_000)
    assert air.pictures()[-1][1] == 999


def test_a_keyframe_stands_at_its_own_offset_among_b_frames() -> None:
    air = Air()
    late = [packet._replace(pts_us=packet.pts_us + 2 * FRAME_US) for packet in frames(0, 5)]
    air.play([*late, *sounds(0, 12)])
    run = air.ring.video.chunks[-1].all()
    assert int(run.pts_us[0] - run.dts_us[0]) == 2 * FRAME_US
    assert np.all(np.diff([chunk.start_us for chunk in air.ring.video.chunks]) > 0)


def test_slides_are_kept_as_they_come() -> None:
    air = Air()
    slides = [
        video(n, gop=4)._replace(pts_us=START + n * 4 * S, dts_us=START + n * 4 * S)
        for n in range(10)
    ]
    air.play([*slides, *sounds(0, 40)])
    lost = {*range(10)} - {n for _, n in air.pictures()}
    assert lost <= {1, 2, 3}  # a decoder could not show them after the first stand-in


def test_a_picture_that_is_announced_and_never_sent_leaves_the_header() -> None:
    air = Air()
    air.play(sounds(0, 14))
    assert START + 14 * S - air.published_us <= 300_000
    lines = air.segmenter.state().segments
    assert START + 2.9 * S < lines[0].start_us < START + 3.3 * S
    assert b"".join(air.segmenter.part(lines[0].number, 0) or []).count(b"traf") == 1
    assert b"vide" not in (air.segmenter.init(1) or b"vide")
    air.play(both(6, start=START + 14 * S))
    assert air.ring.header == BOTH
    (change,) = (line for line in air.segmenter.state().segments if line.discontinuity)
    assert change.start_us == START + 14 * S
    assert air.published_us > START + 19 * S


def test_sound_that_silence_cannot_replace_leaves_the_header() -> None:
    air = Air()
    header = Header(VIDEO, replace(AUDIO, extradata=bytes.fromhex("b98c00")))  # AAC-LD
    air.play([*frames(0, 10), *sounds(0, 2)], header)
    assert air.ring.header == Header(VIDEO, None)
    assert START + 10 * S - air.published_us <= 200_000 + FRAME_US


def test_a_break_begins_anew() -> None:
    air = Air()
    air.play([*frames(0, 5), *sounds(0, 10)])
    packet = video(375, gop=25)
    air.stream.inlet().post(packet, Header(OTHER_VIDEO, AUDIO), discontinuity=True)
    air.stream.drain()
    assert air.pictures()[-1] == (15 * S, 375)


def test_stand_ins_are_marked_for_readers_that_need_none() -> None:
    air = Air()
    reader = air.stream.read()
    air.play([*frames(0, 5), *sounds(0, 1)])
    came = reader.take()
    assert {each.is_filler for each in came if each.packet.track == "video"} == {False}
    assert {each.is_filler for each in came if each.packet.track == "audio"} == {False, True}


def test_sound_of_another_format_is_silence_until_the_next_keyframe() -> None:
    air = Air()
    air.play([*frames(0, 2.4), *sounds(0, 2.4)])
    mono = AudioParams("aac", bytes.fromhex("1188"), 48_000, 1)
    air.play([*frames(2.4, 6), *sounds(2.4, 6)], Header(VIDEO, mono))
    times, real = air.sounds()
    assert is_seamless(times)
    made = [time - START for time, is_real in zip(times, real, strict=True) if not is_real]
    assert 2.3 * S < made[0] < 2.5 * S
    assert 2.9 * S < made[-1] < 3 * S
    assert air.every_part_has_sound()
