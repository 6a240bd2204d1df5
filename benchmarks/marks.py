"""How fast marks are saved and summed up, on one hot track among many marks.

Run: python -m benchmarks.marks [--marks 200000] [--hot 0.2] [--saves 200] [--keep FOLDER]
An embedded PostgreSQL is filled with marks, a share of them (`--hot`) on one track of five minutes
and 30 000 on another; `--keep` keeps it for the next run, and `--fill` ends there. Each figure
stands against plain SQL over the same rows in the same run; a self-join would take hours, so it is
run for 20 marks, once, and its time multiplied. Fails when, on a track of a million marks, the heat
map is less than 50 times as fast as a sweep, or when, on the one of 30 000, all counts are less
than 100 times as fast as a self-join.
"""

import argparse
import asyncio
import json
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks._many_marks import FILLING, WARM, fill
from domain.accounts.models import Caller, Role
from domain.bootstrap import Services, running
from domain.core.settings import Settings
from domain.infra import postgres
from domain.infra.database import Database
from domain.marks.groups import neighbours
from domain.marks.models import NewMark
from domain.marks.periods import COUNTED

_WRITERS = 8
_PASSWORD = "a good long password"
_OWNER = "owner@example.org"
_URL = "https://www.youtube.com/watch?v=hot________"
_SWEEP = f"""
SELECT at, sum(sum(d)) OVER (ORDER BY at) FROM (
    SELECT start_ds AS at, 1 AS d FROM marks k WHERE track_id = $1 AND {COUNTED.format("k")}
    UNION ALL SELECT end_ds, -1 FROM marks k WHERE track_id = $1 AND {COUNTED.format("k")}
) e GROUP BY at ORDER BY at
"""
_ONE = f"""
SELECT count(DISTINCT user_id) FROM marks k WHERE track_id = $1 AND {COUNTED.format("k")}
    AND start_ds BETWEEN 430 AND 470 AND end_ds BETWEEN 580 AND 620
"""
# The self-join, for some anchors; the time for all is proportional.
_JOIN = f"""
SELECT a.moment_id, count(DISTINCT k.user_id) FROM
    (SELECT * FROM marks WHERE track_id = $1 ORDER BY moment_id LIMIT $2) a
JOIN marks k ON k.track_id = a.track_id AND {COUNTED.format("k")}
    AND abs(k.start_ds - a.start_ds) <= 20 AND abs(k.end_ds - a.end_ds) <= 20
GROUP BY a.moment_id ORDER BY 2 DESC
"""
_PLAIN_SAVE = """
WITH m AS (INSERT INTO moments (id, organization_id, kind, title, description, tags, visibility,
    created_at, updated_at) VALUES ($1, $2, 'mark', '', '', '{}', 'public', now(), now()))
INSERT INTO marks VALUES ($1, $2, $3, $4, $5, 450, 600, NULL, 'public', false, false, now())
"""
_FORGET_PLAIN = """
SET session_replication_role = replica;
DELETE FROM marks WHERE moment_id LIKE 'plain %';
DELETE FROM moments WHERE id LIKE 'plain %';
SET session_replication_role = DEFAULT;
"""
_ANCHORS = 20


@dataclass(frozen=True, slots=True)
class Hot:
    """The hot track, and those who save on it."""

    track_id: str
    source_id: str
    organization_id: str
    writers: list[Caller]


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--marks", type=int, default=200_000)
    options.add_argument("--hot", type=float, default=0.2)
    options.add_argument("--saves", type=int, default=200)
    options.add_argument("--keep", type=Path)
    options.add_argument("--fill", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="moments-marks-") as name:
        folder = chosen.keep or Path(name)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)
        settings = Settings(
            home=folder / "home", database_url=None, provider_metadata=False, _env_file=None
        )
        filled = folder / "filled.json"
        if not filled.exists():
            count = int(chosen.marks * chosen.hot)
            asyncio.run(_filled(settings, chosen.marks, count))
            filled.write_text(json.dumps([chosen.marks, count]))
        marks, count = json.loads(filled.read_text())
        print(f"{marks} marks, {count} of them on the hot track", flush=True)
        return 0 if chosen.fill else asyncio.run(_measured(settings, count, chosen.saves))


async def _filled(settings: Settings, marks: int, count: int) -> None:
    async with postgres.running(settings, **FILLING), running(settings, "cli") as services:
        await _fill(services, marks, count)


async def _measured(settings: Settings, count: int, saves: int) -> int:
    async with postgres.running(settings), running(settings, "cli") as services:
        return await _measure(services, await _hot(services), count, saves)


