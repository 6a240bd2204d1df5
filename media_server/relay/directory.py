"""The streams this node should run: read from the directory, cached while it is unreachable."""

import asyncio
import contextlib
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import msgspec

from domain.core.errors import MomentsError
from domain.core.log import get_logger
from domain.live.nodes import Beat, Node, Orders
from domain.live.wire import StreamConfig
from media_server.relay.on_air import OnAir
from media_server.relay.registry import Registry

_EVERY_S = 2.0
_PATIENCE_S = 5.0

log = get_logger(__name__)


@dataclass(frozen=True)
class Addresses:
    """This node's addresses."""

    control_url: str
    public_url: str
    media_url: str | None
    rtmp_address: str | None = None
    name: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return them by name."""
        return asdict(self)


class Rounds(Protocol):
    """Where a node reports its heartbeat and learns which streams to run."""

    async def heartbeat(self, beat: Beat) -> Orders:
        """Report that a node is alive, and return the streams it should run.

        Raises:
            MomentsError: The directory is unreachable.
        """
        ...

    async def leave(self, node_id: str) -> None:
        """Release a node's streams."""
        ...


class StreamDirectory(Rounds, Protocol):
    """The registry of nodes and their streams."""

    async def of_stream(self, stream_id: str) -> Node | None:
        """Return the live node that runs a stream (cached for at most a second).

        Raises:
            MomentsError: The directory is unreachable.
        """
        ...

    async def drain(self, node: str) -> Node:
        """Drain a node: other nodes get its streams, then it exits.

        Raises:
            MomentsError: The directory is unreachable, or has no such node.
        """
        ...


class ConfigFile:
    """The last known configs, on disk: a node that restarts without a database keeps streaming."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: list[StreamConfig] | None = None

    def read(self) -> list[StreamConfig]:
        """Return the last known configs; empty if there are none (readable)."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[StreamConfig])
        except (OSError, UnicodeDecodeError, msgspec.MsgspecError):
            return []

    async def write(self, configs: list[StreamConfig]) -> None:
        """Store the configs if they changed; a full disk is no reason to stop."""
        if configs != self._written:
            await asyncio.to_thread(self._write, configs)

    def _write(self, configs: list[StreamConfig]) -> None:
        draft = self._path.with_suffix(".tmp")
        try:
            draft.touch(mode=0o600)  # source URLs can contain passwords
            with draft.open("wb") as file:
                file.write(msgspec.json.encode(configs))
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._path)
            self._written = configs
        except OSError as error:
            log.warning("configs_not_kept", error=str(error))


class Reconciler:
    """Sends a heartbeat every two seconds, and applies the assigned streams."""

    def __init__(
        self,
        node_id: str,
        addresses: Addresses,
        directory: Rounds,
        file: ConfigFile,
        registry: Registry,
    ) -> None:
        self.on_drained: list[Callable[[], None]] = []
        self.is_draining = False
        self._is_first = True
        self._node_id = node_id
        self._addresses = addresses
        self._directory = directory
        self._file = file
        self._apply = registry.reconcile
        self._on_air = OnAir(registry)
        self._wanted = asyncio.Event()
        self._round = asyncio.Condition()
        self._begun = self._ended = 0  # rounds
        self._is_away = False

    async def now(self) -> None:
        """Reload at once; returns when done, or after a few seconds."""
        async with self._round:
            # A round in progress may have read before the change: wait for the next one.
            target = self._begun + 1
            self._wanted.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE_S):
                    await self._round.wait_for(lambda: self._ended >= target)

    async def run(self) -> None:
        """Run forever."""
        self._apply(self._file.read())
        while True:
            self._wanted.clear()
            self._begun += 1
            await self._once()
            async with self._round:
                self._ended = self._begun
                self._round.notify_all()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_EVERY_S):
                    await self._wanted.wait()

    async def _once(self) -> None:
        beat = self._beat()
        try:
            async with asyncio.timeout(_PATIENCE_S):
                orders = await self._directory.heartbeat(beat)
        except (MomentsError, OSError, TimeoutError) as error:
            if not self._is_away:
                log.warning("directory_away", error=str(error))
            self._is_away = True
            return
        if self._is_away:
            log.info("directory_back")
        self._is_away = False
        self._is_first = False
        self._on_air.told(beat.on_air, beat.failed)
        self._apply(orders.configs)
        await self._file.write(orders.configs)
        self._drain(orders)

    def _beat(self) -> Beat:
        return Beat(
            self._node_id,
            **self._addresses.as_dict(),
            is_first=self._is_first,
            on_air=self._on_air.untold(),
            failed=self._on_air.failed(),
        )

    def _drain(self, orders: Orders) -> None:
        if orders.is_draining and not self.is_draining:
            log.info("node_draining", streams=len(orders.configs))
        self.is_draining = orders.is_draining
        if orders.is_done:
            for callback in self.on_drained:
                callback()

    async def leave(self) -> None:
        """Release the streams before a planned shutdown."""
        try:
            await self._directory.leave(self._node_id)
        except (MomentsError, OSError) as error:
            log.warning("directory_away", error=str(error))
