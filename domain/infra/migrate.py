"""Migrates the schema forwards and backwards, one process at a time."""

import asyncio
import contextlib
import importlib
import io
import pkgutil
import time
from collections.abc import AsyncIterator

from domain.core.errors import BadInput, DatabaseUnavailable
from domain.core.log import get_logger
from domain.infra.database import Database

log = get_logger(__name__)

_APP = "moments"
_LOCK = 0x6D6F6D656E7473  # "moments"
_PACKAGE = "migrations.piccolo_migrations"


async def forwards(database: Database, to: str | None = None) -> list[str]:
    """Run the missing steps, up to and including `to`; return their ids.

    Raises:
        BadInput: No such step.
        DatabaseUnavailable: The server is unreachable, or another process has migrated for too
            long.
    """
    steps = _steps()
    _check(to, steps)
    async with _alone(database) as patient:
        done = await _done(patient)
        todo = [step for step in steps if step not in done and (to is None or step <= to)]
        for step in todo:
            await _run(patient, step, backwards=False)
    return todo


async def backwards(database: Database, to: str) -> list[str]:
    """Undo every step after `to` (`zero`: all of them), newest first; return their ids.

    Raises:
        BadInput: No such step.
        DatabaseUnavailable: The server is unreachable, or another process has migrated for too
            long.
    """
    steps = _steps()
    if to != "zero":
        _check(to, steps)
    async with _alone(database) as patient:
        done = await _done(patient)
        todo = [step for step in sorted(done, reverse=True) if to == "zero" or step > to]
        for step in todo:
            _check(step, steps)
            await _run(patient, step, backwards=True)
    return todo


async def pending(database: Database) -> list[str]:
    """Return the ids of the pending steps.

    Raises:
        DatabaseUnavailable: The server is unreachable.
    """
    done = await _done(database)
    return [step for step in _steps() if step not in done]


async def wait_for_schema(database: Database, *, wait_s: float = 60) -> None:
    """Wait until another process has run every step of this release.

    Raises:
        DatabaseUnavailable: That did not happen in time.
    """
    deadline = time.monotonic() + wait_s
    while True:
        try:
            missing = await pending(database)
            reason = "The database's schema is not up to date. Run `moments migrate`."
        except DatabaseUnavailable as error:
            missing, reason = ["?"], error.message
        if not missing:
            return
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(reason)
        await asyncio.sleep(0.2)


def _steps() -> list[str]:
    """Return the ids of all steps, their files' names, in order."""
    package = importlib.import_module(_PACKAGE)
    return sorted(found.name.removeprefix("m") for found in pkgutil.iter_modules(package.__path__))


def _check(step: str | None, steps: list[str]) -> None:
    if step is not None and step not in steps:
        raise BadInput(f"There is no migration {step}. Known are: {', '.join(steps)}.")


async def _done(database: Database) -> set[str]:
    async with database.transaction():
        if not await database.fetchval("SELECT to_regclass('migration') IS NOT NULL"):
            return set()
        rows = await database.fetch("SELECT name FROM migration WHERE app_name = $1", _APP)
        return {row["name"] for row in rows}


async def _run(database: Database, step: str, *, backwards: bool) -> None:
    from piccolo.apps.migrations.tables import Migration  # noqa: PLC0415 (once a release)

    module = importlib.import_module(f"{_PACKAGE}.m{step}")
    async with database.transaction():
        await Migration.create_table(if_not_exists=True)
        manager = await module.forwards()
        with contextlib.redirect_stdout(io.StringIO()):  # Piccolo reports with print
            await manager.run(backwards=backwards)
        if backwards:
            await Migration.delete().where(Migration.app_name == _APP, Migration.name == step)
        else:
            await Migration.insert(Migration(name=step, app_name=_APP))
    log.info("migrated", step=step, direction="backwards" if backwards else "forwards")


@contextlib.asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[Database]:
    """Hold the advisory lock on a dedicated connection; it ends with the connection.

    Yields a pool whose statements may take their time: a step can rewrite a large table.
    """
    async with database.connection() as connection:
        deadline = time.monotonic() + 120
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
            if time.monotonic() > deadline:
                raise DatabaseUnavailable(
                    "Another process has been migrating the database for two minutes. Wait for "
                    "it, then try again."
                )
            await asyncio.sleep(0.1)
        patient = Database(database.dsn, pool_size=1, command_timeout_s=None)
        await patient.start()
        try:
            yield patient
        finally:
            await patient.close()
