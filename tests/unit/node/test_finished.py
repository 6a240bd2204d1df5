"""Cutting a finished file: only what is needed is read; no frame changes, and none is turned."""

import io
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from media_server.ingest.finished import ORIGIN_US, ring_of
from media_server.media import mp4
from media_server.media.films import look_at
from media_server.media.still import render
from tests.conftest import command
from tests.support.films import write_film, write_talk


def cut(path: Path, start_us: int, end_us: int) -> bytes:
    ring = ring_of(path, (start_us, end_us))
    return b"".join(mp4.write(ring.select(ORIGIN_US + start_us, ORIGIN_US + end_us)).buffers)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("talk") / "talk.mp4"
    write_talk(path, seconds=30)
    return path


@pytest.mark.parametrize(("start_us", "end_us"), [(0, 900_000), (20_020_000, 22_511_000)])
def test_a_part_has_exactly_its_frames(talk: Path, start_us: int, end_us: int) -> None:
    part = cut(talk, start_us, end_us)
    (talk.parent / "part.mp4").write_bytes(part)
    shown = pictures(talk)[start_us // 40_000 : -(-end_us // 40_000)]
    assert pictures(talk.parent / "part.mp4") == shown


def test_a_recorded_broadcast_is_cut_from_its_own_beginning(tmp_path: Path) -> None:
    path, shift_s = tmp_path / "talk.flv", 1000
    write_talk(tmp_path / "talk.mp4", seconds=6)
    with av.open(str(tmp_path / "talk.mp4")) as source, av.open(str(path), "w") as out:
        made = {stream: out.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is not None and packet.pts is not None:
                ticks = round(shift_s / packet.time_base)
                packet.pts, packet.dts = packet.pts + ticks, packet.dts + ticks
                packet.stream = made[packet.stream]
                out.mux(packet)
    with av.open(str(path)) as container:
        start = (container.start_time or 0) / 1_000_000
        frames = [
            (frame.time - start, frame.to_ndarray().tobytes())
            for frame in container.decode(video=0)
        ]
    assert start > shift_s - 1
    (tmp_path / "part.mp4").write_bytes(cut(path, 3_010_000, 4_510_000))
    shown = [frame for at, frame in frames if 3.010 - 0.040 < at < 4.510]
    assert pictures(tmp_path / "part.mp4") == shown


def test_a_variable_frame_rate_is_cut_by_the_frames_own_times(tmp_path: Path) -> None:
    path, at_ms = tmp_path / "film.mp4", [0]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"bf": "3", "g": "40"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number in range(120):
            shade = np.full((96, 160, 3), number * 2, np.uint8)
            frame = VideoFrame.from_ndarray(shade, "rgb24")
            frame.pts, frame.time_base = at_ms[-1], Fraction(1, 1000)
            at_ms.append(at_ms[-1] + (17, 33, 170, 41, 8)[number % 5])
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    shown = pictures(path)
    for start_ms, end_ms in ((0, 500), (1234, 3456), (4005, 4006)):
        (tmp_path / "part.mp4").write_bytes(cut(path, start_ms * 1000, end_ms * 1000))
        first = max(number for number, at in enumerate(at_ms) if at <= start_ms)
        last = max(number for number, at in enumerate(at_ms) if at < end_ms)
        assert pictures(tmp_path / "part.mp4") == shown[first : last + 1]


def pictures(path: Path) -> list[bytes]:
    """Return a film's frames from the time 0 on."""
    with av.open(str(path)) as container:
        return [
            frame.to_ndarray().tobytes()
            for frame in container.decode(video=0)
            if (frame.time or 0) >= 0
        ]


def test_little_of_a_long_file_is_read(talk: Path) -> None:
    whole, part = ring_of(talk), ring_of(talk, (20_000_000, 21_000_000))
    assert part.byte_size < whole.byte_size / 2


def write_held_sideways(path: Path, codec: str) -> None:
    """Write a film whose left half is white, and which its player shall turn by a quarter."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.set_display_rotation(90)
        picture = np.zeros((96, 160, 3), np.uint8)
        picture[:, :80] = 255
        for number in range(25):
            frame = VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_what_a_camera_held_sideways_recorded_is_upright(tmp_path: Path, codec: str) -> None:
    source, part = tmp_path / "film.mp4", tmp_path / "part.mp4"
    write_held_sideways(source, codec)
    whole = look_at(source, 0, image_format="png", max_width=None)
    part.write_bytes(cut(source, 0, 900_000))
    film = look_at(part, 0, image_format="png", max_width=None)
    assert (film.width, film.height) == (whole.width, whole.height) == (96, 160)
    ring = ring_of(source)
    still = render(ring.frame_bytes(ring.frame_at(ORIGIN_US)), image_format="png", max_width=48)
    assert (still.width, still.height) == (48, 80)
    for shot in (whole.data, film.data, still.data):
        pixels = np.asarray(Image.open(io.BytesIO(shot)).convert("L"))
        assert pixels[-1].mean() > 200  # the left became the bottom
        assert pixels[0].mean() < 50


@pytest.mark.ffmpeg
def test_a_pixel_aspect_of_the_container_is_kept(tmp_path: Path) -> None:
    plain, source, part = (tmp_path / name for name in ("a.mp4", "film.mkv", "part.mp4"))
    write_film(plain, "libx264")
    arguments = ["-v", "error", "-i", str(plain), "-c", "copy", "-aspect", "8:3", str(source)]
    subprocess.run([command("ffmpeg"), *arguments], check=True)
    part.write_bytes(cut(source, 0, 40_000))
    film = look_at(part, 0, image_format="png", max_width=None)
    assert (film.width, film.height) == (480, 180)
