"""What this node shall run: read from the directory, remembered while that is away."""

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
    """Where this node is reached."""

    control_url: str
    public_url: str
    media_url: str | None
    rtmp_address: str | None = None
    name: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return them by name."""
        return asdict(self)


class Rounds(Protocol):
    """Where a node says that it lives, and learns what it shall run."""

    async def heartbeat(self, beat: Beat) -> Orders:
        """Say that a node lives, and return all that it shall run.

        Raises:
            MomentsError: The directory is away.
        """
        ...

    async def leave(self, node_id: str) -> None:
        """Give a node's streams back."""
        ...


class StreamDirectory(Rounds, Protocol):
    """Where nodes are known and streams are given to them."""

    async def of_stream(self, stream_id: str) -> Node | None:
        """Return the live node that runs a stream (known for at most a second).

        Raises:
            MomentsError: The directory is away.
        """
        ...

    async def drain(self, node: str) -> Node:
        """Let a node give its streams to others and end.

        Raises:
            MomentsError: The directory is away, or the node is not there.
        """
        ...


class ConfigFile:
    """The configs known last, on disk: a node that restarts without the database streams on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: list[StreamConfig] | None = None

    def read(self) -> list[StreamConfig]:
        """Return what was known last; nothing where there is nothing (readable)."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[StreamConfig])
        except (OSError, UnicodeDecodeError, msgspec.MsgspecError):
            return []

    async def write(self, configs: list[StreamConfig]) -> None:
        """Keep what is known, where it has changed; a full disk is no reason to stop."""
        if configs != self._written:
            await asyncio.to_thread(self._write, configs)

    def _write(self, configs: list[StreamConfig]) -> None:
        draft = self._path.with_suffix(".tmp")
        try:
            draft.touch(mode=0o600)  # sources' addresses can carry passwords
            with draft.open("wb") as file:
                file.write(msgspec.json.encode(configs))
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._path)
            self._written = configs
        except OSError as error:
            log.warning("configs_not_kept", error=str(error))


class Reconciler:
    """Says every two seconds that the node lives, and makes it run what it shall."""

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
        """Read anew at once; returns when that has been done, or after a few seconds."""
        async with self._round:
            # A round that is under way may have read before the change: wait for the next one.
            target = self._begun + 1
            self._wanted.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE_S):
                    await self._round.wait_for(lambda: self._ended >= target)

    async def run(self) -> None:
        """Go on for ever."""
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
        self._on_air.told(beat.on_air)
        self._apply(orders.configs)
        await self._file.write(orders.configs)
        self._drain(orders)

    def _beat(self) -> Beat:
        return Beat(
            self._node_id,
            **self._addresses.as_dict(),
            is_first=self._is_first,
            on_air=self._on_air.untold(),
        )

    def _drain(self, orders: Orders) -> None:
        if orders.is_draining and not self.is_draining:
            log.info("node_draining", streams=len(orders.configs))
        self.is_draining = orders.is_draining
        if orders.is_done:
            for callback in self.on_drained:
                callback()

    async def leave(self) -> None:
        """Give the streams back, because the node ends on purpose."""
        try:
            await self._directory.leave(self._node_id)
        except (MomentsError, OSError) as error:
            log.warning("directory_away", error=str(error))
