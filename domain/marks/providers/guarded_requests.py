"""requests over the guarded client, for libraries that bring requests with them."""

from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from domain.infra.http.safe_http import SafeFetcher

_TOTAL_S = 15.0


class GuardedAdapter(BaseAdapter):
    """Sends a session's requests through `SafeFetcher`: to checked addresses, bounded."""

    def __init__(self, fetcher: SafeFetcher, *, max_bytes: int) -> None:
        super().__init__()
        self._fetcher = fetcher
        self._max_bytes = max_bytes

    def send(self, request: Any, *_args: object, **_options: object) -> Any:  # noqa: ANN401 (requests is untyped)
        """Send a GET or a POST.

        Raises:
            BadInput, Unavailable, TooLarge: As `SafeFetcher.open_sync`.
        """
        content = request.body.encode() if isinstance(request.body, str) else request.body
        headers = {k: v for k, v in request.headers.items() if k.lower() != "content-length"}
        with self._fetcher.open_sync(
            request.url,
            headers=headers,
            content=content if request.method == "POST" else None,
            max_bytes=self._max_bytes,
            total_s=_TOTAL_S,
            any_status=True,
        ) as body:
            response = requests.Response()
            response.status_code = body.status
            response.headers = CaseInsensitiveDict(body.headers)
            response._content = body.read()
        response.url, response.request, response.encoding = body.url, request, "utf-8"
        return response

    def close(self) -> None:
        """Do nothing: the fetcher belongs to its owner."""
