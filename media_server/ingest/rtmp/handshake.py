"""The handshake, in the simple form that every publisher supports (RTMP 1.0, section 5.2)."""

import os

from media_server.ingest.rtmp.errors import ProtocolError

VERSION, HANDSHAKE = 3, 1536


class Greeting:
    """The server's side of one handshake."""

    def __init__(self) -> None:
        self.rest: bytes | None = None  # bytes after it, once it is done
        self._came = bytearray()
        self._is_answered = False

    def feed(self, data: bytes) -> bytes:
        """Process received bytes; return the answer, if any.

        Raises:
            ProtocolError: It is not an RTMP handshake.
        """
        came = self._came
        came += data
        if came and came[0] != VERSION:
            raise ProtocolError(f"version {came[0]} of the handshake")
        if len(came) > 2 * HANDSHAKE:
            self.rest = bytes(came[1 + 2 * HANDSHAKE :])
        if self._is_answered or len(came) <= HANDSHAKE:
            return b""
        self._is_answered = True
        ours = bytes(8) + os.urandom(HANDSHAKE - 8)
        return bytes([VERSION]) + ours + bytes(came[1 : 1 + HANDSHAKE])
