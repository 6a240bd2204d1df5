"""yt-dlp's requests over the guarded client, and a count of all their bytes."""

import io
from typing import Any
from urllib.parse import urlsplit

from yt_dlp.networking import RequestHandler, Response
from yt_dlp.networking.exceptions import HTTPError, RequestError

from domain.core.errors import BadInput, MomentsError, TooLarge
from domain.infra.http.safe_http import FetchedBody, SafeFetcher


class Allowance:
    """Bytes that may still be received, and the error that ended everything."""

    def __init__(self, max_bytes: int) -> None:
        self.left = max_bytes
        self.error: MomentsError | None = None

    def count(self, size: int) -> None:
        """Count received bytes.

        Raises:
            TooLarge: None are left.
        """
        self.left -= size
        if self.left < 0:
            raise TooLarge("The site sends more than the size limit. Use a smaller file.")


def _check_host(url: str, refused: tuple[str, ...]) -> None:
    host = urlsplit(url).hostname or ""
    if any(host == name or host.endswith(f".{name}") for name in refused):
        raise BadInput(
            "This site's terms forbid downloads. Upload a file of your own instead.",
            code="site_not_allowed",
        )


class GuardedRH(RequestHandler):  # type: ignore[misc]
    """Sends yt-dlp's requests through `SafeFetcher`; keeps no cookies."""

    _SUPPORTED_URL_SCHEMES = ("http", "https")
    _SUPPORTED_PROXY_SCHEMES = None
    fetcher: SafeFetcher
    allowance: Allowance
    refused_hosts: tuple[str, ...] = ()

    def _check_extensions(self, extensions: dict[str, Any]) -> None:
        extensions.clear()  # hints for other clients: how to look, which cookies to send

    def _send(self, request: Any) -> Response:  # noqa: ANN401 (yt-dlp is untyped)
        headers = {**self._get_headers(request), "Accept-Encoding": "identity"}
        try:
            _check_host(request.url, self.refused_hosts)
            body = self.fetcher.open_sync(
                request.url,
                headers=headers,
                content=request.data,
                max_bytes=max(0, self.allowance.left),
                any_status=True,
            )
            _check_host(body.url, self.refused_hosts)
        except MomentsError as error:
            self.allowance.error = error
            raise RequestError(cause=error) from error
        answer = Response(_Body(body, self.allowance), body.url, body.headers, body.status)
        if body.status >= 400:
            raise HTTPError(answer)
        self.allowance.error = None
        return answer


class _Body(io.RawIOBase):
    """A body as a file, whose bytes are counted."""

    def __init__(self, body: FetchedBody, allowance: Allowance) -> None:
        self._body = body
        self._allowance = allowance

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        try:
            if size is None or size < 0:
                return b"".join(iter(lambda: self._read(256 * 1024), b""))
            return self._read(size)
        except MomentsError as error:
            self._allowance.error = error
            raise

    def _read(self, size: int) -> bytes:
        data = self._body.read(size)
        self._allowance.count(len(data))
        return data

    def close(self) -> None:
        self._body.close()
        super().close()
