"""Reads the screen of an X server over its own protocol, without any library.

Source: X Window System Protocol, version 11 (X.Org), sections 8 and 9 and appendix B.
"""

import os
import re
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from webapp.agent.errors import AgentError

_DISPLAY = re.compile(r"(?P<host>[^:]*):(?P<display>\d+)(?:\.\d+)?")
_COOKIE = b"MIT-MAGIC-COOKIE-1"
_GET_GEOMETRY, _WARP_POINTER, _GET_IMAGE = 14, 41, 73
_Z_PIXMAP, _ALL_PLANES = 2, 0xFFFFFFFF
_TIMEOUT_S = 15


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels: rows of red, green and blue bytes."""

    width: int
    height: int
    rgb: bytearray


def grab(display: str, environment: Mapping[str, str]) -> Picture:
    """Return what the first screen of a display shows, the mouse parked in its corner.

    Raises:
        AgentError: The display cannot be reached, refuses us, or has an unusual depth.
    """
    try:
        with _connect(display) as connection:
            root = _set_up(connection, _cookie(display, environment))
            _park(connection, root)
            return _image(connection, root)
    except (OSError, struct.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise AgentError(
            f"The display {display} cannot be read: {reason}. Check DISPLAY and XAUTHORITY."
        ) from error


def _connect(display: str) -> socket.socket:
    match = _DISPLAY.fullmatch(display)
    if match is None:
        raise AgentError(f"DISPLAY is {display!r}. Set it to a display such as :0.")
    number = int(match["display"])
    if match["host"] in {"", "unix"}:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(_TIMEOUT_S)
        try:
            connection.connect(f"/tmp/.X11-unix/X{number}")  # noqa: S108 (where X servers listen)
        except OSError:
            connection.close()
            raise
        return connection
    return socket.create_connection((match["host"], 6000 + number), _TIMEOUT_S)


def _cookie(display: str, environment: Mapping[str, str]) -> bytes:
    """Return the display's cookie from the Xauthority file, or an empty one."""
    name = environment.get("XAUTHORITY") or str(
        Path(environment.get("HOME", os.sep)) / ".Xauthority"
    )
    try:
        data = Path(name).read_bytes()
    except OSError:
        return b""
    wanted = display.partition(":")[2].partition(".")[0].encode()
    position = 0
    while position + 2 < len(data):
        position += 2  # the family
        fields = []
        for _ in range(4):
            (length,) = struct.unpack_from(">H", data, position)
            fields.append(data[position + 2 : position + 2 + length])
            position += 2 + length
        _address, number, kind, cookie = fields
        if kind == _COOKIE and number in {wanted, b""}:
            return cookie
    return b""


def _set_up(connection: socket.socket, cookie: bytes) -> int:
    """Introduce ourselves; return the root window of the first screen."""
    kind = _COOKIE if cookie else b""
    connection.sendall(
        struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(kind), len(cookie))
        + _padded(kind)
        + _padded(cookie)
    )
    status, reason_length, _major, _minor, words = struct.unpack("<BBHHH", _read(connection, 8))
    data = _read(connection, 4 * words)
    if status != 1:
        reason = data[:reason_length].decode("latin-1").strip().rstrip(".")
        raise AgentError(f"The display refused us: {reason}. Check XAUTHORITY.")
    vendor_length, formats = struct.unpack_from("<H", data, 16)[0], data[21]
    screen = 32 + len(_padded(bytes(vendor_length))) + 8 * formats
    root: int = struct.unpack_from("<I", data, screen)[0]
    return root


def _park(connection: socket.socket, root: int) -> None:
    """Move the mouse to the corner, so that nothing is hovered."""
    connection.sendall(
        struct.pack("<BxHIIhhHHhh", _WARP_POINTER, 6, 0, root, 0, 0, 0, 0, 32_767, 32_767)
    )


def _image(connection: socket.socket, root: int) -> Picture:
    connection.sendall(struct.pack("<BxHI", _GET_GEOMETRY, 2, root))
    geometry = _reply(connection)
    width, height = struct.unpack_from("<HH", geometry, 16)
    connection.sendall(
        struct.pack("<BBHIhhHHI", _GET_IMAGE, _Z_PIXMAP, 5, root, 0, 0, width, height, _ALL_PLANES)
    )
    image = _reply(connection)
    data = image[32 : 32 + 4 * width * height]
    if image[1] not in {24, 32} or len(data) < 4 * width * height:
        raise AgentError("The display has an unusual depth. Use one of 24 bits.")
    rgb = bytearray(3 * width * height)
    rgb[0::3], rgb[1::3], rgb[2::3] = data[2::4], data[1::4], data[0::4]
    return Picture(width, height, rgb)


def _reply(connection: socket.socket) -> bytes:
    """Return the next reply; events are passed over."""
    while True:
        head = _read(connection, 32)
        if head[0] == 0:
            raise AgentError(f"The display refused to be read (X error {head[1]}).")
        if head[0] == 1:
            return head + _read(connection, 4 * struct.unpack_from("<I", head, 4)[0])


def _read(connection: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        chunk = connection.recv(min(1 << 20, size - len(data)))
        if not chunk:
            raise AgentError("The display closed the connection. Check XAUTHORITY.")
        data += chunk
    return bytes(data)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
