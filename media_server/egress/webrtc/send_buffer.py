"""The shared memory in which outgoing packets are encrypted.

Sending is synchronous, so all viewers of a process share it: its content has left before anyone
writes there again. libsrtp is called through pylibsrtp's own binding, without its copies.
"""

from typing import Any, Final

import pylibsrtp
from pylibsrtp import Session

# The most that one system call can send: a datagram's limit, even with segmentation offload.
BUFFER_BYTES: Final = 65000
_SPARE = 4096
_FFI: Any = vars(pylibsrtp)["ffi"]
_LIB: Any = vars(pylibsrtp)["lib"]

Pointer = Any  # a cffi pointer: pylibsrtp's binding has no types


class SendBuffer:
    """Memory into which packets are copied, protected and sent."""

    def __init__(self) -> None:
        self._memory = _FFI.new("char[]", BUFFER_BYTES + _SPARE)
        self.view = memoryview(_FFI.buffer(self._memory)).toreadonly()
        self.length = _FFI.new("int *")
        self.copy = _FFI.memmove
        self.start: Pointer = self._memory
        self.protect = _LIB.srtp_protect

    def pointer(self, at: int) -> Pointer:
        """Return the address of a byte."""
        return self._memory + at


def context_of(session: Session) -> Pointer:
    """Return libsrtp's own handle; it lives as long as the session."""
    return session._srtp[0]


def tag_bytes(session: Session) -> int:
    """Return how many bytes a cipher appends to a packet."""
    probe = bytes((0x80, 0)) + bytes(10) + b"\0"
    return len(session.protect(probe)) - len(probe)
