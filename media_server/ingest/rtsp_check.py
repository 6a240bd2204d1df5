"""Asking an RTSP camera who it is before libav does (RFC 2326).

libav follows RTSP redirects by itself to wherever they point, and its errors hardly tell a wrong
password from a missing stream. So one DESCRIBE goes ahead: a redirect is refused, and what is
wrong is said in words. Digest and Basic authentication are answered as libav does.
"""

import base64
import hashlib
import re
import socket
import ssl
from urllib.parse import SplitResult, unquote, urlunsplit

from media_server.ingest.reasons import SourceError

_TIMEOUT_S = 5.0
_STATUS = re.compile(rb"RTSP/1\.\d (\d{3})")
_FIELD = re.compile(r'(\w+)="?([^",]*)"?')
_NO_ANSWER = "The camera did not answer: is it switched on and reachable from here?"


def check(parts: SplitResult, address: str, port: int) -> None:
    """Ask for a stream's description, over TLS for `rtsps`.

    Raises:
        SourceError: There is none to be had; the sentence says why.
    """
    host = f"[{address}]" if ":" in address else address
    url = urlunsplit((parts.scheme, f"{host}:{port}", parts.path, parts.query, ""))
    try:
        with _connect(parts, address, port) as connection:
            status, head = _describe(connection, url, 1, "")
            if status == 401 and parts.username:
                status, head = _describe(connection, url, 2, _authorization(head, parts, url))
    except TimeoutError as error:
        raise SourceError(_NO_ANSWER) from error
    except ConnectionRefusedError as error:
        message = "The camera refused the connection: is its address and port right?"
        raise SourceError(message) from error
    except OSError as error:
        raise SourceError(_NO_ANSWER) from error
    _judge(status, has_user=bool(parts.username))


def _connect(parts: SplitResult, address: str, port: int) -> socket.socket:
    connection = socket.create_connection((address, port), timeout=_TIMEOUT_S)
    if parts.scheme != "rtsps":
        return connection
    try:
        return _tls().wrap_socket(connection, server_hostname=parts.hostname)
    except BaseException:
        connection.close()
        raise


def _tls() -> ssl.SSLContext:
    """Return TLS as libav speaks it to a camera: certificates of their own making are taken."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _judge(status: int, *, has_user: bool) -> None:
    if status == 401:
        message = "Wrong user name or password." if has_user else "The camera wants a password."
        raise SourceError(message, kind="unauthorized")
    if 300 <= status < 400:
        message = "The camera redirects to another address; enter that address instead."
        raise SourceError(message, kind="refused")
    if status in {404, 454}:
        message = "The camera has no such stream: check the path of the address."
        raise SourceError(message, kind="absent")
    if status == 0:
        raise SourceError(_NO_ANSWER)
    if status >= 400:
        message = f"The camera answered with the error {status}."
        raise SourceError(message)


def _describe(
    connection: socket.socket, url: str, sequence: int, authorization: str
) -> tuple[int, str]:
    lines = [
        f"DESCRIBE {url} RTSP/1.0",
        f"CSeq: {sequence}",
        "Accept: application/sdp",
        "User-Agent: moments",
        *([f"Authorization: {authorization}"] if authorization else []),
    ]
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = b""
    while b"\r\n\r\n" not in answer and len(answer) < 65536:
        more = connection.recv(4096)
        if not more:
            break
        answer += more
    match = _STATUS.match(answer)
    return (int(match[1]) if match else 0), answer.decode("latin-1")


def _authorization(head: str, parts: SplitResult, url: str) -> str:
    """Answer a challenge (RFC 2617): Digest where it is offered, else Basic."""
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    match = re.search(r"(?im)^www-authenticate:\s*digest\s+(.*)$", head)
    if match is None:
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    fields = dict(_FIELD.findall(match[1]))
    realm, nonce = fields.get("realm", ""), fields.get("nonce", "")
    first = _md5(f"{user}:{realm}:{password}")
    second = _md5(f"DESCRIBE:{url}")
    response = _md5(f"{first}:{nonce}:{second}")
    return (
        f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{url}", '
        f'response="{response}"'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
