"""What a run must not leave behind: unowned files, parked jobs, processes."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import psutil

from tests.support.stack import until

_SWEPT_S = 60.0


def ask(home: Path, *statements: str) -> list[Any]:
    """Run statements on the embedded database; return the first column of the last one."""

    async def run() -> list[Any]:
        dsn = json.loads((home / "run" / "postgres.json").read_text())["dsn"]
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            rows: list[Any] = []
            for statement in statements:
                rows = await connection.fetch(statement)
            return [row[0] for row in rows]
        finally:
            await connection.close()

    return asyncio.run(run())


def untidy(home: Path, stored: Path) -> list[str]:
    """Skip the hour of grace, wait for the sweeps, and return what is left over."""
    # Unclaimed items are due now, and so is every periodic job.
    ask(home, "UPDATE orphan SET due_at = now()", "UPDATE schedule SET next_at = now()")
    return (
        stays("notes of leftovers", lambda: ask(home, "SELECT kind || key FROM orphan"))
        + stays("unfinished captures", lambda: ask(home, _UNDER_WAY))
        + stays("parked jobs", lambda: ask(home, _PARKED))
        + stays("recordings at the node", lambda: names(home / "nodes", "*/recordings/*"))
        + stays("waiting in the spool", lambda: names(home / "spool", "objects/*/*"))
        + stays("drafts", lambda: _drafts(home, stored))
        + stays("objects without an owner", lambda: _unowned(home, stored))
        + stays("missing files", lambda: _missing(home, stored))
    )


_UNDER_WAY = "SELECT id FROM captures WHERE status NOT IN ('ready', 'failed')"
_PARKED = "SELECT name || ': ' || coalesce(error, '') FROM job WHERE state = 'parked'"


def stays(what: str, look: Callable[[], list[str]]) -> list[str]:
    """Wait until there is nothing to see; return a line about what stays."""
    found: list[str] = []

    def gone() -> bool:
        found[:] = look()
        return not found

    try:
        until(gone, _SWEPT_S, every_s=1)
    except TimeoutError:
        return [f"left over: {len(found)} {what}, such as {found[0]}"]
    return []


def names(folder: Path, pattern: str) -> list[str]:
    """Return what there is in a folder."""
    return [str(path.relative_to(folder)) for path in folder.glob(pattern)]


def _drafts(home: Path, stored: Path) -> list[str]:
    return [name for folder in (home, stored) for name in names(folder, "**/*.tmp")]


def _objects(stored: Path) -> set[str]:
    files = (path for path in stored.rglob("*") if path.is_file())
    return {str(path.relative_to(stored)) for path in files if ".incoming" not in path.parts}


def _owned(home: Path) -> set[str]:
    return set(ask(home, "SELECT gcs_bucket || '/' || gcs_path FROM moment_assets"))


def _unowned(home: Path, stored: Path) -> list[str]:
    # What a killed store had half written under its own temporary names is the store's to clean up.
    ours = {name for name in _objects(stored) if ".rclone_temp_put_" not in name}
    return sorted(ours - _owned(home))


def _missing(home: Path, stored: Path) -> list[str]:
    return sorted(_owned(home) - _objects(stored))


def alive(home: Path) -> list[str]:
    """Return the processes of a home that still run after its `up` has ended."""

    def gone() -> bool:
        return not _on(home)

    try:
        until(gone, 5)
    except TimeoutError:
        return [f"still running: {line}" for line in _on(home)]
    return []


def _on(home: Path) -> list[str]:
    found = []
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
            environment = process.environ()
        except psutil.Error:
            continue
        is_its = environment.get("MOMENTS_HOME") == str(home) or any(str(home) in p for p in line)
        if is_its and process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
            found.append(f"{process.pid} {' '.join(line)[:120]}")
    return found
