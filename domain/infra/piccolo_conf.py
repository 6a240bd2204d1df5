"""Where Piccolo finds its engine and the project's migrations.

The engine has no state: a `Table` query runs in the surrounding transaction, so tables and
hand-written SQL share one connection, and several databases can coexist in one process.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from piccolo.conf.apps import AppRegistry
from piccolo.engine.postgres import PostgresEngine
from piccolo.querystring import QueryString

from domain.infra.transaction import Transaction, current_transaction


class JoiningEngine(PostgresEngine):
    """Runs Piccolo's queries in the transaction that `Database.transaction()` opened."""

    def __init__(self) -> None:
        super().__init__(config={"database": "moments"})

    async def check_version(self) -> None:
        """Do nothing before there is a connection; the server is 14 or newer."""

    async def run_querystring(
        self,
        querystring: QueryString,
        in_pool: bool = True,  # noqa: FBT001, FBT002 (Piccolo's signature)
    ) -> Sequence[Any]:
        """Run a query with its arguments."""
        sql, arguments = querystring.compile_string(engine_type=self.engine_type)
        return await _joined().fetch(sql, *arguments)

    async def run_ddl(
        self,
        ddl: str,
        in_pool: bool = True,  # noqa: FBT001, FBT002 (Piccolo's signature)
    ) -> Sequence[Any]:
        """Run one or several statements without arguments."""
        await _joined().execute(ddl)
        return []

    @asynccontextmanager
    async def transaction(  # type: ignore[override]
        self,
        *_args: object,
        **_kwargs: object,
    ) -> AsyncIterator[Transaction]:
        """Join the open transaction, with a savepoint as migrations expect."""
        joined = _joined()
        async with joined.savepoint():
            yield joined


def _joined() -> Transaction:
    transaction = current_transaction()
    if transaction is None:
        raise RuntimeError("a table is queried outside `async with database.transaction()`")
    return transaction


DB = JoiningEngine()
APP_REGISTRY = AppRegistry(apps=["migrations.piccolo_app"])
