"""RTSP messages and interleaved frames on one byte stream (RFC 2326, sections 4 and 10.12).

Messages are parsed and written anew, never forwarded verbatim: two parsers can then not disagree
about where one ends, which is how request smuggling works.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from media_server.ingest.reasons import SourceError

_FRAME = ord("$")
_TEXT = ("utf-8", "surrogateescape")  # preserves all bytes
_MOST_HEAD, _MOST_BODY = 64 * 1024, 1024 * 1024
_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(r"RTSP/1\.\d (\d{3})(?!\d)")
_FIELD = re.compile(r"([A-Za-z][\w-]*)\s*:\s*(.*)", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Message:
    """A request or a reply."""

    start: str
    fields: tuple[tuple[str, str], ...] = ()  # without Content-Length, which follows from the body
    body: bytes = b""

    @property
    def status(self) -> int | None:
        """The status of a reply; None for a request."""
        match = _STATUS.match(self.start)
        return int(match[1]) if match else None

    @property
    def method(self) -> str:
        """The method of a request."""
        return self.start.partition(" ")[0]

    @property
    def url(self) -> str:
        """The URL of a request."""
        return f"{self.start}  ".split(" ")[1]

    def all(self, name: str) -> list[str]:
        """Return a field's values."""
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def get(self, name: str) -> str:
        """Return a field's first value, or an empty string."""
        return next(iter(self.all(name)), "")

    def replacing(self, start: str, values: Mapping[str, str | None]) -> "Message":
        """Return the message with another first line and some fields set, or removed for None."""
        names = {name.lower() for name in values}
        kept = (field for field in self.fields if field[0].lower() not in names)
        new = ((name, value) for name, value in values.items() if value is not None)
        return Message(start, (*new, *kept), self.body)

    def encode(self) -> bytes:
        """Return the message as bytes."""
        lines = [self.start, *(f"{name}: {value}" for name, value in self.fields)]
        if self.body:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode(*_TEXT) + self.body


class MessageReader:
    """Splits a byte stream into messages and runs of whole interleaved frames."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Message | bytes]:
        """Process received bytes; yield what is complete, in order.

        Raises:
            SourceError: This is not RTSP.
        """
        self._held += data
        while self._held:
            if self._held.startswith((b"\r", b"\n")):  # some cameras send them in between
                del self._held[0]
                continue
            size = self._frames()
            if size:
                yield bytes(self._held[:size])
                del self._held[:size]
                continue
            message = self._message()
            if message is None:
                return
            yield message

    def _frames(self) -> int:
        """Return how many bytes of whole frames come first."""
        held, at, end = self._held, 0, len(self._held)
        while at + 4 <= end and held[at] == _FRAME:
            after = at + 4 + (held[at + 2] << 8 | held[at + 3])
            if after > end:
                break
            at = after
        return at

    def _message(self) -> Message | None:
        if self._held.startswith(b"$"):
            return None
        end = _END.search(self._held)
        _check_size(end.start() if end else len(self._held), _MOST_HEAD)
        if end is None:
            return None
        start, fields = _parse(self._held[: end.start()].decode(*_TEXT))
        size = _size_of_body(fields)
        if len(self._held) < end.end() + size:
            return None
        body = bytes(self._held[end.end() : end.end() + size])
        del self._held[: end.end() + size]
        kept = tuple(field for field in fields if field[0].lower() != "content-length")
        return Message(start, kept, body)


def _parse(head: str) -> tuple[str, list[tuple[str, str]]]:
    start, *lines = (_CONTROL.sub("", line) for line in head.split("\n"))
    matches = map(_FIELD.fullmatch, lines)
    return start, [(match[1], match[2]) for match in matches if match]


def _size_of_body(fields: list[tuple[str, str]]) -> int:
    values = [value for name, value in fields if name.lower() == "content-length"]
    size = int(values[0]) if values and re.fullmatch(r"[0-9]{1,9}", values[0]) else 0
    _check_size(size, _MOST_BODY)
    return size


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise SourceError(
            "The camera does not speak RTSP. Check the address and its port.", kind="unsupported"
        )
