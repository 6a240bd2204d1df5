"""Checks whether the web's port is free, and whether the web answers on it."""

import asyncio
import errno
import socket
import ssl
from contextlib import suppress

from domain.core.errors import Conflict, Unavailable

ANY = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 (where to ask instead)


def claim(host: str, port: int) -> None:
    """Check that a port can be bound.

    Raises:
        Conflict: Something else uses it.
        Unavailable: The address is not this machine's, or the port is not for this user.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        raise _explained(error, host, port) from error


def _explained(error: OSError, host: str, port: int) -> Conflict | Unavailable:
    if error.errno == errno.EADDRINUSE:
        return Conflict(
            f"Port {port} on {host} is in use by another program. Choose another port with "
            "--port or MOMENTS_PORT."
        )
    if error.errno == errno.EACCES:
        return Unavailable(
            f"Port {port} is reserved for the administrator. Choose one from 1024 up with --port "
            "or MOMENTS_PORT."
        )
    return Unavailable(
        f"Cannot listen on {host}:{port} ({error.strerror}). Choose another address with --host "
        "or MOMENTS_HOST."
    )


def _unchecked() -> ssl.SSLContext:
    """Return a TLS context for requests to our own process, by one of this machine's addresses."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def health(host: str, port: int, *, is_tls: bool = False) -> int | None:
    """Return `/health`'s status, or None without an answer."""
    writer = None
    try:
        async with asyncio.timeout(3):
            reader, writer = await asyncio.open_connection(
                ANY.get(host, host), port, ssl=_unchecked() if is_tls else None
            )
            writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            status_line = await reader.readline()
        return int(status_line.split()[1])
    except (OSError, TimeoutError, ValueError, IndexError):
        return None
    finally:
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
