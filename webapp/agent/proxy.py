"""Reaches servers through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name."""

import base64
import http.client
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from webapp.agent.errors import UsageError


class _Forwarded(http.client.HTTPConnection):
    """Plain http through a proxy, which needs whole addresses."""

    def __init__(self, proxy: SplitResult, netloc: str, timeout_s: float) -> None:
        super().__init__(proxy.hostname or "", proxy.port or 80, timeout=timeout_s)
        self._origin = f"http://{netloc}"
        self._credentials = _credentials(proxy)

    def putrequest(
        self,
        method: str,
        url: str,
        skip_host: bool = False,  # noqa: FBT001, FBT002 (as the library has it)
        skip_accept_encoding: bool = False,  # noqa: FBT001, FBT002
    ) -> None:
        """Begin a request."""
        super().putrequest(method, self._origin + url, skip_host, skip_accept_encoding)
        for name, value in self._credentials.items():
            self.putheader(name, value)


def connect(url: str, timeout_s: float) -> http.client.HTTPConnection:
    """Return a connection to a URL's host, not yet open.

    Raises:
        UsageError: The proxy's address is none that the agent can use.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    address = getproxies().get(parts.scheme)
    if not address or proxy_bypass(parts.netloc):
        return kind(parts.hostname or "", parts.port, timeout=timeout_s)
    proxy = _proxy(address)
    if parts.scheme == "http":
        return _Forwarded(proxy, parts.netloc, timeout_s)
    connection = kind(proxy.hostname or "", proxy.port or 80, timeout=timeout_s)
    connection.set_tunnel(parts.hostname or "", parts.port or 443, _credentials(proxy))
    return connection


def _proxy(address: str) -> SplitResult:
    """Return a proxy's address; `proxy:3128` is one by http."""
    proxy = urlsplit(address if "://" in address else f"http://{address}")
    try:
        is_usable = proxy.scheme == "http" and bool(proxy.hostname) and proxy.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise UsageError(
            "The agent cannot use this proxy. Set HTTP_PROXY and HTTPS_PROXY to http://host:port."
        )
    return proxy


def _credentials(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    words = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(words.encode()).decode()}"}
