"""RTP payloads of each codec, and garbage in their place."""

import random
from collections.abc import Callable

import pytest

from domain.core.errors import UnsupportedMedia
from media_server.ingest.webrtc.payload_av1 import av1_frame, av1_starts
from media_server.ingest.webrtc.payload_h264 import nal_units, starts
from media_server.ingest.webrtc.payload_vpx import vp8_frame, vp8_starts, vp9_frame, vp9_starts
from media_server.ingest.webrtc.sync import Sync

SPS, PPS, IDR = b"\x67abc", b"\x68de", b"\x65" + bytes(range(250)) * 2


def test_h264_of_all_three_packagings() -> None:
    together = b"\x78" + b"".join(len(u).to_bytes(2, "big") + u for u in (SPS, PPS))
    fragments = [
        b"\x7c" + bytes([flags | 5]) + IDR[start:stop]
        for flags, start, stop in ((0x80, 1, 200), (0, 200, 400), (0x40, 400, 501))
    ]
    units = nal_units([together, *fragments, b"\x61z"])
    assert [bytes(unit) for unit in units] == [SPS, PPS, IDR, b"\x61z"]
    assert starts(together)
    assert not starts(fragments[1])
    with pytest.raises(UnsupportedMedia):
        nal_units(fragments[1:])
    with pytest.raises(UnsupportedMedia):
        nal_units(fragments[:2])


def test_vp8_descriptors_are_cut_off() -> None:
    assert vp8_frame([b"\x10\x00key", b"\x00more"]) == (b"\x00keymore", True)
    assert vp8_frame([b"\x90\xe0\x81\x02\x03\x20\x01delta"]) == (b"\x01delta", False)
    assert vp8_starts(b"\x10\x00key")
    assert not vp8_starts(b"\x10\x01")


def test_vp9_descriptors_are_cut_off() -> None:
    assert vp9_frame([b"\x8c\x81\x02key", b"\x84\x81\x02more"]) == (b"keymore", True)
    assert vp9_frame([b"\xcc\x81\x02delta"]) == (b"delta", False)
    structure = bytes([0b0001_1000]) + b"\x05\x00\x02\xd0" + b"\x01" + b"\x04\x01"
    assert vp9_frame([b"\x8e\x81\x02" + structure + b"key"])[0] == b"key"


def test_av1_elements_become_units_with_sizes() -> None:
    sequence, frame = b"\x08SEQ", b"\x30" + b"f" * 200
    first = b"\x28" + bytes([len(sequence)]) + sequence + frame[:100]
    first = bytes([first[0] | 0x40]) + first[1:]
    data, is_key = av1_frame([first, b"\x90" + frame[100:]])
    assert data == b"\x12\x00" + b"\x0a\x03SEQ" + b"\x32\xc8\x01" + b"f" * 200
    assert is_key


@pytest.mark.parametrize("unpack", [nal_units, vp8_frame, vp9_frame, av1_frame])
def test_garbage_is_refused_or_read(unpack: Callable[[list[bytes]], object]) -> None:
    chance = random.Random(2)
    for _ in range(3000):
        payloads = [
            chance.randbytes(chance.randrange(1, 40)) for _ in range(chance.randrange(1, 4))
        ]
        for tells in (starts, vp8_starts, vp9_starts, av1_starts):
            tells(payloads[0])
        try:
            unpack(payloads)
        except UnsupportedMedia:
            continue


def test_sound_is_moved_to_where_the_reports_have_it() -> None:
    """Sound came 80 ms late on the network: the reports tell, and it moves without a jump."""
    sync, ntp = Sync(), 3_900_000_000 << 32
    video, audio = 4_294_900_000, 1000
    sync.place("video", video, 1_000_000)
    sync.place("audio", audio, 1_080_000)
    sync.report("video", video, ntp)
    sync.report("audio", audio, ntp)
    before, steps = 1_080_000, []
    for count in range(1, 400):
        now = sync.place("audio", (audio + 960 * count) & 0xFFFFFFFF, 0)
        steps.append(now - before)
        before = now
    assert min(steps) >= 19_500
    assert sync.error_us == 0
    assert before == 1_000_000 + 399 * 20_000
    at = sync.place("video", (video + 90_000) & 0xFFFFFFFF, 0)  # over the wrap of 32 bits
    assert at == 2_000_000


def test_reports_that_say_nothing_are_not_followed() -> None:
    sync = Sync()
    sync.report("video", 5, 1 << 40)
    sync.place("video", 0, 0)
    sync.place("audio", 0, 0)
    sync.report("video", 0, 0)
    sync.report("audio", 0, 3_900_000_000 << 32)
    assert sync.error_us == 0
