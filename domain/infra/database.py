"""The pool over PostgreSQL: the only place that opens transactions.

Piccolo's tables and hand-written SQL share one connection: everything inside `async with
database.transaction()` (in the same task, or in tasks started there) runs in that transaction. A
failed connection raises `DatabaseUnavailable`; the pool replaces it by itself.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from domain.core.errors import Conflict, DatabaseUnavailable
from domain.core.log import get_logger
from domain.infra.transaction import (
    Callback,
    Record,
    Transaction,
    call_all,
    current_transaction,
    enter,
    is_lost,
    leave,
    translated,
)

__all__ = ["Callback", "Database", "Record", "Transaction"]

log = get_logger(__name__)

os.environ.setdefault("PICCOLO_CONF", "domain.infra.piccolo_conf")  # where tables find their engine

_OPEN_TRIES = 3
_UNUSED_S = 60  # an idle connection closes after this

_LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


class Database:
    """An async pool; it connects on first use, so it starts without a server."""

    def __init__(
        self,
        dsn: str,
        *,
        pool_size: int = 10,
        connect_timeout_s: float = 5,
        command_timeout_s: float | None = 60,
        name: str = "moments",
    ) -> None:
        self.dsn = dsn
        self._pool_size = pool_size
        self._timeout_s = connect_timeout_s
        self._command_timeout_s = command_timeout_s
        self._name = name
        self._pool: asyncpg.Pool | None = None

    async def start(self) -> None:
        """Create the pool; the first query, not this, notices an unreachable server."""
        self._pool = await asyncpg.create_pool(
            self.dsn,
            min_size=0,
            max_size=self._pool_size,
            timeout=self._timeout_s,
            command_timeout=self._command_timeout_s,
            max_inactive_connection_lifetime=_UNUSED_S,
            init=_plan_each_time,
            reset=_keep,
            server_settings={"application_name": self._name, "timezone": "UTC"},
        )

    async def close(self) -> None:
        """Close every connection, waiting at most a second for those in use."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        # No timeout here: the driver can swallow a cancellation while it waits for a dead server.
        closing = asyncio.ensure_future(pool.close())
        await asyncio.wait({closing}, timeout=1)
        if not closing.done() or closing.exception() is not None:
            pool.terminate()
            closing.cancel()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction, or join the open one; a normal exit commits.

        Raises:
            DatabaseUnavailable: No connection, or it was lost; if it was lost during the commit,
                the outcome is unknown and the caller should check.
        """
        outer = current_transaction()
        if outer is not None:
            yield outer
            return
        connection = await self._begin()
        transaction = Transaction(connection)
        token = enter(transaction)
        try:
            try:
                yield transaction
                for final in transaction.finals:
                    await final()
            except BaseException:
                await self._finish(transaction, "ROLLBACK")
                raise
            await self._finish(transaction, "COMMIT")
        finally:
            transaction.is_open = False
            leave(token)
            await self._release(connection)
        await call_all(transaction.callbacks)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Roll back only the block if it raises, such as a `Conflict` that is then handled."""
        async with self.transaction() as transaction, transaction.savepoint():
            yield

    def before_commit(self, callback: Callback) -> None:
        """Register a callback to run inside the outermost transaction just before it commits."""
        _required().finals.append(callback)

    def after_commit(self, callback: Callback) -> None:
        """Register a callback to run after the outermost transaction commits."""
        _required().callbacks.append(callback)

    async def fetch(self, sql: str, *args: object) -> list[Record]:
        """Run a statement in the open transaction, or in its own, and return its rows.

        Arguments fill `$1`, `$2`…; `jsonb` is passed and returned as JSON text.
        """
        async with self._joined() as transaction:
            return await transaction.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: object) -> Record | None:
        """Return the first row, or None."""
        rows = await self.fetch(sql, *args)
        return rows[0] if rows else None

    async def fetchval(self, sql: str, *args: object) -> Any:  # noqa: ANN401 (a column's own type)
        """Return the first column of the first row, or None."""
        row = await self.fetchrow(sql, *args)
        return None if row is None else row[0]

    async def execute(self, sql: str, *args: object) -> str:
        """Run a statement and return its command tag, such as `UPDATE 3`."""
        async with self._joined() as transaction:
            return await transaction.execute(sql, *args)

    async def ping(self) -> None:
        """Return if the server answers within two seconds.

        Raises:
            DatabaseUnavailable: It does not.
        """
        with translated():
            async with asyncio.timeout(2):
                await self.fetchval("SELECT 1")

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """Open a dedicated connection, outside the pool, for LISTEN and advisory locks."""
        with translated():
            connection = await asyncpg.connect(
                self.dsn,
                timeout=self._timeout_s,
                server_settings={"application_name": self._name, "timezone": "UTC"},
            )
        try:
            yield connection
        finally:
            try:
                async with asyncio.timeout(1):
                    await connection.close()
            except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                connection.terminate()

    async def _begin(self) -> asyncpg.Connection:
        """Acquire a connection and begin; replace a stale one, since nothing was done yet."""
        for attempt in range(1, _OPEN_TRIES):
            try:
                return await self._begin_once()
            except DatabaseUnavailable:
                await asyncio.sleep(0.05 * 4**attempt)
        return await self._begin_once()

    async def _begin_once(self) -> asyncpg.Connection:
        connection = await self._acquire()
        try:
            with translated(connection):
                await connection.execute("BEGIN")
        except BaseException:
            await self._release(connection)
            raise
        return connection

    async def _acquire(self) -> asyncpg.Connection:
        if self._pool is None:
            raise DatabaseUnavailable(
                "The application is starting or stopping. Please try again in a moment."
            )
        with translated():
            return await self._pool.acquire(timeout=self._timeout_s)

    @asynccontextmanager
    async def _joined(self) -> AsyncIterator[Transaction]:
        """Yield the open transaction, or a connection in autocommit mode."""
        outer = current_transaction()
        if outer is not None:
            yield outer
            return
        connection = await self._acquire()
        try:
            yield Transaction(connection)
        finally:
            await self._release(connection)

    async def _finish(self, transaction: Transaction, command: str) -> None:
        connection = transaction.connection
        if command == "ROLLBACK":
            if is_lost(connection):
                return  # the server rolls back abandoned work
            try:
                await asyncio.shield(transaction.execute(command))
            except DatabaseUnavailable:
                if not is_lost(connection):
                    connection.terminate()
            return
        tag = await transaction.execute(command)
        if tag != "COMMIT":  # an error was swallowed inside, so PostgreSQL rolled back
            raise Conflict(
                "The change was not saved because a part of it failed. Please try again."
            )

    async def _release(self, connection: asyncpg.Connection) -> None:
        if self._pool is None or is_lost(connection):
            return
        try:
            await self._pool.release(connection, timeout=self._timeout_s)
        except (*_LOST, asyncpg.InternalClientError) as error:
            # The server died during a statement: nothing can be reset, and the pool released it.
            log.debug("connection_dropped", reason=str(error))


async def _plan_each_time(connection: asyncpg.Connection) -> None:
    """Plan statements for the values that they are given.

    A kept plan fits all values alike: of a search it reads everything where one word is frequent.
    """
    await connection.execute("SET plan_cache_mode = force_custom_plan")


async def _keep(_connection: asyncpg.Connection) -> None:
    """Release a connection unchanged, without a server-side reset.

    Nothing else leaves state in a session: locks, settings and cursors end with their transaction,
    and listeners have their own connection. The driver rolls back an open transaction.
    """


def _required() -> Transaction:
    transaction = current_transaction()
    if transaction is None:
        raise RuntimeError("a commit hook is registered outside a transaction")
    return transaction
