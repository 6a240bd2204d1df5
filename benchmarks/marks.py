"""How fast marks are saved and summed up, on one hot track among many marks.

Run: python -m benchmarks.marks [--marks 200000] [--hot 0.2] [--saves 200]
An embedded PostgreSQL is filled with marks, a share of them (`--hot`) on one track of five minutes
and 30 000 on another. Marks of other tracks have no moments, heat maps or votes, so that ten
million are written in minutes. Each figure stands against plain SQL over the same rows in the same
run. Fails when, on a track of a million marks, the heat map is less than 50 times as fast as a
sweep, or when, on the one of 30 000, all counts are less than 100 times as fast as a self-join.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from domain.accounts.models import Caller, Role
from domain.bootstrap import Services, running
from domain.core.settings import Settings
from domain.infra import postgres
from domain.infra.database import Database
from domain.marks.groups import neighbours
from domain.marks.models import NewMark
from domain.marks.sums import COUNTED

_WRITERS = 8
_WARM = 30_000
_PASSWORD = "a good long password"
_URL = "https://www.youtube.com/watch?v=hot________"
_FILL = """
SET session_replication_role = replica;
SET maintenance_work_mem = '512MB';
SET work_mem = '256MB';
CREATE TEMP TABLE made AS
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS how
FROM pg_index WHERE NOT indisunique AND indrelid IN ('marks'::regclass, 'moments'::regclass);
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT m.name FROM made m LOOP EXECUTE 'DROP INDEX ' || name; END LOOP;
END $$;
INSERT INTO app_user (id, email, name, password_hash, created_at, updated_at)
SELECT 'u' || n, 'u' || n, '', '', now(), now() FROM generate_series(1, $users$) n;
INSERT INTO tracks (id, title, artist, created_at, updated_at)
SELECT 't' || n, '', '', now(), now() FROM generate_series(1, $tracks$) n;
INSERT INTO track_sources (id, track_id, provider, provider_id, kind, url, title, artist, album,
    channel, restrictions, keys, offset_ds, decided_by, created_at, updated_at)
SELECT 's' || n, 't' || n, 'youtube', 'v' || n, 'video', '', '', '', '', '', '{}', '{}', 0,
    'alone', now(), now() FROM generate_series(1, $tracks$) n;
INSERT INTO moments (id, organization_id, kind, title, description, tags, visibility, created_at,
    updated_at)
SELECT 'm' || n, $org$, 'mark', '', '', '{}', 'public', now(), now()
FROM generate_series(1, $hot$) n;
-- Half of a track's saves are around two drops, the rest anywhere.
INSERT INTO marks
SELECT 'm' || n, $org$, track, source, 'u' || who, at, at + length, NULL, 'public', false, false,
    now()
FROM (
    SELECT n, CASE WHEN n <= $hot$ THEN $track$ WHEN n <= $hot$ + $warm$ THEN 't1'
            ELSE 't' || 2 + n % ($tracks$ - 1) END AS track,
        CASE WHEN n <= $hot$ THEN $source$ WHEN n <= $hot$ + $warm$ THEN 's1'
            ELSE 's' || 2 + n % ($tracks$ - 1) END AS source,
        CASE WHEN n <= $hot$ + $warm$ THEN n ELSE 1 + (n / $tracks$) % $users$ END AS who,
        CASE n % 4 WHEN 0 THEN 450 + (random() * 40)::integer - 20
            WHEN 1 THEN 1800 + (random() * 60)::integer - 30
            ELSE (random() * 2700)::integer END AS at,
        CASE WHEN n % 4 < 2 THEN 150 + (random() * 40)::integer - 20
            ELSE 20 + (random() * 250)::integer END AS length
    FROM generate_series(1, $marks$) n
) made;
DO $$ DECLARE how text; BEGIN
    FOR how IN SELECT m.how FROM made m LOOP EXECUTE how; END LOOP;
