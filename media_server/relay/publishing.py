"""One publisher per stream, whatever protocol they speak.

A second publisher is refused, or takes over and disconnects the first, depending on the setting. A
silent publisher is replaced in either case: its successor is usually itself, back on a new
connection before the old one timed out.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from domain.core.errors import BadInput, Conflict, Unauthenticated
from domain.core.log import get_logger
from domain.core.secrets import Keyring
from domain.live.wire import StreamConfig
from media_server.relay.queues import Inlet
from media_server.relay.registry import Registry, Running

Policy = Literal["refuse", "takeover"]

# Refuse a key that was replaced more often for a while after its stream moves.
_MOST_VERSIONS = 100

log = get_logger(__name__)


class Publisher(Protocol):
    """A connection that feeds a stream; every call happens on the event loop."""

    protocol: str  # as users know it: `RTMP`, `WHIP`

    @property
    def is_silent(self) -> bool:
        """Whether it has been silent so long that another publisher may take the stream."""
        ...

    def cut(self, reason: str) -> None:
        """End because another publisher, source or node has taken the stream."""
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
        """Return a stream's current publisher."""
        claim = self._by_stream.get(stream_id)
        return None if claim is None else claim.publisher

    def check_known(self, stream_id: str, code: str) -> None:
        """Refuse a key that no stream ever had; its stream may run elsewhere or nowhere.

        Raises:
            Unauthenticated: We did not issue the key.
        """
        if len(code) != 32 or not any(
            self._keyring.matches("publish", f"{stream_id}:{version}", code)
            for version in range(1, _MOST_VERSIONS + 1)
        ):
            raise Unauthenticated(WRONG_KEY)

    def check_key(self, running: Running, code: str) -> None:
        """Refuse anyone without the stream's publish key; `code` is the part after its id.

        Raises:
            Unauthenticated: The key is wrong, or a newer one replaced it.
        """
        config = running.config
        text = f"{config.stream_id}:{config.publish_key_version}"
        if len(code) != 32 or not self._keyring.matches("publish", text, code):
            raise Unauthenticated(WRONG_KEY)

    def check_free(self, stream_id: str) -> Running:
        """Refuse a publisher early, before anything is created for it.

        Raises:
            NotFound: The stream does not run here.
            BadInput: The stream does not accept publishers.
            Conflict: It has a publisher, and the setting is to refuse another.
        """
        running = self._registry.get(stream_id)
        if running.config.kind != "push":
            raise BadInput("This stream has its own source. Change its source to publish to it.")
        before = self.of(stream_id)
        if before is not None and self._policy == "refuse" and not before.is_silent:
            raise Conflict(
                f"This stream already has a publisher, by {before.protocol}. Stop that one first."
            )
        return running

    def claim(self, stream_id: str, code: str, publisher: Publisher) -> Inlet:
        """Register a stream's publisher and return the inlet for its packets.

        This checks the key again: from here on, replacing the key disconnects.

        Raises:
            NotFound: The stream does not run here.
            Unauthenticated: The key is wrong, or a newer one replaced it.
            BadInput: The stream does not accept publishers.
            Conflict: It has a publisher, and the setting is to refuse another.
        """
        running = self._registry.get(stream_id)
        self.check_key(running, code)
        self.check_free(stream_id)
        before = self.of(stream_id)
        if before is not None:
            before.cut("Another publisher has taken over this stream.")
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
            self._cut(running, "The stream now has its own source.")
        elif config.publish_key_version != before.publish_key_version:
            self._cut(running, "The publish key was replaced. Publish with the new one.")

    def _stopped(self, running: Running) -> None:
        self._cut(running, "The stream has moved to another node. Publish again.")

    def _cut(self, running: Running, reason: str) -> None:
        """End a stream's publisher; its place is free at once, however long the shutdown takes."""
        claim = self._by_stream.pop(running.config.stream_id, None)
        if claim is not None:
            claim.publisher.cut(reason)
            running.stream.end("offline", reason)


WRONG_KEY = "This publish key belongs to no stream here. Copy the key from the stream's page."


def split_key(key: str) -> tuple[str, str]:
    """Return the stream and the code in a publish key.

    Raises:
        Unauthenticated: It is not a publish key.
    """
    kind, _, rest = key.partition("_")
    name, _, code = rest.partition("_")
    if kind != "pk" or not name or not code:
        raise Unauthenticated(WRONG_KEY)
    return f"stream_{name}", code