async def _fill(services: Services, marks: int, count: int) -> None:
    await services.accounts.create_user(_OWNER, _PASSWORD, organization="Garden")
    owner = await _signed_in(services)
    mark = await services.marks.create(owner, NewMark(_URL, 2900, 2990, visibility="public"))
    values = {
        "$org$": f"'{mark.organization_id}'",
        "$track$": f"'{mark.track_id}'",
        "$source$": f"'{mark.source.id}'",
        "$hot$": str(count),
        "$marks$": str(marks),
        "$users$": str(max(count + WARM, 10_000)),
        "$tracks$": str(max(10, marks // 500)),
    }
    async with services.database.connection() as connection:
        await fill(connection, values, lambda line: print(line, flush=True))


async def _signed_in(services: Services) -> Caller:
    signed_in = await services.accounts.sign_in(_OWNER, _PASSWORD, ip="192.0.2.1")
    return await services.accounts.authenticate(signed_in.token)


async def _hot(services: Services) -> Hot:
    """Return the hot track with writers who have saved nothing yet."""
    owner = await _signed_in(services)
    writers = []
    for _ in range(_WRITERS):
        invitation = await services.members.invite(owner, Role.MEMBER)
        joined = await services.members.join_as_new(
            invitation.url.rpartition("/")[2],
            f"{secrets.token_hex(4)}@example.org",
            _PASSWORD,
            name="W",
        )
        writers.append(await services.accounts.authenticate(joined.token))
    resolved = await services.marks.resolve(owner, _URL)
    assert resolved.source
    assert owner.organization_id
    return Hot(resolved.source.track_id, resolved.source.id, owner.organization_id, writers)


async def _measure(services: Services, hot: Hot, count: int, saves: int) -> int:
    database, track, caller = services.database, hot.track_id, hot.writers[0]
    heat = await _times(lambda: services.tracks.heatmap(caller, track), 10)
    sweep = await _times(lambda: database.fetch(_SWEEP, track), 3)
    slow = not _print(
        "heat map", heat, sweep, "a sweep over the marks", 50 if count >= 1_000_000 else None
    )

    mark = await services.marks.create(caller, NewMark(_URL, 450, 600, visibility="public"))
    one = await _times(lambda: services.marks.saved_by(caller, [mark.id]), 10)
    scan = await _times(lambda: database.fetch(_ONE, track), 3)
    _print("saved_by of one mark", one, scan, "a count by the index", None)

    every = await _self_join(database, track, count)
    _print(
        "all counts of the hot one", await _all_counts(database, track), every, "a self-join", None
    )
    joined = await _self_join(database, "t1", WARM)
    counted = await _all_counts(database, "t1")
    slow = not _print(f"all {WARM} counts", counted, joined, "a self-join", 100) or slow
    best = await _times(lambda: services.tracks.best(caller, track), 10)
    _print("best part, with confidence", best, every, "a self-join", None)

    ours = await _saves(services, hot, saves)
    plain = await _plain_saves(services, hot, saves)
    p99, base = _p99(ours), _p99(plain)
    print(
        f"save by {_WRITERS} writers         p50 {statistics.median(ours):8.1f} ms"
        f"  p99 {p99:8.1f} ms  two bare inserts p99 {base:.1f} ms: {p99 / base:.1f} times"
    )
    found = await services.tracks.best(caller, track)
    print(f"best part: {found}")
    return 1 if slow else 0


async def _all_counts(database: Database, track: str) -> list[float]:
    rows = await database.fetch("SELECT start_ds, end_ds FROM marks WHERE track_id = $1", track)
    spans = np.array([tuple(row) for row in rows], dtype=np.int64)

    async def counted() -> object:
        return neighbours(spans)

    return await _times(counted, 5)


async def _self_join(database: Database, track: str, count: int) -> list[float]:
    took = await _times(lambda: database.fetch(_JOIN, track, _ANCHORS), 1)
    return [each * count / _ANCHORS for each in took]


async def _saves(services: Services, hot: Hot, saves: int) -> list[float]:
    """Return the time of each save, in milliseconds, while all writers save at once."""
    new = NewMark(_URL, 0, 100, visibility="public")

    async def write(caller: Caller) -> list[float]:
        times = []
        for n in range(saves // _WRITERS):
            begin = time.perf_counter()
            start = 25 * (n + 1)
            await services.marks.create(caller, replace(new, start_ds=start, end_ds=start + 90))
            times.append((time.perf_counter() - begin) * 1000)
        return times

    return [took for times in await asyncio.gather(*map(write, hot.writers)) for took in times]


async def _plain_saves(services: Services, hot: Hot, saves: int) -> list[float]:
    async def write(writer: int) -> list[float]:
        times = []
        async with services.database.connection() as connection:
            await connection.execute("SET session_replication_role = replica")
            for n in range(saves // _WRITERS):
                begin = time.perf_counter()
                mark = f"plain {writer} {n}"
                await connection.execute(
                    _PLAIN_SAVE, mark, hot.organization_id, hot.track_id, hot.source_id, "u1"
                )
                times.append((time.perf_counter() - begin) * 1000)
        return times

    written = await asyncio.gather(*map(write, range(_WRITERS)))
    async with services.database.connection() as connection:
        await connection.execute(_FORGET_PLAIN)
    return [took for times in written for took in times]


async def _times(ask: Callable[[], Awaitable[object]], runs: int) -> list[float]:
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - begin) * 1000)
    return times


def _p99(times: list[float]) -> float:
    return sorted(times)[len(times) * 99 // 100]


def _print(name: str, ours: list[float], plain: list[float], what: str, aim: int | None) -> bool:
    """Print a figure; return whether it reaches its aim."""
    ratio = statistics.median(plain) / statistics.median(ours)
    print(
        f"{name:28} p50 {statistics.median(ours):8.1f} ms  p99 {_p99(ours):8.1f} ms"
        f"  {what} {statistics.median(plain):10.1f} ms: {ratio:.0f} times",
        flush=True,
    )
    return aim is None or ratio >= aim


if __name__ == "__main__":
    sys.exit(main())