END $$;
SET session_replication_role = DEFAULT;
-- Each user has one mark of a track here, so sums need no union, and cells no names.
INSERT INTO track_cells AS c SELECT track_id, start_ds, end_ds, '', count(*) FROM marks
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
ON CONFLICT (track_id, start_ds, end_ds, user_id) DO UPDATE SET marks = excluded.marks;
INSERT INTO track_heat AS h SELECT track_id, layer, at, sum(d) FROM (
    SELECT track_id, start_ds AS at, 1 AS d FROM marks WHERE track_id IN ($track$, 't1')
    UNION ALL SELECT track_id, end_ds, -1 FROM marks WHERE track_id IN ($track$, 't1')) e,
    (VALUES (0), (1)) l (layer)
GROUP BY 1, 2, 3 ON CONFLICT (track_id, layer, at_ds) DO UPDATE SET delta = excluded.delta;
INSERT INTO track_votes SELECT track_id, layer, abs(hashtext(user_id) % 32), at, sum(d) FROM (
    SELECT track_id, user_id, start_ds / 10 AS at, 1 AS d FROM marks
    WHERE track_id IN ($track$, 't1')
    UNION ALL SELECT track_id, user_id, (end_ds + 9) / 10, -1 FROM marks
    WHERE track_id IN ($track$, 't1')) e, (VALUES (0), (1)) l (layer)
GROUP BY 1, 2, 3, 4 ON CONFLICT (track_id, layer, bucket, at_s)
DO UPDATE SET delta = excluded.delta;
INSERT INTO track_totals SELECT track_id, layer, count(*)
FROM marks, (VALUES (0), (1)) l (layer) GROUP BY 1, 2
ON CONFLICT (track_id, layer) DO UPDATE SET users = excluded.users;
"""
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
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="moments-marks-") as name:
        Path(name).chmod(0o711)
        settings = Settings(
            home=Path(name) / "home", database_url=None, provider_metadata=False, _env_file=None
        )
        return asyncio.run(_run(settings, chosen))


async def _run(settings: Settings, chosen: argparse.Namespace) -> int:
    count = int(chosen.marks * chosen.hot)
    async with postgres.running(settings), running(settings, "cli") as services:
        hot = await _hot(services)
        await _fill(services, hot, chosen.marks, count)
        print(f"{chosen.marks} marks, {count} of them on the hot track", flush=True)
        return await _measure(services, hot, count, chosen.saves)


async def _hot(services: Services) -> Hot:
    await services.accounts.create_user("owner@example.org", _PASSWORD, organization="Garden")
    signed_in = await services.accounts.sign_in("owner@example.org", _PASSWORD, ip="192.0.2.1")
    owner = await services.accounts.authenticate(signed_in.token)
    mark = await services.marks.create(owner, NewMark(_URL, 2900, 2990, visibility="public"))
    writers = []
    for number in range(_WRITERS):
        invitation = await services.members.invite(owner, Role.MEMBER)
        joined = await services.members.join_as_new(
            invitation.url.rpartition("/")[2], f"w{number}@example.org", _PASSWORD, name="W"
        )
        writers.append(await services.accounts.authenticate(joined.token))
    return Hot(mark.track_id, mark.source.id, mark.organization_id, writers)


async def _fill(services: Services, hot: Hot, marks: int, count: int) -> None:
    values = {
        "$org$": f"'{hot.organization_id}'",
        "$track$": f"'{hot.track_id}'",
        "$source$": f"'{hot.source_id}'",
        "$hot$": str(count),
        "$warm$": str(_WARM),
        "$marks$": str(marks),
        "$users$": str(max(count, 10_000)),
        "$tracks$": str(max(10, marks // 500)),
    }
    statements = _FILL
    for name, value in values.items():
        statements = statements.replace(name, value)
    async with services.database.connection() as connection:
        await connection.execute(statements, timeout=3600)
        await connection.execute("VACUUM ANALYZE", timeout=3600)  # as autovacuum does by and by


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
    joined = await _self_join(database, "t1", _WARM)
    counted = await _all_counts(database, "t1")
    slow = not _print(f"all {_WARM} counts", counted, joined, "a self-join", 100) or slow
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

    return [took for times in await asyncio.gather(*map(write, range(8))) for took in times]


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
