"""One RTMP publisher: its commands, its media, its timeouts (RTMP 1.0, section 7).

The server checks every session once a second to end those that are silent for too long.
"""

import asyncio
import time
from typing import Protocol

from domain.core.errors import MomentsError, UnsupportedMedia
from domain.core.log import get_logger
from media_server.ingest.rtmp import amf, chunks
from media_server.ingest.rtmp.answers import STREAM
from media_server.ingest.rtmp.chunks import Message
from media_server.ingest.rtmp.commands import amf0_of, code_of, info_of, parts_of
from media_server.ingest.rtmp.connection import Connection
from media_server.ingest.rtmp.errors import ProtocolError
from media_server.ingest.rtmp.stream_writer import Feed
from media_server.ingest.rtmp.tags import CodecRefusedError
from media_server.relay.rhythm import Rhythm

APPLICATION = "live"
_MOST_COMMANDS = 100
_COMMANDS = frozenset({chunks.COMMAND, chunks.COMMAND_AMF3})
_MEDIA = frozenset({chunks.AUDIO, chunks.VIDEO})
_OF_A_STREAM = _MEDIA | {chunks.DATA, chunks.DATA_AMF3, chunks.AGGREGATE}
# From the connection to the handshake's end, and to `publish`.
_GREET_S, _BEGIN_S = 3.0, 10.0
# Without data until the stream counts as offline (later for a publisher that sends rarely), and
# until the connection closes. A peer that has vanished is noticed by TCP's keepalive long before.
SILENT_S, GONE_S = 5.0, 3600.0
_RARELY_S = 12.0  # how rarely a publisher may send, until its own rhythm is known

log = get_logger(__name__)


class Host(Protocol):
    """What a session calls on the server."""

    def came(self, session: "Session") -> bool:
        """Register a newly connected session; return whether it may stay."""
        ...

    async def publish(self, key: str, session: "Session") -> Feed:
        """Start publishing; return the stream's writer.

        Raises:
            MomentsError: It is refused.
        """
        ...

    def ended(self, session: "Session", reason: str | None) -> None:
        """Note that a session has stopped publishing."""
        ...

    def closed(self, session: "Session") -> None:
        """Forget a session."""
        ...


