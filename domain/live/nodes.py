"""The media nodes: who is alive, who runs which stream, and how the web reaches them."""

from dataclasses import dataclass
from datetime import datetime

from domain.live.wire import StreamConfig


@dataclass(frozen=True, slots=True)
class Node:
    """A media node as the registry knows it."""

    id: str
    control_url: str
    media_url: str | None  # as browsers reach it, when not through the web process
    public_url: str  # its viewers' routes as the web process reaches them
    heartbeat_at: datetime
    is_alive: bool


class NodeRegistry:
    """Nodes and the streams that they run. Nobody but nodes, jobs and the proxy asks it."""

    async def heartbeat(
        self, node_id: str, *, control_url: str, public_url: str, media_url: str | None
    ) -> list[StreamConfig]:
        """Say that a node lives, claim what nobody runs, and return all that it shall run.

        Nodes call it every 2 s and after `POST /control/reconcile`. Under an advisory lock, so
        that a stream has one node; dead nodes (silent for over 10 s) lose theirs to the live
        ones, least loaded first.
        """
        raise NotImplementedError

    async def leave(self, node_id: str) -> None:
        """Give a node's streams back, because it is shutting down."""
        raise NotImplementedError

    async def nodes(self) -> list[Node]:
        """List the nodes that gave a sign of life within the last day."""
        raise NotImplementedError

    async def of_stream(self, stream_id: str) -> Node | None:
        """Return the live node that runs a stream (cached for at most 1 s)."""
        raise NotImplementedError
