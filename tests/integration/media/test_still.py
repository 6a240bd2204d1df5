"""Stills are the exact frames, in ffmpeg's own colours."""

import io
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from domain.core.errors import UnsupportedMedia
from media_server.media.still import ImageFormat, decode, render, to_rgb
from tests.integration.media.material import Material, picture_hash, read

pytestmark = pytest.mark.ffmpeg


@pytest.mark.parametrize("name", ["flower", "friday", "b-frames", "open-gop"])
def test_a_still_is_the_frame_on_screen(name: str, materials: dict[str, Material]) -> None:
    material = materials[name]
    ring = material.ring()
    window = ring.window()
    assert window is not None
    for pts in material.shown[::9]:
        if pts + 7 < window[1]:
            at = ring.frame_at(pts + 7)
            assert at == pts
            assert picture_hash(decode(ring.frame_bytes(at))) == material.frames[pts]


@pytest.mark.parametrize(
    "colours",
    [
        ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"],
        ["-vf", "scale=out_range=pc", "-pix_fmt", "yuvj420p"],
        ["-vf", "scale=out_range=pc:out_color_matrix=bt709", "-pix_fmt", "yuvj420p",
         "-colorspace", "bt709"],
    ],
    ids=["bt709", "full-range", "bt709-full-range"],
)  # fmt: skip
def test_colours_equal_ffmpegs(
    colours: list[str], paths: dict[str, Path], tmp_path: Path, ffmpeg: str
) -> None:
    film = tmp_path / "film.mp4"
    subprocess.run(
        [ffmpeg, "-v", "error", "-i", str(paths["friday"]), *colours, "-an", "-frames:v", "3",
         "-c:v", "libx264", "-bf", "0", str(film)],
        check=True,
    )  # fmt: skip
    raw = subprocess.run(
        [ffmpeg, "-v", "error", "-i", str(film), "-frames:v", "1", "-f", "rawvideo",
         "-pix_fmt", "rgb24", "-"],
        check=True, capture_output=True,
    ).stdout  # fmt: skip
    material = read(film)
    pixels = to_rgb(decode(material.ring().frame_bytes(material.shown[0])))
    theirs = np.frombuffer(raw, np.uint8).reshape(pixels.shape)
    assert np.abs(pixels.astype(int) - theirs).max() <= 1


@pytest.mark.parametrize("image_format", ["jpeg", "png", "webp"])
def test_formats_and_sizes(image_format: ImageFormat, materials: dict[str, Material]) -> None:
    material = materials["friday"]
    ring = material.ring()
    frame = ring.frame_bytes(material.shown[50])
    whole = render(frame, image_format=image_format)
    small = render(frame, image_format=image_format, max_width=160)
    for still, width in ((whole, material.header.video), (small, None)):
        image = Image.open(io.BytesIO(still.data))
        assert image.format == image_format.upper()
        assert image.size == (still.width, still.height)
        assert still.width == (width.width if width else 160)
    exact = to_rgb(decode(frame)).astype(int)
    got = np.asarray(Image.open(io.BytesIO(whole.data)).convert("RGB")).astype(int)
    assert np.abs(got - exact).mean() < (0.01 if image_format == "png" else 4)


def test_damaged_bytes_are_refused(materials: dict[str, Material]) -> None:
    material = materials["friday"]
    frame = material.ring().frame_bytes(material.shown[40])
    with pytest.raises(UnsupportedMedia):
        render(replace(frame, data=bytes(len(frame.data))))
    with pytest.raises(UnsupportedMedia):
        render(replace(frame, extradata=b"nonsense"))
    with pytest.raises(UnsupportedMedia):
        render(replace(frame, data=b"\xff" * len(frame.data)))
