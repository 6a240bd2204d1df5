"""Full tables, like a large and old installation's."""

from datetime import datetime

import asyncpg

from domain.insight.models import search_model

# Most rows of each kind are irrelevant to periodic work, and a handful is due.
_FILL = """
SET session_replication_role = replica;  -- no checks of foreign keys while filling
INSERT INTO stream (id, organization_id, name, slug, kind, buffer_s, visibility, allow_capture,
    publish_key_version, created_at, updated_at, deleted_at)
SELECT 'stream_' || n, $org$, 'Old', 'old', 'push', 30, 'private', true, 1, now(), now(), $now$
FROM generate_series(1, $rows$) n;
INSERT INTO moments (id, organization_id, kind, title, description, tags, visibility, source_id,
    created_at, updated_at, deleted_at)
SELECT 'moment_' || n, $org$, 'clip', '', '', '{}', 'private', 'stream_' || n, now(), now(),
    CASE WHEN n <= 5 THEN timestamptz 'epoch' END FROM generate_series(1, $rows$) n;
INSERT INTO moment_assets (id, organization_id, moment_id, purpose, asset_type, file_name,
    mime_type, file_size_bytes, gcs_bucket, gcs_path, generation, processing_status, upload_method,
    created_at, updated_at)
SELECT p || n, $org$, 'moment_' || n, p, 'other', 'a', 'a/b', 1, 'bucket', p || n, '1',
    'completed', 'api', now(), now()
FROM generate_series(1, $rows$) n, unnest('{media,preview}'::text[]) p;
INSERT INTO captures (id, organization_id, kind, moment_id, stream_id, status, error,
    requested_start, requested_end, start_at, end_at, duration_ms, asset_id, preview_id, node_id,
    node_missed_at, created_at, updated_at, removed_at)
SELECT 'clip_' || n, $org$, 'clip', 'moment_' || n, 'stream_' || n,
    CASE WHEN n <= 5 THEN 'ready' WHEN n <= 10 THEN 'recording' WHEN n <= 15 THEN 'failed'
        WHEN n % 10 = 0 THEN 'failed' ELSE 'ready' END,
    NULL, 'epoch', 'epoch', 'epoch', 'epoch', 1, 'media' || n, 'preview' || n, $node$,
    CASE WHEN n BETWEEN 11 AND 15 THEN now() END, now(), 'epoch',
    CASE WHEN n BETWEEN 21 AND 25 THEN timestamptz 'epoch' WHEN n % 10 = 1 THEN $now$ END
FROM generate_series(1, $rows$) n;
INSERT INTO passages (organization_id, kind, source_id, number, moment_id, author, text, more,
    model, created_at)
SELECT $org$, 'moment', 'moment_' || n, 0, 'moment_' || n, '', 'a', '', $model$, now()
    FROM generate_series(1, $rows$) n;
INSERT INTO event (organization_id, kind, payload, created_at)
SELECT $org$, 'clip.ready', '{}', CASE WHEN n <= 5 THEN timestamptz 'epoch' ELSE $now$ END
FROM generate_series(1, $rows$) n;
INSERT INTO orphan (id, kind, place, key, due_at)
SELECT 'orphan_' || n, 'object', 'bucket', 'key', now() + interval '1 hour'
FROM generate_series(1, $rows$) n;
INSERT INTO idempotency (scope, key, body_hash, created_at)
SELECT 'scope', n, '', CASE WHEN n <= 5 THEN timestamptz 'epoch' ELSE $now$ END
FROM generate_series(1, $rows$) n;
INSERT INTO rate_limit (id, arrival_at)
SELECT n, CASE WHEN n <= 5 THEN timestamptz 'epoch' ELSE $now$ + interval '1 day' END
FROM generate_series(1, $rows$) n;
INSERT INTO login_session (id, user_id, token_hash, ip, user_agent, created_at, last_seen_at,
    expires_at)
SELECT 'session_' || n, 'user', n, '', '', now(), now(),
    CASE WHEN n <= 5 THEN timestamptz 'epoch' ELSE $now$ + interval '1 day' END
FROM generate_series(1, $rows$) n;
INSERT INTO job (id, name, args, state, max_attempts, run_at, created_at, updated_at)
SELECT 'job_' || n, 'old', '{}', CASE WHEN n % 2 = 0 THEN 'parked' ELSE 'queued' END, 10,
    now() + interval '1 day', now(), now() FROM generate_series(1, $rows$) n;
INSERT INTO share_link (id, organization_id, subject_ids, moment_ids, token_hash, may_download,
    views, created_at)
SELECT 'share_' || n, $org$, ARRAY['clip_' || n],
    ARRAY['moment_' || n], n, true, 0, now()
FROM generate_series(1, $rows$) n;
"""


async def fill(
    connection: asyncpg.Connection, rows: int, *, organization_id: str, node_id: str, now: datetime
) -> None:
    """Insert many rows of each kind; a node owns the handful that is due."""
    values = {
        "$rows$": str(rows),
        "$org$": f"'{organization_id}'",
        "$node$": f"'{node_id}'",
        "$model$": f"'{search_model()}'",
        "$now$": f"'{now.isoformat()}'::timestamptz",
    }
    statements = _FILL
    for name, value in values.items():
        statements = statements.replace(name, value)
    await connection.execute(statements, timeout=900)
    await connection.execute("RESET session_replication_role")
    # Autovacuum would read them again to summarise their times, while a test counts what is read.
    await connection.execute("VACUUM (ANALYZE)", timeout=900)
