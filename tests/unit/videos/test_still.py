"""Frames out of recordings."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from domain.core.errors import UnsupportedMedia
from domain.videos.media.still import still
from tests.support.films import comb, combed, write_fields, write_film

FRAMES = 30


@pytest.mark.parametrize(
    ("at_ms", "is_red"), [(0, False), (599, False), (600, True), (1100, True), (99_000, True)]
)
def test_a_still_is_the_frame_shown_at_that_time(tmp_path: Path, at_ms: int, is_red: bool) -> None:  # noqa: FBT001
    write_film(tmp_path / "a.mp4", "libx264")
    assert still(tmp_path / "a.mp4", at_ms, tmp_path / "a.png") == (320, 180)
    with Image.open(tmp_path / "a.png") as image:
        red, _, blue = image.convert("RGB").getpixel((100, 100))  # type: ignore[misc]
    assert (red > blue) is is_red


def test_what_is_no_video_has_no_frames(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"nothing")
    with pytest.raises(UnsupportedMedia):
        still(tmp_path / "a.mp4", 0, tmp_path / "a.png")


@pytest.mark.parametrize("at_ms", [0, 200])
def test_a_still_of_fields_is_a_whole_picture(tmp_path: Path, at_ms: int) -> None:
    assert comb(np.asarray(combed(0).to_ndarray(format="gray"), np.uint8)) > 5
    write_fields(tmp_path / "a.mp4")
    still(tmp_path / "a.mp4", at_ms, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert comb(np.asarray(image.convert("L"))) < 0.5
