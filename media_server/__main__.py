"""`python -m media_server`: one media node."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable

from domain.core.lazy_imports import OPTIONAL, absent

with absent(*OPTIONAL):
    from domain.accounts.wiring import wire_notifier
    from domain.core.errors import DatabaseUnavailable
    from domain.core.log import configure, get_logger
    from domain.core.secrets import load_keyring
    from domain.core.settings import Settings
    from domain.core.time import SystemClock
    from domain.infra.database import Database
    from domain.infra.events import Events
    from domain.infra.migrate import wait_for_schema
    from domain.infra.postgres import dsn
    from domain.infra.serving import open_files
    from domain.live.nodes import Beat, NodeRegistry, Orders
    from domain.live.nodes import Node as KnownNode
    from media_server.node import Node

log = get_logger(__name__)


class Directory:
    """Connects to the registry in the database once it is reachable."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._database: Database | None = None
        self._registry: NodeRegistry | None = None
        self._lock = asyncio.Lock()

    async def heartbeat(self, beat: Beat) -> Orders:
        """Report that a node is alive and return the streams it should run.

        Raises:
            DatabaseUnavailable: The database is unreachable.
        """
        registry = await self._connected()
        try:
            return await registry.heartbeat(beat)
        except DatabaseUnavailable:
            await self.close()  # an embedded server may restart on another port
            raise

    async def of_stream(self, stream_id: str) -> KnownNode | None:
        """Return the live node that runs a stream.

        Raises:
            DatabaseUnavailable: The database is unreachable.
        """
        return await (await self._connected()).of_stream(stream_id)

    async def drain(self, node: str) -> KnownNode:
        """Drain a node: other nodes get its streams, then it exits.

        Raises:
            DatabaseUnavailable: The database is unreachable.
            NotFound: No live node has this id.
        """
        return await (await self._connected()).drain(node)

    async def leave(self, node_id: str) -> None:
        """Release a node's streams."""
        if self._registry is not None:
            await self._registry.leave(node_id)

    async def close(self) -> None:
        """Close the connections."""
        database, self._database, self._registry = self._database, None, None
        if database is not None:
            await database.close()

    async def _connected(self) -> NodeRegistry:
        async with self._lock:
            if self._registry is None:
                database = Database(
                    await dsn(self._settings, wait_s=2), pool_size=2, name="moments media"
                )
                await database.start()
                try:
                    await wait_for_schema(database, wait_s=2)
                except BaseException:
                    await database.close()
                    raise
                clock, keyring = SystemClock(), load_keyring(self._settings)
                events = Events(database, clock)
                notifier = wire_notifier(self._settings, keyring, database, events, clock)
                self._database, self._registry = database, NodeRegistry(database, notifier)
            return self._registry


async def run(settings: Settings) -> None:
    """Run a node until it receives a signal."""
    directory = Directory(settings)
    node = Node(settings, directory)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, node.stop)
    try:
        await node.run()
    finally:
        await directory.close()


def main() -> int:
    """Run; return the process's exit status."""
    settings = Settings()
    configure(settings, "media")
    open_files.raise_limit()
    factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    with contextlib.suppress(ImportError):
        import uvloop  # noqa: PLC0415 (not on every system)

        factory = uvloop.new_event_loop
    try:
        with asyncio.Runner(loop_factory=factory) as runner, contextlib.suppress(KeyboardInterrupt):
            runner.run(run(settings))
    except OSError as error:
        log.error("node_cannot_start", error=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
