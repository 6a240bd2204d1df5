"""Writes PNG files (W3C PNG, third edition)."""

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB = 2


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


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
