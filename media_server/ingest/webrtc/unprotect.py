"""Decrypts SRTP in reused memory, directly in libsrtp.

pylibsrtp allocates a length for each packet and makes three calls; at hundreds of packets a second
per publisher that is a good part of the receiving cost.
"""

from typing import Any, Final

import pylibsrtp
from pylibsrtp import Session

_FFI: Any = vars(pylibsrtp)["ffi"]
_LIB: Any = vars(pylibsrtp)["lib"]
_MOST_BYTES: Final = 2048


class Opener:
    """Decrypts the media packets of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session  # owns what is behind the handle
        self._context = session._srtp[0]
        self._memory = _FFI.new("char[]", _MOST_BYTES)
        self._bytes = _FFI.buffer(self._memory)
        self._length = _FFI.new("int *")
        self._unprotect = _LIB.srtp_unprotect

    def open(self, data: bytes) -> bytes | None:
        """Return a decrypted packet, None if it is forged or a replay."""
        size, length = len(data), self._length
        if size > _MOST_BYTES:
            return None
        self._bytes[0:size] = data
        length[0] = size
        if self._unprotect(self._context, self._memory, length):
            return None
        opened: bytes = self._bytes[0 : length[0]]
        return opened
