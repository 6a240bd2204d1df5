"""Decoding: bytes to an array of pixels, refused before decoding if it would be too large."""

import hashlib
import io
import struct
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

MAX_PIXELS: Final = 50_000_000  # as of all stored images
MAX_SIDE: Final = 32_767  # a line of a single pixel takes as long as a hundred of a page's
_FORMATS: Final = ("PNG", "JPEG", "WEBP")
_BOMBS: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_ORIENTATION: Final = 0x0112  # EXIF
_BROKEN: Final = (
    OSError, SyntaxError, ValueError, TypeError, EOFError, LookupError, OverflowError,
    struct.error,
)  # fmt: skip

Words = NDArray[np.uint32]  # one RGBA pixel each


class PictureError(ValueError):
    """A picture that cannot be compared; the message is a sentence for the person who sent it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: `words` is height x width; `sha256` is that of the encoded bytes."""

    words: Words = field(repr=False)
    is_opaque: bool
    sha256: str

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.words.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.words.shape[0])


def sha256(data: bytes) -> str:
    """Return the identity of encoded bytes."""
    return hashlib.sha256(data).hexdigest()


def read(data: bytes) -> Picture:
    """Decode a PNG, JPEG or WebP.

    Raises:
        PictureError: It is something else, is damaged, or is too large.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=_FORMATS)
    except _BOMBS as error:
        raise _too_large() from error
    except _BROKEN as error:
        raise PictureError(
            "This is not a readable picture. Use a PNG, JPEG or WebP file."
        ) from error
    with image:
        if image.width * image.height > MAX_PIXELS:
            raise _too_large()
        if max(image.size) > MAX_SIDE:
            raise PictureError(
                f"The picture is more than {MAX_SIDE:,} pixels high or wide. Capture a part of it."
            )
        try:
            upright = _upright(image)
            is_opaque = not upright.has_transparency_data
            rgba = _in_8_bits(upright).convert("RGBA")
            flat = np.frombuffer(rgba.tobytes(), np.uint32)
        except MemoryError as error:
            raise PictureError(
                "There is not enough memory for this picture. Capture a part of it."
            ) from error
        except _BROKEN as error:
            raise PictureError("The picture is damaged or cut short. Capture it again.") from error
    return Picture(flat.reshape(rgba.height, rgba.width), is_opaque, sha256(data))


def _too_large() -> PictureError:
    return PictureError(
        f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels. Capture a part of it."
    )


def _upright(image: Image.Image) -> Image.Image:
    image.load()
    try:
        turned = image.getexif().get(_ORIENTATION, 1) != 1
    except _BROKEN:
        turned = False  # damaged EXIF
    return ImageOps.exif_transpose(image) if turned else image


def _in_8_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits of grey, which Pillow would clip
        grey = np.asarray(image).astype(np.int64) >> 8
        return Image.fromarray(grey.clip(0, 255).astype(np.uint8))
    return image


def same_size(before: Picture, after: Picture) -> tuple[Words, Words]:
    """Return the pixels of both, enlarged by transparent ones to the larger width and height.

    Raises:
        PictureError: Together they would have over 50 million pixels.
    """
    height, width = max(before.height, after.height), max(before.width, after.width)
    if height * width > MAX_PIXELS:
        raise _too_large()
    return _enlarged(before.words, height, width), _enlarged(after.words, height, width)


def _enlarged(words: Words, height: int, width: int) -> Words:
    if words.shape == (height, width):
        return words
    larger = np.zeros((height, width), np.uint32)
    larger[: words.shape[0], : words.shape[1]] = words
    return larger
