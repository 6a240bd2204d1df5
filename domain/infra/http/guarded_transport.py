"""HTTP connections to checked addresses only, with a deadline."""

import contextlib
import contextvars
import ssl
import time
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import httpx

from domain.infra.http.addresses import AddressBook


class Deadline:
    """An instant of the monotonic clock, or none."""

    def __init__(self, at_s: float | None) -> None:
        self._at_s = at_s

    def bound(self, timeout: float | None) -> float | None:
        """Return a step's timeout: its own, or the remaining time if that is less.

        Raises:
            httpcore.ReadTimeout: No time remains.
        """
        if self._at_s is None:
            return timeout
        left = self._at_s - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if timeout is None else min(left, timeout)


_deadline: contextvars.ContextVar[Deadline] = contextvars.ContextVar(
    "deadline",
    default=Deadline(None),  # noqa: B039 (it never changes)
)


@contextlib.contextmanager
def deadline_of_call(deadline: Deadline) -> Iterator[None]:
    """Bound every network step of the calls inside: a server that drips bytes cannot extend it."""
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


class _BoundedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _deadline.get().bound(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _deadline.get().bound(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        timeout = _deadline.get().bound(timeout)
        return _BoundedStream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 (httpcore's own type)
        return self._stream.get_extra_info(info)


class _CheckedBackend(httpcore.NetworkBackend):
    """Connects to a name's checked addresses, one after the other."""

    def __init__(self, book: AddressBook) -> None:
        self._book = book
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: httpcore.ConnectError | httpcore.ConnectTimeout = httpcore.ConnectError()
        for address in self._book.resolve(host, port):
            try:
                bounded = _deadline.get().bound(timeout)
                stream = self._inner.connect_tcp(
                    address, port, bounded, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _BoundedStream(stream)
        raise failure

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        if isinstance(self._stream, contextlib.AbstractContextManager) or hasattr(
            self._stream, "close"
        ):
            self._stream.close()


class GuardedTransport(httpx.BaseTransport):
    """httpx over an httpcore pool whose connections are checked; errors are httpcore's own."""

    def __init__(self, book: AddressBook, *, verify: bool = True) -> None:
        context = httpx.create_ssl_context(verify=verify, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=256,
            max_keepalive_connections=32,
            keepalive_expiry=15,
            network_backend=_CheckedBackend(book),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return its response, with the body unread."""
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer.stream),  # type: ignore[arg-type]
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close the pool."""
        self._pool.close()
