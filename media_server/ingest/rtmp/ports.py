"""The RTMP port, shared by the nodes of one home only.

Every node of a home listens on the same port (SO_REUSEPORT), so the port works while one of them
lives. That option would also let nodes of another home join, and publishers would reach one or the
other at random: so a node joins only a port that is free or that its home already holds, according
to files in the home.
"""

import contextlib
import fcntl
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from domain.core.log import get_logger

log = get_logger(__name__)


class PortTakenError(Exception):
    """Another program uses the port."""


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Return a listening socket.

    Raises:
        OSError: The address is in use, or not on this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared and hasattr(socket, "SO_REUSEPORT"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
        listener.listen(512)
        listener.settimeout(0)
    except OSError:
        listener.close()
        raise
    return listener


class SharedPort:
    """A port that this home's nodes hold together."""

    def __init__(self, folder: Path, host: str, port: int) -> None:
        self._folder = folder
        self._host, self._port = host, port
        self._held: IO[bytes] | None = None

    def listen(self) -> socket.socket:
        """Bind the port, or join the nodes that hold it.

        Raises:
            PortTakenError: Another program uses it.
            OSError: The address is not on this machine.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._alone():
            holders = (self._folder / f"rtmp-{self._port}.holders").open("ab")
            try:
                if not _held_by_others(holders):
                    try:
                        listen(self._host, self._port).close()
                    except OSError as error:
                        raise PortTakenError(str(error)) from error
                listener = listen(self._host, self._port, shared=True)
                fcntl.flock(holders, fcntl.LOCK_SH)
            except BaseException:
                holders.close()
                raise
        self._held = holders
        return listener

    def close(self) -> None:
        """Release the port."""
        if self._held is not None:
            self._held.close()
            self._held = None

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._folder / f"rtmp-{self._port}.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _held_by_others(holders: IO[bytes]) -> bool:
    try:
        fcntl.flock(holders, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(holders, fcntl.LOCK_UN)
    return False
