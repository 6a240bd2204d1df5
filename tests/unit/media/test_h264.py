"""H.264 headers and samples; damaged input is only ever refused."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.core.errors import UnsupportedMedia
from media_server.media.h264 import (
    Converter,
    build_avcc,
    codec_string,
    join_avcc,
    parse_avcc,
    split_annexb,
    split_avcc,
)
from media_server.media.keyframes import is_keyframe
from media_server.media.sps import parse_sps
from tests.unit.media.scripted import PPS, SPS

IDR = b"\x65\x88\x80\x10"
P = b"\x41\x9a\x02\x03"


def test_a_sequence_parameter_set_is_read() -> None:
    found = parse_sps(SPS)
    assert (found.profile, found.level) == (100, 31)
    assert (found.width, found.height) == (1280, 720)
    assert found.sar == (1, 1)


def test_avcc_goes_round() -> None:
    avcc = build_avcc([SPS], [PPS])
    assert parse_avcc(avcc) == (4, [SPS], [PPS])
    assert codec_string(avcc) == "avc1.64001f"


@given(
    st.lists(st.binary(min_size=1, max_size=40).map(lambda b: b"\x41" + b + b"\x80"), min_size=1)
)
def test_start_codes_become_lengths(units: list[bytes]) -> None:
    units = [unit.replace(b"\0\0", b"\0\1") for unit in units]
    stream = b"".join(b"\0\0\0\1" + unit for unit in units)
    split = split_annexb(stream)
    assert [bytes(unit) for unit in split] == units
    assert [bytes(unit) for unit in split_avcc(join_avcc(split))] == units


def test_a_converter_learns_parameter_sets_in_band() -> None:
    converter = Converter()
    start = b"\0\0\0\1"
    sample, key = converter.convert(start + SPS + start + PPS + b"\0\0\1" + IDR)
    assert sample == len(IDR).to_bytes(4, "big") + IDR
    assert key
    assert converter.params is not None
    assert (converter.params.width, converter.params.height) == (1280, 720)
    before = converter.params
    assert converter.convert(start + P) == (len(P).to_bytes(4, "big") + P, False)
    assert converter.params is before


def test_a_length_that_looks_like_a_start_code_is_a_length() -> None:
    converter = Converter(build_avcc([SPS], [PPS]))
    unit = b"\x41\x9a" + bytes([7]) * 298  # 300 bytes: its length is 00 00 01 2c
    sample = len(unit).to_bytes(4, "big") + unit
    assert sample[:3] == b"\0\0\1"
    assert converter.convert(sample) == (sample, False)


def test_start_codes_are_taken_although_avcc_was_declared() -> None:
    converter = Converter(build_avcc([SPS], [PPS]))
    assert converter.convert(b"\0\0\0\1" + IDR) == (len(IDR).to_bytes(4, "big") + IDR, True)


def test_an_exact_recovery_point_is_a_keyframe_and_a_gradual_one_is_not() -> None:
    intra = memoryview(b"\x41\x88\x80\x10")  # first_mb 0, slice_type 7
    exact = memoryview(b"\x06\x06\x01\x84\x80")
    gradual = memoryview(b"\x06\x06\x01\x44\x80")
    assert is_keyframe([exact, intra])
    assert not is_keyframe([gradual, intra])
    assert not is_keyframe([intra])
    assert not is_keyframe([exact, memoryview(P)])


def _units(sample: bytes) -> list[bytes]:
    return [bytes(unit) for unit in split_avcc(sample)]


# The same with another pic_init_qp, and one of another id.
OTHER_PPS, SECOND_PPS = b"\x68\xeb\xec\xb2\x2d", b"\x68\x5b\xec\xb2\x2c"


SMALL_SPS = bytes.fromhex("6764000bacb2051b42000003000200000300651e285490")


def _started() -> Converter:
    converter = Converter(build_avcc([SPS], [PPS]))
    assert converter.convert(_annexb(IDR)) == (join_avcc([memoryview(IDR)]), True)
    return converter


def _annexb(*units: bytes) -> bytes:
    return b"".join(b"\0\0\0\1" + unit for unit in units)


@pytest.mark.parametrize("new", [OTHER_PPS, SECOND_PPS])
def test_parameter_sets_that_change_within_a_gop_stay_in_band(new: bytes) -> None:
    converter = _started()
    before = converter.params
    assert _units(converter.convert(_annexb(new, P))[0]) == [new, P]
    assert _units(converter.convert(_annexb(new, P))[0]) == [P]  # said once
    sets = [SPS, *({PPS, new} if new == SECOND_PPS else {new})]
    for _ in range(2):  # decoding may start at any keyframe
        units = _units(converter.convert(_annexb(IDR))[0])
        assert (units[0], {*units[1:-1]}, units[-1]) == (SPS, {*sets[1:]}, IDR)
    assert converter.params is before  # no new section
    converter.convert(_annexb(PPS, P))
    assert converter.has_changed == (new == SECOND_PPS)
    if new == OTHER_PPS:
        assert _units(converter.convert(_annexb(IDR))[0]) == [IDR]  # as it was declared


def test_sets_of_a_packet_of_their_own_are_not_lost() -> None:
    converter = _started()
    with suppress(UnsupportedMedia):
        converter.convert(_annexb(OTHER_PPS))
    assert _units(converter.convert(_annexb(P))[0]) == [OTHER_PPS, P]


def test_another_size_begins_with_its_keyframe() -> None:
    converter = _started()
    before = converter.params
    assert _units(converter.convert(_annexb(SMALL_SPS, P))[0]) == [SMALL_SPS, P]
    assert converter.params is before
    assert _units(converter.convert(_annexb(IDR))[0]) == [IDR]
    assert converter.params is not None
    assert (converter.params.width, converter.params.height) == (160, 96)


def test_a_header_that_is_declared_anew_is_one_in_band() -> None:
    converter = _started()
    before = converter.params
    converter.declare(build_avcc([SPS], [OTHER_PPS]))
    assert _units(converter.convert(_annexb(P))[0]) == [OTHER_PPS, P]
    assert converter.params is before


def test_a_header_that_was_never_used_leaves_no_trace() -> None:
    converter = _started()
    converter.declare(build_avcc([SPS], [OTHER_PPS]))
    converter.declare(build_avcc([SPS], [PPS]))
    assert converter.has_changed  # the next picture is told
    assert _units(converter.convert(_annexb(IDR))[0]) == [IDR]
    assert not converter.has_changed


def test_a_damaged_header_changes_nothing() -> None:
    converter = _started()
    with pytest.raises(UnsupportedMedia):
        converter.convert(_annexb(SPS[:6], P))
    assert converter.convert(_annexb(IDR)) == (join_avcc([memoryview(IDR)]), True)


def test_packets_without_a_picture_are_refused() -> None:
    with pytest.raises(UnsupportedMedia):
        Converter().convert(b"\0\0\0\1" + SPS)
    with pytest.raises(UnsupportedMedia):
        Converter(build_avcc([SPS], [PPS])).convert(b"\0\0\xff\xff" + P)


@settings(max_examples=300)
@given(st.binary(max_size=80), st.integers(0, 25), st.integers(0, 255))
def test_damage_is_refused_and_nothing_else(noise: bytes, at: int, value: int) -> None:
    bent = bytearray(SPS)
    bent[at] = value
    for data in (noise, b"\x67" + noise, bytes(bent), SPS[:at]):
        with suppress(UnsupportedMedia):
            parse_sps(data)
    for extradata in (noise, b"\x01" + noise, build_avcc([SPS], [PPS])[: at + 2]):
        with suppress(UnsupportedMedia):
            Converter(extradata or None).convert(noise)
