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

from domain.core.errors import BadInput
from media_server.ingest.finished import ORIGIN_US, part_of, ring_of
from media_server.media import mp4
from media_server.media.films import look_at
from media_server.media.still import render
from tests.conftest import command
from tests.support.films import write_film, write_held_sideways, write_packed, write_talk


def cut(path: Path, start_us: int, end_us: int) -> bytes:
    return b"".join(mp4.write(part_of(path, (start_us, end_us))).buffers)


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


def write_shifted(path: Path, shift_s: float, seconds: int = 12) -> None:
    """Write a talk into a container of another kind, from a time on."""
    write_talk(path.with_suffix(".mp4"), seconds=seconds)
    with av.open(str(path.with_suffix(".mp4"))) as source, av.open(str(path), "w") as out:
        made = {stream: out.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is not None and packet.pts is not None:
                ticks = round(shift_s / packet.time_base)
                packet.pts, packet.dts = packet.pts + ticks, packet.dts + ticks
                packet.stream = made[packet.stream]
                out.mux(packet)


@pytest.mark.parametrize(
    ("name", "shift_s"),
    [("talk.flv", 1000), ("talk.ts", 1000), ("wraps.ts", 2**33 / 90_000 - 2)],
)
def test_a_recorded_broadcast_is_cut_from_its_own_beginning(
    tmp_path: Path, name: str, shift_s: float
) -> None:
    path = tmp_path / name
    write_shifted(path, shift_s)
    with av.open(str(path)) as container:
        start = (container.start_time or 0) / 1_000_000
        frames = [
            (frame.time - start, frame.to_ndarray().tobytes())
            for frame in container.decode(video=0)
        ]
    assert abs(start) > 1
    for first_us, end_us in ((0, 900_000), (6_010_000, 7_510_000)):
        (tmp_path / "part.mp4").write_bytes(cut(path, first_us, end_us))
        first_s, end_s = first_us / 1_000_000 - 0.040, end_us / 1_000_000
        shown = [frame for at, frame in frames if first_s < at < end_s]
        assert pictures(tmp_path / "part.mp4") == shown


def test_an_avi_file_is_cut_in_the_order_in_which_it_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "talk.avi"
    write_talk(path, seconds=12)  # its decoder returns the first frame as the third one arrives
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]
    for first_us, end_us in ((0, 900_000), (6_010_000, 7_510_000), (11_010_000, 12_000_000)):
        (tmp_path / "part.mp4").write_bytes(cut(path, first_us, end_us))
        shown = frames[max(0, first_us // 40_000 - 2) : -(-end_us // 40_000) - 2]
        assert pictures(tmp_path / "part.mp4") == shown


def test_what_divx_packed_is_refused_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "film.avi"
    write_packed(path)
    with av.open(str(path)) as container:
        shades = [frame.to_ndarray(format="gray").mean() for frame in container.decode(video=0)]
    assert [round(shade / 10) for shade in shades] == list(range(20))  # players know how to
    with pytest.raises(BadInput, match="as DivX wrote them"):
        ring_of(path, (0, 400_000))
    write_film(path, "mpeg4")
    assert ring_of(path, (0, 400_000)).window() is not None


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
