"""Sends files by tus 1.0: after any break it asks for the offset and sends on."""

import hashlib
import http.client
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from webapp.agent.client import BROKEN, BUSY, Answer, Retries, answer_of, connect, reason
from webapp.agent.errors import AgentError

_CHUNK = 256 * 1024
_TUS = {"Tus-Resumable": "1.0.0"}
_GONE = frozenset({403, 404, 410})

Progress = Callable[[int], None]  # called with the bytes that were sent so far


class Expired(AgentError):  # noqa: N818
    """The signed URL no longer works."""


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1024 * 1024):
            digest.update(chunk)
    return digest.hexdigest()


def send(
    path: Path, url: str, retries: Retries, progress: Progress, *, is_new: bool = False
) -> None:
    """Send a file to its signed URL, after what is already there.

    Raises:
        Expired: The URL no longer works. Refused: The server said no.
        Unreachable: It broke off too often. AgentError: The file became shorter.
    """
    size, reached = path.stat().st_size, 0
    offset: int | None = 0 if is_new else None
    with path.open("rb") as file:
        while offset is None or offset < size:
            try:
                with closing(connect(url)) as connection:
                    if offset is None:
                        answer = _ask(connection, url)
                    else:
                        answer = _patch(connection, url, file, (offset, size), progress)
            except BROKEN as error:
                offset = None
                retries.wait(f"The upload of {path.name} broke off: {reason(error)}.")
                continue
            offset = _offset(answer, retries)
            if offset is not None and offset > reached:
                reached = offset
                retries.progressed()


def _offset(answer: Answer, retries: Retries) -> int | None:
    """Return where to go on; None if it must be asked for again."""
    if answer.status in {200, 204}:
        return int(answer.headers["upload-offset"])
    if answer.status in _GONE:
        raise Expired("The upload has expired, or its moment was deleted. Capture it again.")
    if answer.status in BUSY or answer.status == 409:  # the request that broke off still ends
        retries.wait(answer.refusal().message, answer.headers.get("retry-after"))
        return None
    raise answer.refusal()


def _ask(connection: http.client.HTTPConnection, url: str) -> Answer:
    connection.request("HEAD", _target(url), headers=_TUS)
    return answer_of(connection)


def _patch(
    connection: http.client.HTTPConnection,
    url: str,
    file: BinaryIO,
    span: tuple[int, int],
    progress: Progress,
) -> Answer:
    offset, size = span
    connection.putrequest("PATCH", _target(url))
    headers = {
        **_TUS,
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": str(offset),
        "Content-Length": str(size - offset),
    }
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    file.seek(offset)
    try:
        while offset < size:
            chunk = file.read(min(_CHUNK, size - offset))
            if not chunk:
                raise AgentError("The file became shorter while it was sent. Send it again.")
            connection.send(chunk)
            offset += len(chunk)
            progress(offset)
    except BrokenPipeError:
        pass  # a server that refuses may close before it has read everything: its answer says why
    return answer_of(connection)


def _target(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
