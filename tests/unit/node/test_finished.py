"""Cutting a finished file: only what is needed is read; no frame changes, and none is turned."""

import io
import subprocess
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
    with av.open(str(talk)) as container:
        shown = [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]
    (talk.parent / "part.mp4").write_bytes(part)
    with av.open(str(talk.parent / "part.mp4")) as container:
        frames = [f.to_ndarray().tobytes() for f in container.decode(video=0) if (f.time or 0) >= 0]
    first = start_us // 40_000
    assert frames == shown[first : -(-end_us // 40_000)]


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
