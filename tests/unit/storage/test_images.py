"""Images that match their declared type, and those that do not."""

import base64
import contextlib
import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from domain.core.errors import BadInput, MomentsError, TooLarge, TooLargeDeclared, UnsupportedMedia
from domain.infra import images


def picture(
    kind: str, size: tuple[int, int] = (64, 48), mode: str = "RGB", **more: object
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, kind, **more)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that declares a huge picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


@pytest.mark.parametrize(
    ("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
async def test_what_is_taken(kind: str, mime: str) -> None:
    info = await images.inspect(picture(kind), declared_type=mime)
    assert (info.mime_type, info.width, info.height) == (mime, 64, 48)


async def test_a_picture_that_lies_on_its_side() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = picture("JPEG", exif=exif)
    info = await images.inspect(data)
    assert (info.width, info.height) == (48, 64)
    small = Image.open(io.BytesIO(await images.thumbnail(data, 24)))
    assert small.size == (24, 32)


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xd8\xff", picture("PNG")[:60]])
async def test_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(BadInput):
        await images.inspect(data)


async def test_a_picture_cut_off() -> None:
    data = picture("JPEG", (640, 480), quality=95)
    with pytest.raises(BadInput):
        await images.inspect(data[: len(data) // 2])


async def test_a_picture_under_another_name() -> None:
    with pytest.raises(BadInput):
        await images.inspect(picture("PNG"), declared_type="image/jpeg")


@pytest.mark.parametrize("data", [picture("GIF"), picture("BMP"), picture("TIFF"), b"<svg/>"])
async def test_other_formats(data: bytes) -> None:
    with pytest.raises(UnsupportedMedia):
        await images.inspect(data)


@pytest.mark.parametrize("size", [(60_000, 60_000), (16_000, 16_000), (10_000, 9_000), (20_000, 1)])
async def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(TooLargeDeclared):
        await images.inspect(bomb(*size))


async def test_more_bytes_than_are_taken() -> None:
    with pytest.raises(TooLarge):
        await images.inspect(b"x" * 100, max_bytes=99)


async def test_a_thumbnail_is_a_small_flat_jpeg() -> None:
    data = await images.thumbnail(picture("PNG", (800, 400), "RGBA"), 320)
    small = Image.open(io.BytesIO(data))
    assert (small.format, small.mode, small.size) == ("JPEG", "RGB", (320, 160))


async def test_a_thumbnail_is_never_larger() -> None:
    assert Image.open(io.BytesIO(await images.thumbnail(picture("WEBP"), 320))).size == (64, 48)


def test_a_data_url() -> None:
    text = "data:image/jpeg;base64," + base64.b64encode(b"abc").decode()
    assert images.parse_data_url(text) == images.DataImage(b"abc", "image/jpeg")


@pytest.mark.parametrize(
    "text", ["", "hello", "data:image/jpeg,abc", "data:image/jpeg;base64,ab!c", "https://x/y.jpg"]
)
def test_what_is_no_data_url(text: str) -> None:
    with pytest.raises(BadInput):
        images.parse_data_url(text)


def test_a_data_url_of_something_else() -> None:
    with pytest.raises(UnsupportedMedia):
        images.parse_data_url("data:image/svg+xml;base64,AAAA")


def test_a_data_url_that_is_too_large() -> None:
    with pytest.raises(TooLarge):
        images.parse_data_url("data:image/png;base64," + "A" * 4000, max_bytes=2000)


@given(st.binary(max_size=300), st.sampled_from(["JPEG", "PNG", "WEBP"]))
def test_broken_bytes_are_refused_in_the_domains_words(noise: bytes, kind: str) -> None:
    data = picture(kind)
    middle = len(data) // 2
    with contextlib.suppress(MomentsError):
        images._inspect(data[:middle] + noise + data[middle:], None, 10_000_000, 1_000_000)
