"""Writes and blackens PNG files (W3C PNG, third edition)."""

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB, _PALETTE = 2, 3
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
_ALPHA = frozenset({4, 6})
# No text, no thumbnail.
_KEPT = frozenset({b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"pHYs"})
_MOST_BYTES = 256 * 1024 * 1024  # of pixels
# The pictures that a file consists of: the first column and row of each, and its steps.
_WHOLE = ((0, 0, 1, 1),)
_ADAM7 = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
_Box = tuple[int, int, int, int]


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


def blacken(data: bytes, rectangles: Sequence[_Box]) -> bytes:
    """Return a PNG with rectangles (left, top, width, height) of it black, and without comments.

    A full palette without black gives its darkest colour instead.

    Raises:
        PngError: It is damaged.
    """
    if size(data) is None:
        raise PngError
    try:
        chunks = list(_chunks(data))
        width, height, depth, colours, _, _, order = struct.unpack(">IIBBBBB", chunks[0][1])
        if order > 1 or depth not in _DEPTHS.get(colours, ()):
            raise PngError
        bits = _CHANNELS[colours] * depth
        passes = [
            (each, wide, tall)
            for each in (_ADAM7 if order else _WHOLE)
            if (wide := _steps(width, each[0], each[2]))
            and (tall := _steps(height, each[1], each[3]))
        ]
        sizes = [(1 + _stride(wide, bits)) * tall for _, wide, tall in passes]
        if sum(sizes) > _MOST_BYTES:
            raise PngError
        packed = b"".join(body for kind, body in chunks if kind == b"IDAT")
        rows = bytearray(zlib.decompressobj().decompress(packed, sum(sizes)))
        if len(rows) != sum(sizes):
            raise PngError
        black = _black_of(chunks, depth) if colours == _PALETTE else _black(colours, depth)
    except (struct.error, zlib.error, LookupError, ValueError) as error:
        raise PngError from error
    start = 0
    for ((x, y, dx, dy), wide, tall), length in zip(passes, sizes, strict=True):
        boxes = [
            (_steps(a, x, dx), _steps(b, y, dy), _steps(a + w, x, dx), _steps(b + h, y, dy))
            for a, b, w, h in rectangles
        ]
        part = rows[start : start + length]
        _fill(part, wide, tall, bits, black, boxes)
        rows[start : start + length] = part
        start += length
    kept = [(kind, body) for kind, body in chunks[1:] if kind in _KEPT]
    written = (chunks[0], *kept, (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, body) for kind, body in written)


def _steps(end: int, first: int, step: int) -> int:
    """Return how many columns or rows of a pass lie before one of the whole picture."""
    return max(0, -((first - end) // step))


def _stride(width: int, bits: int) -> int:
    return (bits * width + 7) // 8


def _black(colours: int, depth: int) -> bytes:
    alpha = depth // 8 if colours in _ALPHA else 0
    return b"\0" * max(1, _CHANNELS[colours] * depth // 8 - alpha) + b"\xff" * alpha


def _black_of(chunks: list[tuple[bytes, bytes]], depth: int) -> bytes:
    """Return which colour of a palette is opaque black; it is added where there is room."""
    found = dict(chunks)
    palette, alphas = found[b"PLTE"], found.get(b"tRNS", b"")
    entries = [
        (alphas[n : n + 1] not in {b"", b"\xff"}, sum(palette[3 * n : 3 * n + 3]), n)
        for n in range(len(palette) // 3)
    ]
    darkest = min(entries)
    if darkest[:2] == (False, 0) or len(entries) >= 1 << depth:
        return bytes([darkest[2]])
    chunks[[kind for kind, _ in chunks].index(b"PLTE")] = (b"PLTE", palette + bytes(3))
    return bytes([len(entries)])


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def _fill(
    rows: bytearray, width: int, height: int, bits: int, black: bytes, boxes: Sequence[_Box]
) -> None:
    """Blacken filtered rows; each one up to the row below the lowest box loses its filter.

    Boxes end before their right and their bottom.
    """
    stride = _stride(width, bits)
    above = bytes(stride)
    for y in range(min(height, 1 + max(bottom for *_, bottom in boxes))):
        start = y * (1 + stride)
        row = _unfiltered(rows[start], rows[start + 1 : start + 1 + stride], above, len(black))
        above = bytes(row)  # what the next row's filter means
        for left, top, right, bottom in boxes:
            if top <= y < bottom:
                _paint(row, left, min(width, right), bits, black)
        rows[start : start + 1 + stride] = b"\0" + row


def _paint(row: bytearray, left: int, right: int, bits: int, black: bytes) -> None:
    if bits >= 8:
        step = len(black)
        row[step * left : step * right] = black * (right - left)
        return
    for x in range(left, right):
        place, shift = bits * x // 8, 8 - bits - bits * x % 8
        kept = row[place] & ~(((1 << bits) - 1) << shift)
        row[place] = kept | black[0] << shift


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
