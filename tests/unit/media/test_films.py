"""Any video file that can be read yields a frame, its size and its length."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from domain.core.errors import UnsupportedMedia
from media_server.media.films import look_at
from tests.support.films import write_film

_FORMATS = {
    "h264.mp4": "libx264",
    "vp9.webm": "libvpx-vp9",
    "vp8.mkv": "libvpx",
    "hevc.mov": "libx265",
}


def _is_red(image: bytes) -> bool:
    red, _, blue = np.asarray(Image.open(io.BytesIO(image)).convert("RGB"))[45, 80]
    return bool(red > blue)


@pytest.mark.parametrize("name", _FORMATS)
def test_a_film_has_a_size_a_length_and_a_frame(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    write_film(path, _FORMATS[name])
    film = look_at(path, 0, image_format="jpeg", max_width=160)
    assert (film.width, film.height) == (320, 180)
    assert film.duration_ms == pytest.approx(1200, abs=45)
    assert Image.open(io.BytesIO(film.data)).size == (160, 90)
    assert not _is_red(film.data)


def test_the_frame_is_the_one_shown_at_the_time(tmp_path: Path) -> None:
    write_film(tmp_path / "a.mp4", "libx264")
    for at_us, is_red in ((599_000, False), (600_000, True), (9_000_000, True)):
        film = look_at(tmp_path / "a.mp4", at_us, image_format="png", max_width=None)
        assert (at_us, _is_red(film.data)) == (at_us, is_red)


def test_a_film_that_was_turned_is_upright(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    write_film(path, "libx264")
    content, plain = (
        path.read_bytes(),
        struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30),
    )
    turned = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 180 << 16, 0, 1 << 30)
    at = content.rindex(plain)  # the track's matrix; the film's own comes first
    path.write_bytes(content[:at] + turned + content[at + len(turned) :])
    film = look_at(path, 0, image_format="jpeg", max_width=90)
    assert (film.width, film.height) == (180, 320)
    assert Image.open(io.BytesIO(film.data)).size == (90, 160)


def test_a_recording_without_a_length_in_its_header_is_measured(tmp_path: Path) -> None:
    write_film(tmp_path / "recorded.webm", "libvpx", is_live=True)
    film = look_at(tmp_path / "recorded.webm", 0, image_format="jpeg", max_width=160)
    assert film.duration_ms == pytest.approx(1200, abs=45)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x1a\x45\xdf\xa3" + bytes(64),
        b"\0\0\0\x18ftypisom" + bytes(64),
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n",
        b"ffconcat version 1.0\nfile /etc/hostname\n",
    ],
)
def test_what_is_no_film_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(UnsupportedMedia):
        look_at(tmp_path / "a.mp4", 0, image_format="jpeg", max_width=160)
