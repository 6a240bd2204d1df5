"""The one stretch of memory in which packets are protected on their way out.

Sending is synchronous, so all viewers of a process share it: what is in it has left before anybody
else writes there. libsrtp is called through pylibsrtp's own binding, without its copies.
"""

from typing import Any, Final

import pylibsrtp
from pylibsrtp import Session

# The most that one system call sends: a datagram's limit, which segmentation offload keeps too.
BUFFER_BYTES: Final = 65000
_SPARE = 4096
_FFI: Any = vars(pylibsrtp)["ffi"]
_LIB: Any = vars(pylibsrtp)["lib"]

Pointer = Any  # a cffi pointer: pylibsrtp's binding has no types


class SendBuffer:
    """Memory that packets are copied to, protected in and sent from."""

    def __init__(self) -> None:
        self._memory = _FFI.new("char[]", BUFFER_BYTES + _SPARE)
        self.view = memoryview(_FFI.buffer(self._memory)).toreadonly()
        self.length = _FFI.new("int *")
        self.copy = _FFI.memmove
        self.start: Pointer = self._memory
        self.protect = _LIB.srtp_protect

    def pointer(self, at: int) -> Pointer:
        """Return where a byte of it is."""
        return self._memory + at


def context_of(session: Session) -> Pointer:
    """Return libsrtp's own handle; it lives as long as the session."""
    return session._srtp[0]


def tag_bytes(session: Session) -> int:
    """Return how many bytes a cipher puts behind a packet."""
    probe = bytes((0x80, 0)) + bytes(10) + b"\0"
    return len(session.protect(probe)) - len(probe)
