"""The children of one `up`: their stop order and timeouts."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from domain.infra import postgres
from tests.conftest import isolated_settings
from tests.integration.cli.test_child import Groups
from tests.support.waiting import until
from webapp.cli.formation import DATABASE_PATIENCE_S, PATIENCE_S, Part, parts_for
from webapp.cli.output import Output
from webapp.cli.procfile import Line
from webapp.cli.up import Supervisor

# Stops only when its file is there, as PostgreSQL does when its checkpoint is written.
_SLOW = """
trap 'touch {0}.asked; while [ ! -e {0}.done ]; do sleep 0.01; done; exit' TERM
touch {0}.runs; while :; do sleep 0.01; done
"""


@asynccontextmanager
async def supervised(
    home: Path, parts: list[Part]
) -> AsyncIterator[tuple[Supervisor, io.StringIO]]:
    shown = io.StringIO()
    output = Output([part.line.name for part in parts], shown)
    supervisor = Supervisor(isolated_settings(home), parts, output, Groups())
    task = asyncio.create_task(supervisor.run())
    try:
        yield supervisor, shown
    finally:
        await task
        output.close()


def slow(name: str, file: Path, patience_s: float = 60) -> Part:
    return Part(Line(name, ("sh", "-c", _SLOW.format(file))), patience_s=patience_s)


async def test_postgresql_is_stopped_last_and_is_waited_for(tmp_path: Path) -> None:
    database, web, stuck = (tmp_path / name for name in ("database", "web", "stuck"))
    parts = [slow("postgres", database), slow("web", web), slow("media", stuck, 60)]
    async with supervised(tmp_path, parts) as (supervisor, shown):
        await until(lambda: all(file.with_suffix(".runs").exists() for file in (database, web)))
        await until(stuck.with_suffix(".runs").exists)
        supervisor.stop()
        await until(web.with_suffix(".asked").exists)
        assert not database.with_suffix(".asked").exists()
        web.with_suffix(".done").touch()
        stuck.with_suffix(".done").touch()
        await until(database.with_suffix(".asked").exists)
        database.with_suffix(".done").touch()
    said = shown.getvalue()
    assert "PostgreSQL is last and may need a minute to write its data" in said
    assert "killing it" not in said


async def test_what_is_stuck_is_killed_and_named(tmp_path: Path) -> None:
    database, stuck = tmp_path / "database", tmp_path / "stuck"
    database.with_suffix(".done").touch()
    parts = [slow("postgres", database), slow("media", stuck, 0.05)]
    async with supervised(tmp_path, parts) as (supervisor, shown):
        await until(lambda: all(f.with_suffix(".runs").exists() for f in (database, stuck)))
        supervisor.stop()
    assert "media does not stop; killing it." in shown.getvalue()
    assert "postgres does not stop" not in shown.getvalue()


async def test_a_second_request_stops_at_once(tmp_path: Path) -> None:
    database = tmp_path / "database"
    async with supervised(tmp_path, [slow("postgres", database)]) as (supervisor, _):
        await until(database.with_suffix(".runs").exists)
        supervisor.stop()
        await until(database.with_suffix(".asked").exists)
        supervisor.stop()


def test_postgresql_has_more_time_than_its_own_supervisor_gives_it(tmp_path: Path) -> None:
    patience = {part.line.name: part.patience_s for part in parts_for(isolated_settings(tmp_path))}
    assert patience["postgres"] == DATABASE_PATIENCE_S > postgres.STOP_S
    assert patience["web"] == PATIENCE_S
