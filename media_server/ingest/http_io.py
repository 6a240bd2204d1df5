"""HTTP for pulls: every request of libav uses the guarded client.

libav never opens its own socket for HTTP and HLS: this module fetches playlists, keys, segments and
byte ranges, and `safe_http` resolves, checks and pins every address and redirect.
"""

import math
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit, urlunsplit

from domain.core.errors import BadInput, MomentsError
from domain.infra.http.safe_http import FetchedBody, SafeFetcher
from media_server.ingest.byte_reader import ByteReader
from media_server.ingest.http_crypto import DecryptingReader
from media_server.ingest.login import Login
from media_server.ingest.reasons import Kind, SourceError

_UNAUTHORIZED = 401
_REASONS: dict[int, tuple[str, Kind]] = {
    403: ("The source denied access (403 Forbidden).", "unauthorized"),
    404: ("The source has nothing at this address (404 Not Found). Check the URL.", "absent"),
    410: ("The source has removed what was at this address (410 Gone). Check the URL.", "absent"),
}


@dataclass
class HttpOpener:
    """Opens the requests of one attempt at a source."""

    fetcher: SafeFetcher
    deadline: float = math.inf  # of the monotonic clock: when an ongoing body counts as stalled
    final_url: str = ""  # the newest request's final URL after redirects
    content_type: str = ""  # of the newest body
    size: int | None = None  # of the newest body, if the server declares it
    _login: Login | None = None  # once the server has asked for it
    _login_host: str | None = None
    stopped: threading.Event = field(default_factory=threading.Event)
    _bodies: set["_Body"] = field(default_factory=set)  # that are open

    def open(self, url: str, options: dict[str, str] | None = None) -> ByteReader:
        """Return a reader of a body.

        Args:
            url: http or https, or these behind `crypto+` with `key` and `iv` in the options.
            options: libav's: `offset` and `end_offset` select a byte range.

        Raises:
            SourceError: It is not available; the sentence says why.
        """
        options = options or {}
        if url.startswith("crypto+"):
            inner = self.open(url.removeprefix("crypto+"), options)
            return DecryptingReader(
                inner, bytes.fromhex(options["key"]), bytes.fromhex(options["iv"])
            )
        if urlsplit(url).scheme not in {"http", "https"}:
            raise SourceError(
                "The source refers to something other than HTTP, which pulls do not follow.",
                kind="refused",
            )
        start, end = int(options.get("offset", 0)), int(options.get("end_offset", 0))
        byte_range = (start, end or None) if start or end else None
        try:
            body = self._answered(url, byte_range)
        except MomentsError as error:
            raise _explained(error) from error
        if body.status >= 400:
            body.close()
            if body.status == _UNAUTHORIZED:
                raise SourceError(self._why_not_let_in(), kind="unauthorized")
            message, kind = _REASONS.get(
                body.status, (f"The source answered with error {body.status}.", "unreachable")
            )
            raise SourceError(message, kind=kind)
        self.final_url, self.content_type, self.size = body.url, body.content_type, body.size
        made = _Body(self._bodies, self, body)
        self._bodies.add(made)
        return made

    def close(self) -> None:
        """Close every body that is still open: libav closes none that it could not use."""
        for body in list(self._bodies):
            body.close()

    def _answered(self, url: str, byte_range: tuple[int, int | None] | None) -> FetchedBody:
        """Request a URL with its login: Basic at once, Digest when the server asks for it."""
        body = self._fetch(url, byte_range)
        if body.status == _UNAUTHORIZED:
            parts = urlsplit(url)
            if parts.username and self._login is None:
                self._login = Login(unquote(parts.username), unquote(parts.password or ""))
                self._login_host = parts.hostname
            asked = body.headers.get("www-authenticate", "")
            if self._login is not None and self._login.take([asked]) and self._login.is_digest:
                body.close()
                body = self._fetch(body.url, byte_range)
        return body

    def _fetch(self, url: str, byte_range: tuple[int, int | None] | None) -> FetchedBody:
        headers = {}
        parts = urlsplit(url)
        if self._login is not None and self._login.is_digest and parts.hostname == self._login_host:
            target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
            headers["Authorization"] = self._login.header("GET", target) or ""
            # The client would put a login by Basic in its place.
            url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        return self.fetcher.open_sync(url, byte_range=byte_range, headers=headers, any_status=True)

    def _why_not_let_in(self) -> str:
        if self._login is None:
            return "The source needs a password. Include it in the URL."
        if self._login.is_known:
            return "Wrong user name or password."
        return (
            f"The source asks for an unsupported kind of login ({self._login.kinds or 'none'}). "
            "Allow Digest or Basic in its settings."
        )


def _explained(error: MomentsError) -> SourceError:
    return SourceError(
        error.message.rstrip(".") + ".",
        kind="refused" if isinstance(error, BadInput) else "unreachable",
    )


class _Body:
    """A body that ends when the attempt is over or its packets have stopped."""

    def __init__(self, opened: set["_Body"], opener: HttpOpener, body: FetchedBody) -> None:
        self._opened, self._opener, self._body = opened, opener, body

    def read(self, size: int = -1) -> bytes:
        if self._opener.stopped.is_set() or time.monotonic() > self._opener.deadline:
            raise SourceError("The source sends nothing playable.", kind="stalled")
        try:
            return self._body.read(size)
        except MomentsError as error:
            raise SourceError("The source stopped sending.", kind="stalled") from error

    def close(self) -> None:
        self._opened.discard(self)
        self._body.close()
