"""One open transaction, the context in which queries join it, and the driver's errors."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar, Token
from typing import Any, TypeAlias

import asyncpg

from domain.core.errors import BadInput, Conflict, DatabaseUnavailable
from domain.core.log import get_logger

log = get_logger(__name__)

Record: TypeAlias = Any  # asyncpg.Record: read by column name or position
Callback = Callable[[], Awaitable[None]]

_BUSY = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)
_AWAY = (
    OSError,  # refused, reset, no route; TimeoutError is one too
    asyncpg.PostgresConnectionError,  # class 08
    asyncpg.InsufficientResourcesError,  # class 53: too many connections, disk full
    asyncpg.OperatorInterventionError,  # class 57: shutdown, crash, start-up, cancelled
    asyncpg.PostgresSystemError,  # class 58: the server's own I/O
    asyncpg.InvalidAuthorizationSpecificationError,  # class 28: our password, not the user's
    asyncpg.InvalidCatalogNameError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby after a failover
    asyncpg.InternalClientError,
)


@contextmanager
def translated(connection: asyncpg.Connection | None = None) -> Iterator[None]:
    """Translate the driver's exceptions into the domain's errors.

    Raises:
        DatabaseUnavailable: The server is down, starting, stopping, full or too busy.
        Conflict: A unique or exclusion constraint; the driver's error is its cause.
        BadInput: A value that PostgreSQL cannot store, such as U+0000 or a number out of range.
    """
    try:
        yield
    except _BUSY as error:
        raise DatabaseUnavailable(
            "The database was busy with the same rows. Please try again.", retry_after_s=1
        ) from error
    except _AWAY as error:
        raise _unavailable(error) from error
    except asyncpg.InterfaceError as error:
        if connection is None or is_lost(connection):
            raise _unavailable(error) from error
        raise
    except (asyncpg.UniqueViolationError, asyncpg.ExclusionViolationError) as error:
        raise Conflict(
            "This already exists. Please choose another name or change the existing one."
        ) from error
    except asyncpg.DataError as error:
        raise BadInput(
            "A value is too large or has a character that cannot be stored. Change it."
        ) from error


def is_lost(connection: asyncpg.Connection) -> bool:
    """Return whether a connection is closed, or was reclaimed by the pool because of that."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


def _unavailable(error: BaseException) -> DatabaseUnavailable:
    log.warning("database_unavailable", reason=f"{type(error).__name__}: {error}")
    return DatabaseUnavailable("The database does not answer. Please try again in a moment.")


class Transaction:
    """An open transaction: one connection, used by one query at a time."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.is_open = True
        self.finals: list[Callback] = []
        self.callbacks: list[Callback] = []
        self._lock = asyncio.Lock()

    async def fetch(self, sql: str, *args: object) -> list[Record]:
        """Run one statement and return its rows."""
        async with self._lock:
            with translated(self.connection):
                rows: list[Record] = await self.connection.fetch(sql, *args)
                return rows

    async def execute(self, sql: str, *args: object) -> str:
        """Run a statement, or several without arguments, and return the command tag."""
        async with self._lock:
            with translated(self.connection):
                tag: str = await self.connection.execute(sql, *args)
                return tag

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Roll back only the block if it raises, with its pending jobs and events."""
        finals, callbacks = len(self.finals), len(self.callbacks)
        name = f"s_{secrets.token_hex(6)}"
        await self.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            del self.finals[finals:], self.callbacks[callbacks:]
            if not is_lost(self.connection):
                await self.execute(f"ROLLBACK TO SAVEPOINT {name}")
            raise
        await self.execute(f"RELEASE SAVEPOINT {name}")


_current: ContextVar[Transaction | None] = ContextVar("transaction", default=None)


def current_transaction() -> Transaction | None:
    """Return the current context's open transaction, if any."""
    transaction = _current.get()
    return transaction if transaction is not None and transaction.is_open else None


def enter(transaction: Transaction) -> Token[Transaction | None]:
    """Make this context's queries run in a transaction, until `leave`."""
    return _current.set(transaction)


def leave(token: Token[Transaction | None]) -> None:
    """Undo `enter`."""
    try:
        _current.reset(token)
    except ValueError:  # a generator closed from another context
        _current.set(None)


async def call_all(callbacks: list[Callback]) -> None:
    """Await callbacks of a committed transaction; a failing one does not stop the others."""
    for callback in callbacks:
        try:
            await callback()
        except Exception:
            log.exception("after_commit_failed")