class Session:
    """A peer."""

    protocol = "RTMP"

    def __init__(self, host: Host, *, is_relayed: bool = False) -> None:
        self.is_relayed = is_relayed
        self.stream_id: str | None = None  # its stream's writer, set by the host
        self.connection = Connection(self)
        self._answers = self.connection.answers
        self._host = host
        self._opening: asyncio.Task[None] | None = None
        self._feed: Feed | None = None
        self._reason: str | None = None  # why it ends, if known
        self._commands = 0
        self._born = time.monotonic()
        self._rhythm = Rhythm(_RARELY_S)
        self._is_silent = False

    # The connection

    def came(self) -> bool:
        """Ask the host whether it may stay."""
        return self._host.came(self)

    def lost(self) -> None:
        """End."""
        if self._opening is not None:
            self._opening.cancel()
        self._end_feed(self._reason or "The publisher disconnected.")
        self._host.closed(self)

    # Properties and checks for the server

    @property
    def is_publishing(self) -> bool:
        """Whether it has a stream."""
        return self._feed is not None

    @property
    def is_stranger(self) -> bool:
        """Whether it has not sent a key yet."""
        return self._feed is None and self._opening is None

    @property
    def is_silent(self) -> bool:
        """Whether it has been silent so long that another publisher may take the stream."""
        return self._is_silent

    def look(self, now: float) -> None:
        """End a session that is silent for too long; the server calls this every second."""
        if self._feed is None:
            is_greeting = self.connection.is_greeting
            if now - self._born > (_GREET_S if is_greeting else _BEGIN_S):
                what = "finish the handshake" if is_greeting else "start publishing"
                self.connection.refused(f"it did not {what}")
            return
        quiet = now - (self._rhythm.last or now)
        if quiet > GONE_S:
            self.redirect("The publisher was disconnected: it sent nothing for an hour.")
        elif self._rhythm.has_stopped(now, SILENT_S) and not self._is_silent:
            self._is_silent = True
            self._feed.silence(
                "The publisher is connected but sends nothing. The stream resumes when it does."
            )

    def cut(self, reason: str) -> None:
        """End because another publisher, source or node has taken the stream."""
        self.refuse("NetStream.Publish.Rejected", reason)

    def redirect(self, reason: str) -> None:
        """Ask the publisher to reconnect (Enhanced RTMP): its stream has moved."""
        self._answers.status("NetConnection.Connect.ReconnectRequest", reason, stream=0)
        self.refuse("NetStream.Publish.Rejected", reason)

    def refuse(self, code: str, reason: str) -> None:
        """Tell the publisher why, and close."""
        self._reason = reason
        self._answers.status(code, reason, level="error")
        self.connection.close()

    # Messages

    def take(self, message: Message) -> None:
        """Process a message.

        Raises:
            ProtocolError: It violates the protocol.
        """
        feed = self._feed
        if feed is None or message.kind not in _OF_A_STREAM:
            if message.kind in _COMMANDS:
                self._command(self._values(message, chunks.COMMAND_AMF3))
        elif message.kind in _MEDIA:
            self._media(message, feed)
        elif message.kind == chunks.AGGREGATE:
            for inner in parts_of(message, self.connection.limits.spend):
                self._media(inner, feed)
        else:
            self._data(self._values(message, chunks.DATA_AMF3), feed)

    def _values(self, message: Message, amf3: int) -> list[amf.Value]:
        return amf.decode(amf0_of(message, amf3), self.connection.limits.spend)

    def _media(self, message: Message, feed: Feed) -> None:
        self._rhythm.came(time.monotonic())
        self._is_silent = False
        is_video = message.kind == chunks.VIDEO
        try:
            feed.media(is_video=is_video, ms=message.timestamp, body=message.body)
        except CodecRefusedError as error:
            log.info("rtmp_codec_refused", stream=self.stream_id, reason=str(error))
            self.refuse("NetStream.Publish.Rejected", str(error))
        except UnsupportedMedia as error:
            self.refuse("NetStream.Publish.Rejected", error.message)

    @staticmethod
    def _data(values: list[amf.Value], feed: Feed) -> None:
        if values and values[0] == "@setDataFrame":
            values = values[1:]
        if len(values) > 1 and values[0] == "onMetaData" and isinstance(values[1], dict):
            feed.metadata(values[1])

    def _command(self, values: list[amf.Value]) -> None:
        name, number, *rest = [*values, None, None][: max(2, len(values))]
        self._commands += 1
        if self._commands > _MOST_COMMANDS or not isinstance(name, str):
            message = "too many commands" if isinstance(name, str) else "a command without a name"
            raise ProtocolError(message)
        if name == "connect":
            self._connect(number, rest)
        elif name == "createStream":
            self._answers.invoke("_result", number, None, STREAM)
        elif name == "publish":
            self._publish(rest)
        elif name == "play":
            self.refuse(
                "NetStream.Play.Failed",
                ("This port is for publishers. Watch the stream on its page."),
            )
        elif name in {"FCUnpublish", "deleteStream", "closeStream"}:
            self._unpublish()
        elif number and name in {"releaseStream", "FCPublish", "_checkbw", "getStreamLength"}:
            self._answers.invoke("_result", number, None, None)

    def _connect(self, number: amf.Value, rest: list[amf.Value]) -> None:
        fields = rest[0] if rest and isinstance(rest[0], dict) else {}
        application = str(fields.get("app") or "").partition("?")[0].strip("/")
        if application != APPLICATION:
            reason = f"Publish to rtmp://…/{APPLICATION} with the stream's publish key as the key."
            self._answers.invoke(
                "_error", number, None,
                info_of("NetConnection.Connect.Rejected", reason, level="error"),
            )  # fmt: skip
            self.connection.close()
            return
        self._answers.accept(number, fields)

    def _publish(self, rest: list[amf.Value]) -> None:
        key = rest[1] if len(rest) > 1 else None
        if self._feed is not None or not isinstance(key, str):
            self.refuse(
                "NetStream.Publish.BadName",
                ("A connection can publish only one stream. Open another connection."),
            )
            return
        self.connection.hold()
        self._opening = asyncio.get_running_loop().create_task(self._open(key.partition("?")[0]))

    async def _open(self, key: str) -> None:
        try:
            self._feed = await self._host.publish(key, self)
        except MomentsError as error:
            log.info("rtmp_publisher_refused", reason=error.message)
            self.refuse(code_of(error), error.message)
            return
        except Exception:
            log.exception("rtmp_publish_failed")
            self.connection.abort()
            return
        finally:
            self._opening = None
        now = time.monotonic()
        self._rhythm.came(now)
        self.connection.publishes(now)
        self._answers.status("NetStream.Publish.Start", "Publishing.")
        self.connection.go_on()

    def _unpublish(self) -> None:
        if self._feed is not None:
            self._answers.status("NetStream.Unpublish.Success", "The stream has ended.")
            self._end_feed("The publisher has ended the stream.")

    def _end_feed(self, reason: str) -> None:
        feed, self._feed = self._feed, None
        if feed is not None:
            feed.close()
            self.connection.limits.ended()
            self._born = time.monotonic()  # it may publish again
            self._host.ended(self, reason)
