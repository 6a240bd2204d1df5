"""Validates uploaded images before they are stored: type, size, pixels.

The size is read from the header and checked before a pixel is decoded, so a decompression bomb
costs nothing; then the whole image is decoded once, so every stored image can be displayed.
Decoding blocks: `inspect` and `thumbnail` run it in a thread.
"""

import base64
import binascii
import io
import re
import struct
from dataclasses import dataclass

from PIL import Image, ImageOps

from domain.core.errors import BadInput, TooLarge, TooLargeDeclared, UnsupportedMedia
from domain.infra.threads import in_thread

MAX_BYTES = 25 * 1024 * 1024
MAX_PIXELS = 50_000_000  # 8K is 33 million; decoded this is 150 MB
MAX_SIDE = 16_383  # limit of JPEG decoders and WebP
_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_DATA_URL = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)(?:;[\w.+-]+=[^;,]*)*;base64,", re.ASCII)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_BROKEN = (
    OSError, SyntaxError, ValueError, TypeError, EOFError, LookupError, OverflowError, struct.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An image's actual properties."""

    mime_type: str
    width: int  # as displayed: after the EXIF rotation
    height: int


@dataclass(frozen=True, slots=True)
class DataImage:
    """The bytes of a data URL and its declared type."""

    data: bytes
    declared_type: str


def parse_data_url(text: str, *, max_bytes: int = MAX_BYTES) -> DataImage:
    """Return the image in a data URL.

    Raises:
        BadInput: It is not a base64 data URL of an image.
        UnsupportedMedia: It declares a type other than JPEG, PNG or WebP.
        TooLarge: It has more than `max_bytes`.
    """
    head = _DATA_URL.match(text[:300])
    if head is None:
        raise BadInput(
            "This is not an image. Send a data URL such as data:image/jpeg;base64,….",
            code="bad_image",
        )
    declared = head["type"].lower().replace("image/jpg", "image/jpeg")
    if declared not in _TYPES.values():
        raise _unsupported()
    if (len(text) - head.end()) // 4 * 3 > max_bytes + 2:
        raise TooLarge(_too_large(max_bytes))
    try:
        data = base64.b64decode(text[head.end() :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput(
            "The image's base64 is damaged. Send it again in full.", code="bad_image"
        ) from error
    if len(data) > max_bytes:
        raise TooLarge(_too_large(max_bytes))
    return DataImage(data, declared)


def _too_large(max_bytes: int) -> str:
    return (
        f"The image is larger than the limit of {max_bytes // (1024 * 1024)} MB. Send a "
        "smaller one."
    )


def _unsupported() -> UnsupportedMedia:
    return UnsupportedMedia(
        "Only JPEG, PNG and WebP images are supported. Convert it, then try again."
    )


async def inspect(
    data: bytes,
    *,
    declared_type: str | None = None,
    max_bytes: int = MAX_BYTES,
    max_pixels: int = MAX_PIXELS,
) -> ImageInfo:
    """Return an image's properties, after decoding all of it.

    Raises:
        BadInput: It is not an image, is damaged, or does not match the declared type.
        UnsupportedMedia: It is an image, but not JPEG, PNG or WebP.
        TooLarge: It exceeds the size limit.
        TooLargeDeclared: Its header declares too many pixels; nothing was decoded.
    """
    return await in_thread(_inspect, data, declared_type, max_bytes, max_pixels)


def _inspect(data: bytes, declared_type: str | None, max_bytes: int, max_pixels: int) -> ImageInfo:
    if len(data) > max_bytes:
        raise TooLarge(_too_large(max_bytes))
    with _opened(data) as image:
        mime_type = _TYPES[image.format or ""]
        if declared_type is not None and declared_type != mime_type:
            raise BadInput(
                f"The image is {mime_type}, not {declared_type} as declared. Correct the type.",
                code="bad_image",
            )
        _check_pixels(image, max_pixels)
        _decode(image)
        width, height = image.size
        if _orientation(image) in {5, 6, 7, 8}:  # rotated by 90°
            width, height = height, width
    return ImageInfo(mime_type, width, height)


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 (upright) to 8; ignores damaged EXIF."""
    try:
        value = image.getexif().get(0x0112, 1)
    except _BROKEN:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


async def thumbnail(data: bytes, max_width: int, *, max_pixels: int = MAX_PIXELS) -> bytes:
    """Return a JPEG of an image, at most `max_width` wide and never enlarged.

    Raises:
        BadInput, UnsupportedMedia, TooLargeDeclared: As `inspect`.
    """
    return await in_thread(_thumbnail, data, max_width, max_pixels)


def _thumbnail(data: bytes, max_width: int, max_pixels: int) -> bytes:
    with _opened(data) as image:
        _check_pixels(image, max_pixels)
        # JPEG: decode at a fraction of the size
        image.draft("RGB", (max_width, max(1, image.height * max_width // image.width)))
        _decode(image)
        upright = image if _orientation(image) == 1 else ImageOps.exif_transpose(image)
        height = max(1, round(upright.height * max_width / upright.width))
        if upright.width > max_width:
            upright = upright.convert(_thumbnail_mode(upright)).resize(
                (max_width, height), Image.Resampling.LANCZOS, reducing_gap=2.0
            )
        out = io.BytesIO()
        _flat(upright).save(out, "JPEG", quality=82, optimize=True)
    return out.getvalue()


def _thumbnail_mode(image: Image.Image) -> str:
    return "RGBA" if image.has_transparency_data else "RGB"


def _flat(image: Image.Image) -> Image.Image:
    """Return an image without transparency, on white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    flat = Image.new("RGB", layer.size, (255, 255, 255))
    flat.paste(layer, mask=layer.getchannel("A"))
    return flat


def _opened(data: bytes) -> Image.Image:
    """Read the header only."""
    try:
        image = Image.open(io.BytesIO(data), formats=tuple(_TYPES))
    except _BROKEN as error:
        if _is_other_image(data):
            raise _unsupported() from error
        raise BadInput(
            "This is not a readable image. Send a JPEG, PNG or WebP file.",
            code="bad_image",
        ) from error
    except _BOMBS as error:
        raise _bomb() from error
    return image


# GIF, BMP, TIFF, HEIC and AVIF, Photoshop, icons: recognised for a clear refusal, never decoded.
_OTHER_IMAGES = re.compile(
    rb"GIF8[79]a|BM.{4}\x00{4}|II\*\x00|MM\x00\*|.{4}ftyp(?:heic|heix|mif1|avif|avis)|8BPS|\x00\x00\x01\x00"
    rb"|\s*<(?:svg|\?xml)",
    re.DOTALL,
)


def _is_other_image(data: bytes) -> bool:
    return _OTHER_IMAGES.match(data) is not None


def _check_pixels(image: Image.Image, max_pixels: int) -> None:
    if image.width * image.height > max_pixels or max(image.size) > MAX_SIDE:
        raise _bomb()


def _bomb() -> TooLargeDeclared:
    return TooLargeDeclared("The image has too many pixels. Send a smaller one.")


def _decode(image: Image.Image) -> None:
    try:
        image.load()
    except _BROKEN as error:
        raise BadInput(
            "The image is damaged or truncated. Send it again in full.", code="bad_image"
        ) from error
