"""Who publishes into which stream: one publisher each, whatever protocol they speak.

A second publisher is refused, or takes over and cuts the first one off, as the setting says. A
publisher that has fallen silent is replaced in either case: its successor is mostly itself, back on
a new connection before the old one was noticed to be dead.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from domain.core.errors import BadInput, Conflict, Unauthenticated
from domain.core.log import get_logger
from domain.core.secrets import Keyring
from domain.live.wire import StreamConfig
from media_server.relay.live import Inlet
from media_server.relay.registry import Registry, Running

Policy = Literal["refuse", "takeover"]

# A key that was replaced more often is refused for a moment while its stream moves.
_MOST_VERSIONS = 100

log = get_logger(__name__)


class Publisher(Protocol):
    """A connection that feeds a stream; everything here is called on the event loop."""

    protocol: str  # as people know it: `RTMP`, `WHIP`

    @property
    def is_silent(self) -> bool:
        """Whether nothing has come for so long that somebody else may take the stream."""
        ...

    def cut(self, reason: str) -> None:
        """End, because the stream is another publisher's, another source's or another node's."""
        ...


@dataclass(frozen=True, slots=True)
class _Claim:
    publisher: Publisher
    inlet: Inlet


class Publishers:
    """The publishers of a node's streams."""

    def __init__(self, registry: Registry, keyring: Keyring, policy: Policy) -> None:
        self._registry = registry
        self._keyring = keyring
        self._policy = policy
        self._by_stream: dict[str, _Claim] = {}
        registry.on_change.append(self._changed)
        registry.on_stop.append(self._stopped)

    def __len__(self) -> int:
        return len(self._by_stream)

    def of(self, stream_id: str) -> Publisher | None:
        """Return who publishes into a stream now."""
        claim = self._by_stream.get(stream_id)
        return None if claim is None else claim.publisher

    def check_known(self, stream_id: str, code: str) -> None:
        """Refuse whose key was never one of a stream, which may run elsewhere or nowhere now.

        Raises:
            Unauthenticated: The key is none of ours.
        """
        if len(code) != 32 or not any(
            self._keyring.matches("publish", f"{stream_id}:{version}", code)
            for version in range(1, _MOST_VERSIONS + 1)
        ):
            raise Unauthenticated(WRONG_KEY)

    def check_key(self, running: Running, code: str) -> None:
        """Refuse who has not the stream's publish key; `code` is what stands behind its id.

        Raises:
            Unauthenticated: The key is wrong, or was replaced by a newer one.
        """
        config = running.config
        text = f"{config.stream_id}:{config.publish_key_version}"
        if len(code) != 32 or not self._keyring.matches("publish", text, code):
            raise Unauthenticated(WRONG_KEY)

    def check_free(self, stream_id: str) -> Running:
        """Refuse who could not publish, before anything is made for them.

        Raises:
            NotFound: The stream does not run here.
            BadInput: It is not one that is published to.
            Conflict: It has a publisher, and the setting is to refuse another.
        """
        running = self._registry.get(stream_id)
        if running.config.kind != "push":
            raise BadInput("This stream has a source of its own and cannot be published to")
        before = self.of(stream_id)
        if before is not None and self._policy == "refuse" and not before.is_silent:
            raise Conflict(
                f"Somebody publishes into this stream already, by {before.protocol}: "
                "stop that first"
            )
        return running

    def claim(self, stream_id: str, code: str, publisher: Publisher) -> Inlet:
        """Make somebody the publisher of a stream and return where to put the packets.

        The key is looked at here, whatever was looked at before: from here on its replacement cuts.

        Raises:
            NotFound: The stream does not run here.
            Unauthenticated: The key is wrong, or was replaced by a newer one.
            BadInput: It is not one that is published to.
            Conflict: It has a publisher, and the setting is to refuse another.
        """
        running = self._registry.get(stream_id)
        self.check_key(running, code)
        self.check_free(stream_id)
        before = self.of(stream_id)
        if before is not None:
            before.cut("Another publisher has taken this stream over.")
            log.info("publisher_replaced", stream=stream_id, by=publisher.protocol)
        inlet = running.stream.inlet()
        self._by_stream[stream_id] = _Claim(publisher, inlet)
        return inlet

    def release(self, stream_id: str, publisher: Publisher, reason: str | None = None) -> None:
        """Note that a publisher has ended; the stream waits for the next one."""
        claim = self._by_stream.get(stream_id)
        if claim is None or claim.publisher is not publisher:
            return
        del self._by_stream[stream_id]
        if not claim.inlet.is_closed:  # nothing else feeds the stream by now
            self._registry.get(stream_id).stream.end("offline", reason)

    def _changed(self, before: StreamConfig, running: Running) -> None:
        config = running.config
        if config.kind != "push":
            self._cut(running, "The stream has a source of its own now.")
        elif config.publish_key_version != before.publish_key_version:
            self._cut(running, "The publish key has been replaced: publish with the new one.")

    def _stopped(self, running: Running) -> None:
        self._cut(running, "The stream has been taken off this node: publish again.")

    def _cut(self, running: Running, reason: str) -> None:
        """End a stream's publisher, whose place is free at once, however long its end takes."""
        claim = self._by_stream.pop(running.config.stream_id, None)
        if claim is not None:
            claim.publisher.cut(reason)
            running.stream.end("offline", reason)


WRONG_KEY = "The publish key is not the one of a stream here: copy it from the stream's page"


def split_key(key: str) -> tuple[str, str]:
    """Return the stream that a publish key names, and its code.

    Raises:
        Unauthenticated: It is no publish key.
    """
    kind, _, rest = key.partition("_")
    name, _, code = rest.partition("_")
    if kind != "pk" or not name or not code:
        raise Unauthenticated(WRONG_KEY)
    return f"stream_{name}", code
