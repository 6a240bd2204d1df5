"""The parts of commands and messages besides their AMF0."""

from collections.abc import Callable

from domain.core.errors import Conflict, MomentsError, Unauthenticated
from media_server.ingest.rtmp import amf, chunks
from media_server.ingest.rtmp.chunks import Message


def info_of(code: str, reason: str, *, level: str = "status") -> dict[str, amf.Value]:
    """Return an information object of a status or a result."""
    return {"level": level, "code": code, "description": reason}


def code_of(error: MomentsError) -> str:
    """Return the code that publishing software recognises as a refusal."""
    if isinstance(error, Unauthenticated):
        return "NetStream.Publish.Denied"
    return "NetStream.Publish." + ("BadName" if isinstance(error, Conflict) else "Rejected")


def amf0_of(message: Message, amf3: int) -> memoryview:
    """Return a command's AMF0 body: "AMF3" commands are AMF0 behind a byte 0."""
    body = memoryview(message.body)
    return body[1:] if message.kind == amf3 and message.body[:1] == b"\0" else body


def parts_of(message: Message, spend: Callable[[], None]) -> list[Message]:
    """Return the tags inside an aggregate, with times relative to its own.

    Calls `spend` for each of them, which raises when there are too many.
    """
    body, at, parts, first = message.body, 0, [], None
    while at + 11 <= len(body):
        spend()
        size = int.from_bytes(body[at + 1 : at + 4], "big")
        ms = int.from_bytes(body[at + 4 : at + 7], "big") | body[at + 7] << 24
        first = ms if first is None else first
        if at + 11 + size > len(body):
            break
        if body[at] in {chunks.AUDIO, chunks.VIDEO}:
            time_ms = (message.timestamp + ms - first) & 0xFFFFFFFF
            inner = body[at + 11 : at + 11 + size]
            parts.append(Message(body[at], message.stream, time_ms, inner))
        at += 15 + size
    return parts
