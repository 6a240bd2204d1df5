"""Shared state of the node's handlers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from domain.core.secrets import Keyring
from domain.core.time import Clock
from media_server.egress.outlet import Outlets
from media_server.egress.webrtc.service import Whep
from media_server.http.metrics import Metrics
from media_server.ingest.webrtc.service import Whip
from media_server.relay.decoders import DecoderPool
from media_server.relay.history import Histories
from media_server.relay.publishing import Publishers
from media_server.relay.recording import Recordings
from media_server.relay.registry import Registry
from media_server.relay.webrtc.ice import Ice
from media_server.relay.webrtc.peer import Peers


@dataclass(frozen=True)
class NodeState:
    """The node as its routes see it."""

    node_id: str
    keyring: Keyring
    clock: Clock
    registry: Registry
    outlets: Outlets
    decoders: DecoderPool
    histories: Histories
    recordings: Recordings
    metrics: Metrics
    ice: Ice
    peers: Peers
    whep: Whep
    whip: Whip
    publishers: Publishers
    scratch: Path  # for files in progress; emptied at every start
    reconcile: Callable[[], Awaitable[None]]
    drain: Callable[[], Awaitable[object]]
