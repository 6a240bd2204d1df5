"""Clips of real H.264 start and end on the exact source frame, with audio in sync."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from domain.core.errors import UnsupportedMedia
from media_server.media import mp4
from media_server.media.packet import Header
from media_server.media.ring import Ring
from tests.integration.media.material import (
    BASE_US,
    Look,
    Material,
    ffmpeg_frames,
    ffmpeg_sound,
    make,
    pyav_frames,
    read,
)

pytestmark = pytest.mark.ffmpeg
S = 1_000_000


def write(ring: Ring, start: int, end: int, path: Path) -> mp4.ClipInfo:
    clip = mp4.write(ring.select(start, end))
    data = b"".join(clip.buffers)
    assert len(data) == clip.info.byte_size
    assert data.index(b"moov") < data.index(b"mdat")
    path.write_bytes(data)
    return clip.info


def expected(material: Material, start: int, end: int) -> list[str]:
    shown = material.shown
    first = max(pts for pts in shown if pts <= start)
    return [material.frames[pts] for pts in shown if first <= pts < end]


def spans(ring: Ring, seed: int, count: int, least: int = 40_000) -> list[tuple[int, int]]:
    window = ring.window()
    assert window is not None
    spread = random.Random(seed)
    found = []
    for _ in range(count):
        start = spread.randrange(window[0], window[1] - least)
        found.append((start, spread.randrange(start + least, window[1] + 1)))
    return found


@pytest.mark.parametrize("name", ["flower", "friday", "plain", "b-frames", "opus", "silent"])
def test_clips_begin_and_end_on_the_frames_asked_for(
    name: str, materials: dict[str, Material], tmp_path: Path, ffmpeg: str
) -> None:
    material = materials[name]
    ring = material.ring()
    for start, end in spans(ring, 11, 8):
        info = write(ring, start, end, tmp_path / "clip.mp4")
        want = expected(material, start, end)
        seen = ffmpeg_frames(tmp_path / "clip.mp4", ffmpeg)
        assert seen.hashes == want
        assert seen.times[0] == 0
        assert pyav_frames(tmp_path / "clip.mp4") == want
        assert info.start_us == max(pts for pts in material.shown if pts <= start)
        assert info.has_audio == (material.header.audio is not None)
        assert info.complete


def test_every_frame_of_a_film_as_start_and_end(
    materials: dict[str, Material], tmp_path: Path
) -> None:
    material = materials["friday"]
    ring = material.ring()
    shown = material.shown
    for number in range(0, len(shown) - 12, 7):
        start, end = shown[number], shown[number + 9]
        info = write(ring, start, end, tmp_path / "clip.mp4")
        assert pyav_frames(tmp_path / "clip.mp4") == [
            material.frames[t] for t in shown[number:][:9]
        ]
        assert (info.start_us, info.end_us) == (start, end)


def test_open_gops_show_their_leading_pictures(
    materials: dict[str, Material], tmp_path: Path
) -> None:
    material = materials["open-gop"]
    ring = material.ring()
    for start, end in spans(ring, 3, 12):
        write(ring, start, end, tmp_path / "clip.mp4")
        assert pyav_frames(tmp_path / "clip.mp4") == expected(material, start, end)


@pytest.mark.parametrize("name", ["friday", "plain", "opus"])
def test_sound_is_in_sync(
    name: str,
    materials: dict[str, Material],
    paths: dict[str, Path],
    tmp_path: Path,
    ffmpeg: str,
) -> None:
    material = materials[name]
    assert material.header.audio is not None
    rate = material.header.audio.sample_rate
    film = ffmpeg_sound(paths[name], ffmpeg, rate)
    ring = material.ring()
    for start, end in spans(ring, 5, 4, least=2_200_000):
        info = write(ring, start, end, tmp_path / "clip.mp4")
        cut = ffmpeg_sound(tmp_path / "clip.mp4", ffmpeg, rate)
        at = round((info.start_us - BASE_US) * rate / S)
        assert abs(offset(film, cut, at, rate)) <= 0.020
        assert abs(len(cut) / rate - (info.end_us - info.start_us) / S) < 0.025


def offset(film: NDArray[np.float32], cut: NDArray[np.float32], at: int, rate: int) -> float:
    """Return by how many seconds a cut's sound lies away from where the film has it."""
    piece = cut[: min(len(cut), rate * 3 // 2)]
    low = max(0, at - rate // 10)
    around = film[low : low + len(piece) + rate // 5]
    size = 1 << int(np.ceil(np.log2(len(around) + len(piece))))
    product = np.fft.rfft(around, size) * np.conj(np.fft.rfft(piece, size))
    best = int(np.argmax(np.fft.irfft(product, size)[: len(around) - len(piece) + 1]))
    return (best + low - at) / rate


def later(material: Material, by_us: int) -> Material:
    """The same film at another time."""
    moved = [
        packet._replace(pts_us=packet.pts_us + by_us, dts_us=packet.dts_us + by_us)
        for packet in material.packets
    ]
    frames = {pts + by_us: value for pts, value in material.frames.items()}
    return Material(material.header, moved, frames)


def joined(first: Material, second: Material) -> Ring:
    ring = Ring(10**12, 10**10)
    for material in (first, second):
        for number, packet in enumerate(material.packets):
            again = material is second and number == 0
            ring.append(packet, material.header, discontinuity=again)
    return ring


def test_a_change_of_resolution_in_the_middle(tmp_path: Path, ffmpeg: str) -> None:
    small = read(make(tmp_path / "small.mp4", Look(seconds=3, gop=30)))
    large = read(make(tmp_path / "large.mp4", Look(seconds=3, gop=30, size=(640, 360))))
    large = later(large, 3 * S)
    both = joined(small, large)
    info = write(both, BASE_US + S, BASE_US + 5 * S, tmp_path / "clip.mp4")
    assert info.complete
    assert (info.width, info.height) == (320, 180)
    want = expected(small, BASE_US + S, BASE_US + 5 * S)
    want += [large.frames[pts] for pts in large.shown if pts < BASE_US + 5 * S]
    assert pyav_frames(tmp_path / "clip.mp4") == want


@pytest.mark.parametrize(("start_s", "end_s"), [(0.5, 4.0), (2.0, 5.5)])
def test_where_the_sound_changes_the_longer_part_is_kept(
    tmp_path: Path, ffmpeg: str, start_s: float, end_s: float
) -> None:
    first = read(make(tmp_path / "a.mp4", Look(seconds=3, gop=30)))
    second = later(read(make(tmp_path / "b.mp4", Look(seconds=3, gop=30, rate=44_100))), 3 * S)
    ring = joined(first, second)
    start, end = BASE_US + round(start_s * S), BASE_US + round(end_s * S)
    info = write(ring, start, end, tmp_path / "clip.mp4")
    assert not info.complete
    assert info.reason is not None
    assert "audio format changed" in info.reason
    assert 2.4 * S < info.end_us - info.start_us < 2.6 * S
    seen = ffmpeg_frames(tmp_path / "clip.mp4", ffmpeg)
    film, shown_from = (first, start) if start_s < 1 else (second, BASE_US + 3 * S)
    assert seen.hashes == expected(film, shown_from, end)


def test_a_gap_keeps_picture_and_sound_together(
    materials: dict[str, Material], tmp_path: Path, ffmpeg: str
) -> None:
    first = materials["plain"]
    second = later(first, 8 * S)  # 6 s of it, then nothing for 2 s
    ring = joined(first, second)
    start = BASE_US + 5 * S
    write(ring, start, BASE_US + 11 * S, tmp_path / "clip.mp4")
    seen = ffmpeg_frames(tmp_path / "clip.mp4", ffmpeg)
    flashes = [
        t for t, h in zip(seen.times, seen.hashes, strict=True) if h == first.frames[BASE_US]
    ]
    cut = ffmpeg_sound(tmp_path / "clip.mp4", ffmpeg, 48_000)
    for flash in flashes:
        at = round(flash * 48_000)
        if at + 4800 < len(cut):
            beep = np.abs(cut[at + 1000 : at + 3800]).mean()
            assert beep > 0.2, flash  # the beep of that very second
    assert 3.0 in [round(t, 3) for t in flashes]


def test_picture_alone_and_sound_alone(
    materials: dict[str, Material], tmp_path: Path, ffmpeg: str
) -> None:
    material = materials["plain"]
    sound = Header(None, material.header.audio)
    ring = Ring(10**12, 10**10)
    for packet in material.packets:
        if packet.track == "audio":
            ring.append(packet, sound)
    info = write(ring, BASE_US + S, BASE_US + 3 * S, tmp_path / "clip.mp4")
    assert (info.has_video, info.has_audio, info.duration_ms) == (False, True, 2000)
    assert abs(len(ffmpeg_sound(tmp_path / "clip.mp4", ffmpeg, 48_000)) / 48_000 - 2) < 0.025


def test_a_damaged_header_is_refused(materials: dict[str, Material]) -> None:
    material = materials["silent"]
    video = material.header.video
    assert video is not None
    ring = Ring(10**12, 10**10)
    for packet in material.packets:
        ring.append(packet, Header(replace(video, extradata=video.extradata[:9]), None))
    with pytest.raises(UnsupportedMedia):
        mp4.write(ring.select(BASE_US + S, BASE_US + 2 * S))
