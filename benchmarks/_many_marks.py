"""Millions of marks for a benchmark, written in bulk, with the sums that triggers would keep.

Marks of other tracks than the two that are measured have no moments, heat maps or votes. Each user
has one mark of a track, so sums need no union, and cells no names.
"""

import re
import time
from collections.abc import Callable

import asyncpg

WARM = 30_000  # marks of track t1
# What PostgreSQL runs with while it is filled: a crash would lose everything, so one starts again.
FILLING = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "shared_buffers": "512MB",
    "autovacuum": "off",
}

_SETTINGS = """
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '1GB';
SET work_mem = '512MB';
"""
_DROP_INDEXES = """
CREATE TEMP TABLE made AS
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS how
FROM pg_index WHERE NOT indisunique AND indrelid IN ('marks'::regclass, 'moments'::regclass);
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT m.name FROM made m LOOP EXECUTE 'DROP INDEX ' || name; END LOOP;
END $$;
"""
_TRACKS = """
INSERT INTO app_user (id, email, name, password_hash, created_at, updated_at)
SELECT 'u' || n, 'u' || n, '', '', now(), now() FROM generate_series(1, $users$) n;
INSERT INTO tracks (id, title, artist, created_at, updated_at)
SELECT 't' || n, '', '', now(), now() FROM generate_series(1, $tracks$) n;
INSERT INTO track_sources (id, track_id, provider, provider_id, kind, url, title, artist, album,
    channel, restrictions, keys, offset_ds, decided_by, created_at, updated_at)
SELECT 's' || n, 't' || n, 'youtube', 'v' || n, 'video', '', '', '', '', '', '{}', '{}', 0,
    'alone', now(), now() FROM generate_series(1, $tracks$) n;
"""
# Names of one length, so that each goes to the end of its index.
_MOMENTS = """
INSERT INTO moments (id, organization_id, kind, title, description, tags, visibility, created_at,
    updated_at)
SELECT 'm' || lpad(n::text, 9, '0'), $org$, 'mark', '', '', '{}', 'public', now(), now()
FROM generate_series(1, $hot$) n;
"""
# Half of a track's saves are around two drops, the rest anywhere.
_MARKS = """
INSERT INTO marks
SELECT 'm' || lpad(n::text, 9, '0'), $org$, track, source, 'u' || who, at, at + length, NULL,
    'public', false, false, now()
FROM (
    SELECT n, CASE WHEN n <= $hot$ THEN $track$ WHEN n <= $hot$ + $warm$ THEN 't1'
            ELSE 't' || 2 + n % ($tracks$ - 1) END AS track,
        CASE WHEN n <= $hot$ THEN $source$ WHEN n <= $hot$ + $warm$ THEN 's1'
            ELSE 's' || 2 + n % ($tracks$ - 1) END AS source,
        CASE WHEN n <= $hot$ + $warm$ THEN n ELSE 1 + (n / ($tracks$ - 1)) % $users$ END AS who,
        CASE n % 4 WHEN 0 THEN 450 + (random() * 40)::integer - 20
            WHEN 1 THEN 1800 + (random() * 60)::integer - 30
            ELSE (random() * 2700)::integer END AS at,
        CASE WHEN n % 4 < 2 THEN 150 + (random() * 40)::integer - 20
            ELSE 20 + (random() * 250)::integer END AS length
    FROM generate_series(1, $marks$) n
) made;
"""
_INDEXES = """
DO $$ DECLARE how text; BEGIN
    FOR how IN SELECT m.how FROM made m LOOP EXECUTE how; END LOOP;
END $$;
"""
_CELLS = """
TRUNCATE track_cells, track_heat, track_votes, track_totals;
INSERT INTO track_cells SELECT track_id, start_ds, end_ds, '', count(*) FROM marks
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
"""
_SUMS = """
INSERT INTO track_heat SELECT track_id, layer, at, sum(d) FROM (
    SELECT track_id, start_ds AS at, 1 AS d FROM marks WHERE track_id IN ($track$, 't1')
    UNION ALL SELECT track_id, end_ds, -1 FROM marks WHERE track_id IN ($track$, 't1')) e,
    (VALUES (0), (1)) l (layer)
GROUP BY 1, 2, 3;
INSERT INTO track_votes SELECT track_id, layer, abs(hashtext(user_id) % 32), at, sum(d) FROM (
    SELECT track_id, user_id, start_ds / 10 AS at, 1 AS d FROM marks
    WHERE track_id IN ($track$, 't1')
    UNION ALL SELECT track_id, user_id, (end_ds + 9) / 10, -1 FROM marks
    WHERE track_id IN ($track$, 't1')) e, (VALUES (0), (1)) l (layer)
GROUP BY 1, 2, 3, 4;
INSERT INTO track_totals SELECT track_id, layer, users FROM (
    SELECT track_id, count(*) AS users FROM marks GROUP BY 1) t, (VALUES (0), (1)) l (layer);
"""
_STEPS = {
    "tracks": _SETTINGS + _DROP_INDEXES + _TRACKS,
    "moments": _MOMENTS,
    "marks": _MARKS,
    "indexes": _INDEXES,
    "cells": _CELLS,
    "other sums": _SUMS + "SET session_replication_role = DEFAULT;",
    "statistics": "VACUUM ANALYZE",  # as autovacuum does by and by
}


async def fill(
    connection: asyncpg.Connection, values: dict[str, str], say: Callable[[str], None]
) -> None:
    """Write everything and tell how long each step took; `values` replace the `$names$`."""
    values = {**values, "$warm$": str(WARM)}
    for step, statements in _STEPS.items():
        begin = time.perf_counter()
        for_these = re.sub(r"\$\w+\$", lambda found: values[found.group()], statements)
        await connection.execute(for_these, timeout=3600)
        say(f"filled: {step} in {time.perf_counter() - begin:.0f} s")
