"""The guarded HTTP client: every URL from a user is fetched through here.

Names are resolved, every address is checked and the connection is pinned to the checked address, on
every redirect; Host header, SNI and certificate remain those of the name. Time and size are
bounded. One blocking engine, for the node's demuxing threads; `fetch` runs it in its own threads.
"""

import asyncio
import concurrent.futures
import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self

import httpcore
import httpx

from domain.core.errors import BadInput, TooLarge, Unavailable
from domain.infra.http.addresses import (
    AddressBook,
    AddressRules,
    Policy,
    Resolver,
    resolve_checked,
    system_resolver,
)
from domain.infra.http.guarded_transport import Deadline, GuardedTransport, deadline_of_call

__all__ = ["Fetched", "FetchedBody", "Policy", "SafeFetcher", "resolve_checked"]

MAX_REDIRECTS = 5
_SCHEMES = frozenset({"http", "https"})
_PLAIN_ENCODINGS = frozenset({"", "identity", "gzip", "deflate"})  # nested ones are bombs
_USER_AGENT = "Moments/1"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A complete response."""

    url: str  # after redirects
    status: int
    headers: Mapping[str, str]
    body: bytes


@contextlib.contextmanager
def _readable_errors(url: httpx.URL) -> Iterator[None]:
    """Translate network exceptions into the domain's errors.

    Raises:
        Unavailable: The host is unreachable, too slow, or does not speak HTTP.
        BadInput: The URL is invalid.
    """
    host = url.host
    try:
        yield
    except (httpcore.TimeoutException, httpx.TimeoutException, TimeoutError) as error:
        raise Unavailable(
            f"{host} did not answer in time. Try again later.", retry_after_s=5
        ) from error
    except (httpcore.UnsupportedProtocol, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise _bad_url() from error
    except (httpcore.NetworkError, httpx.NetworkError) as error:
        raise Unavailable(
            f"{host} is unreachable ({str(error) or 'the connection was closed'}). Check the "
            "address.",
            retry_after_s=5,
        ) from error
    except (httpcore.ProtocolError, httpx.HTTPError) as error:
        raise Unavailable(
            f"{host} does not respond like a web server. Check the address.", retry_after_s=5
        ) from error


def _bad_url() -> BadInput:
    return BadInput("This is not a web address. Use http:// or https://.", code="unsafe_url")


class FetchedBody:
    """A response whose body is read as it arrives, once and forwards."""

    def __init__(self, response: httpx.Response, deadline: Deadline, max_bytes: int | None) -> None:
        self.url = str(response.url)
        self.status = response.status_code
        self.headers: Mapping[str, str] = dict(response.headers)
        self._response = response
        self._chunks = response.iter_bytes()
        self._deadline = deadline
        self._left = max_bytes
        self._rest = memoryview(b"")

    @property
    def content_type(self) -> str:
        """The response's media type, in lower case, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def size(self) -> int | None:
        """The body's length, if the server declares it."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isdecimal() and len(text) < 20 else None

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes as soon as there are any, or everything; empty at the end.

        Raises:
            Unavailable: The server stopped sending.
            TooLarge: The body exceeds the limit.
        """
        if size < 0:
            return b"".join(iter(lambda: self.read(1024 * 1024), b""))
        if not self._rest:
            self._rest = memoryview(self._next_chunk())
        piece = self._rest[:size]
        self._rest = self._rest[size:]
        return bytes(piece)

    def _next_chunk(self) -> bytes:
        with deadline_of_call(self._deadline), _readable_errors(self._response.url):
            chunk = next(self._chunks, b"")
        if self._left is not None:
            self._left -= len(chunk)
            if self._left < 0:
                self.close()
                raise TooLarge(
                    f"{self._response.url.host} sends more than the size limit. Use a smaller file."
                )
        return chunk

    def close(self) -> None:
        """Release the connection."""
        self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class SafeFetcher:
    """An HTTP client that reaches only what a policy allows. Thread-safe."""

    def __init__(
        self,
        policy: Policy,
        networks: Iterable[str] = (),
        *,
        connect_timeout_s: float = 5,
        read_timeout_s: float = 10,
        resolver: Resolver = system_resolver,
        verify: bool = True,
    ) -> None:
        self._book = AddressBook(AddressRules(policy, networks), resolver)
        self._opening_s = connect_timeout_s + read_timeout_s
        self._client = httpx.Client(
            transport=GuardedTransport(self._book, verify=verify),
            timeout=httpx.Timeout(read_timeout_s, connect=connect_timeout_s),
            headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"},
            # Users must not share cookies: keep none.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
        )
        self._threads = concurrent.futures.ThreadPoolExecutor(8, thread_name_prefix="fetch")

    def open_sync(  # noqa: PLR0913 (each limits or describes the one request)
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        byte_range: tuple[int, int | None] | None = None,
        max_bytes: int | None = None,
        total_s: float | None = None,
        any_status: bool = False,
        follow_redirects: bool = True,
    ) -> FetchedBody:
        """Request a URL and return its body as a readable file.

        Args:
            url: http or https.
            headers: Request headers; credentials among them are dropped when a redirect leaves the
                host.
            content: The body of a POST; without one this is a GET.
            byte_range: The half-open range [start, stop) to request; the server may ignore it
                (`status` is 206 if it did not).
            max_bytes: The body's size limit.
            total_s: The time limit for everything; by default only the timeouts of connecting and
                of each read apply, as live streams need.
            any_status: Return responses of 400 and above instead of raising.
            follow_redirects: Follow up to five; otherwise a redirect is the response.

        Raises:
            BadInput: The URL, or one that it redirects to, is not allowed (`code="unsafe_url"`).
            Unavailable: The server is unreachable, too slow, or answers with an error.
            TooLarge: The body exceeds the limit.
        """
        asked = dict(headers or {})
        if byte_range is not None:
            start, stop = byte_range
            asked["Range"] = f"bytes={start}-{'' if stop is None else stop - 1}"
        try:
            method = "GET" if content is None else "POST"
            request = self._client.build_request(method, url, headers=asked, content=content)
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            raise _bad_url() from error
        end = None if total_s is None else time.monotonic() + total_s
        opening = time.monotonic() + self._opening_s
        deadline = Deadline(opening if end is None else min(end, opening))
        response = self._follow(request, deadline, MAX_REDIRECTS if follow_redirects else 0)
        body = FetchedBody(response, Deadline(end), max_bytes)
        try:
            self._check(body, max_bytes, any_status=any_status)
        except BaseException:
            body.close()
            raise
        return body

    def _follow(self, request: httpx.Request, deadline: Deadline, most: int) -> httpx.Response:
        for _ in range(most + 1):
            if request.url.scheme not in _SCHEMES or not request.url.host:
                raise _bad_url()
            with deadline_of_call(deadline), _readable_errors(request.url):
                response = self._client.send(request, stream=True)
            if response.next_request is None or most == 0:
                return response
            response.close()
            request = response.next_request
        raise Unavailable(
            f"{request.url.host} redirects too many times. Check the address.", retry_after_s=60
        )

    @staticmethod
    def _check(body: FetchedBody, max_bytes: int | None, *, any_status: bool) -> None:
        host = httpx.URL(body.url).host
        if body.status >= 400 and not any_status:
            raise Unavailable(
                f"{host} answers with error {body.status}. Check the address.", retry_after_s=5
            )
        if body.headers.get("content-encoding", "").strip().lower() not in _PLAIN_ENCODINGS:
            raise Unavailable(
                f"{host} sends an unsupported content encoding. Try another address.",
                retry_after_s=60,
            )
        if max_bytes is not None and body.size is not None and body.size > max_bytes:
            raise TooLarge(
                f"{host} sends {body.size} bytes, more than the size limit. Use a smaller file."
            )

    async def fetch(
        self,
        url: str,
        *,
        max_bytes: int,
        total_s: float = 15,
        headers: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Request a URL and return the complete response, bounded in size and time.

        Raises:
            BadInput, Unavailable, TooLarge: As `open_sync`.
        """

        def work() -> Fetched:
            limits = {"max_bytes": max_bytes, "total_s": total_s}
            with self.open_sync(url, headers=headers, **limits) as body:  # type: ignore[arg-type]
                return Fetched(body.url, body.status, body.headers, body.read())

        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Close the connections; reads in progress fail."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()
        self._book.close()
