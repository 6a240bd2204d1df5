"""Writes and blackens PNG files (W3C PNG, third edition)."""

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB = 2
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # by colour type; with a palette there may be no black
_ALPHA = frozenset({4, 6})
_KEPT = frozenset({b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"pHYs"})  # no text, no thumbnail
_MOST_BYTES = 256 * 1024 * 1024  # of pixels


class PngError(Exception):
    """A PNG that cannot be blackened."""


def encode(width: int, height: int, rgb: bytes | bytearray) -> bytes:
    """Return a PNG of rows of red, green and blue bytes."""
    stride = 3 * width
    rows = b"".join(
        b"\0" + rgb[start : start + stride] for start in range(0, stride * height, stride)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, _RGB, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def size(data: bytes) -> tuple[int, int] | None:
    """Return a PNG's width and height; None if it is none."""
    if data[:8] != _SIGNATURE or len(data) < 24:
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def blacken(data: bytes, rectangles: Sequence[tuple[int, int, int, int]]) -> bytes:
    """Return a PNG with rectangles (left, top, width, height) of it black, and without comments.

    Raises:
        PngError: It is damaged, interlaced, has a palette, or fewer than 8 bits per channel.
    """
    if size(data) is None:
        raise PngError
    try:
        chunks = list(_chunks(data))
        header = chunks[0][1]
        width, height, depth, colours, _, _, is_interlaced = struct.unpack(">IIBBBBB", header)
        if is_interlaced or depth < 8 or colours not in _CHANNELS:
            raise PngError
        step = _CHANNELS[colours] * depth // 8
        if (1 + step * width) * height > _MOST_BYTES:
            raise PngError
        unpacker = zlib.decompressobj()
        packed = b"".join(body for kind, body in chunks if kind == b"IDAT")
        rows = bytearray(unpacker.decompress(packed, (1 + step * width) * height))
        if len(rows) != (1 + step * width) * height:
            raise PngError
    except (struct.error, zlib.error, IndexError) as error:
        raise PngError from error
    alpha = depth // 8 if colours in _ALPHA else 0
    black = b"\0" * (step - alpha) + b"\xff" * alpha
    _fill(rows, width, height, black, rectangles)
    kept = [(kind, body) for kind, body in chunks[1:] if kind in _KEPT]
    written = ((b"IHDR", header), *kept, (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, body) for kind, body in written)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def _fill(
    rows: bytearray,
    width: int,
    height: int,
    black: bytes,
    rectangles: Sequence[tuple[int, int, int, int]],
) -> None:
    """Blacken filtered rows; each one up to the row below the lowest rectangle loses its filter."""
    step = len(black)
    stride = 1 + step * width
    above = bytes(step * width)
    for y in range(min(height, 1 + max(top + tall for _, top, _, tall in rectangles))):
        start = y * stride
        row = _unfiltered(rows[start], rows[start + 1 : start + stride], above, step)
        above = bytes(row)  # what the next row's filter means
        for left, top, wide, tall in rectangles:
            if top <= y < top + tall and left < width:
                end = min(width, left + wide)
                row[step * left : step * end] = black * (end - left)
        rows[start : start + stride] = b"\0" + row


def _unfiltered(kind: int, row: bytearray, above: bytes, step: int) -> bytearray:
    if kind == 0:
        return row
    if kind == 2:
        return bytearray([(x + up) & 255 for x, up in zip(row, above, strict=True)])
    predict = _PREDICTORS.get(kind)
    if predict is None:
        raise PngError
    before = bytearray(step)  # of the first pixel, so that it has a left neighbour
    row, upper = before + row, before + above
    for i in range(step, len(row)):
        row[i] = (row[i] + predict(row[i - step], upper[i], upper[i - step])) & 255
    return row[step:]


def _paeth(left: int, up: int, corner: int) -> int:
    by_left, by_up, by_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    if by_left <= by_up and by_left <= by_corner:
        return left
    return up if by_up <= by_corner else corner


_PREDICTORS: dict[int, Callable[[int, int, int], int]] = {
    1: lambda left, _up, _corner: left,
    3: lambda left, up, _corner: (left + up) // 2,
    4: _paeth,
}


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
