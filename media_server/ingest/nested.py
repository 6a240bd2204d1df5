"""Files and URLs that libav opens besides the one it was given.

PyAV keeps one exception of a callback until libav returns, and prints a traceback for each further
one; a hostile playlist names any number. So the first failure is raised, which ends the attempt,
and every later request of libav gets an empty body without a fetch.
"""

import io
from collections.abc import Callable
from typing import TypeVar

from media_server.ingest.byte_reader import ByteReader
from media_server.ingest.reasons import SourceError

IoOpen = Callable[[str, int, dict[str, str]], ByteReader]
T = TypeVar("T")


class Nested:
    """An `io_open` for PyAV, for one attempt at a source."""

    def __init__(self, io_open: IoOpen) -> None:
        self._open = io_open
        self._has_failed = False

    def __call__(self, url: str, flags: int, options: dict[str, str]) -> ByteReader:
        """Return a reader.

        Raises:
            SourceError: It is not available, and this is the first failure.
        """
        empty: ByteReader = io.BytesIO()
        return _Reader(self, self.tried(lambda: self._open(url, flags, options), empty))

    def tried(self, act: Callable[[], T], otherwise: T) -> T:
        """Return a call's result, or the fallback once anything has failed."""
        if self._has_failed:
            return otherwise
        try:
            return act()
        except BaseException:
            self._has_failed = True
            raise


class _Reader:
    """One of the files."""

    def __init__(self, nested: Nested, inner: ByteReader) -> None:
        self._nested, self._inner = nested, inner

    def read(self, size: int = -1) -> bytes:
        return self._nested.tried(lambda: self._inner.read(size), b"")

    def close(self) -> None:
        self._inner.close()


def none_nested() -> Nested:
    """Return an `io_open` that refuses every nested file."""
    return Nested(_refuse)


def _refuse(_url: str, _flags: int, _options: dict[str, str]) -> ByteReader:
    raise SourceError(
        "The source refers to other files or URLs, which pulls do not follow.", kind="refused"
    )
