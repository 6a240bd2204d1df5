"""A large and old installation's moments: of every kind, with files, words, tags and links."""

from typing import Final

import asyncpg

from domain.accounts.models import Caller
from domain.core.secrets import hash_token

TOKEN: Final = "mt_for_lists"
MEMBER: Final = Caller("user_1_2", "org_1", "token", "token_1")  # with this API token

# Some words, tags and organisations are many times as frequent as others, as in life: half of the
# moments have word0000, one of a thousand has word4999, and 25 have rare0000000.
_FILL: Final = """
SELECT setseed(0.5);
INSERT INTO organization (id, name, created_at, updated_at)
SELECT 'org_' || o, 'Organisation ' || o, now(), now() FROM generate_series(1, $orgs$) o;
INSERT INTO app_user (id, email, name, password_hash, created_at, updated_at)
SELECT 'user_' || o || '_' || u, o || '.' || u || '@example.org', 'Person ' || u, '', now(), now()
FROM generate_series(1, $orgs$) o, generate_series(1, $people$) u;
INSERT INTO membership (id, organization_id, user_id, role, created_at)
SELECT 'member_' || o || '_' || u, 'org_' || o, 'user_' || o || '_' || u,
    CASE u WHEN 1 THEN 4 ELSE 2 END, now()
FROM generate_series(1, $orgs$) o, generate_series(1, $people$) u;
INSERT INTO api_token (id, user_id, name, prefix, token_hash, created_at)
VALUES ('token_1', 'user_1_2', '', '', '$token$', now());
INSERT INTO vms (id, organization_id, name, token_hash, created_at)
SELECT 'vm_' || o || '_' || v, 'org_' || o, 'VM ' || v, o || '_' || v, now()
FROM generate_series(1, $orgs$) o, generate_series(1, $people$) v;
INSERT INTO stream (id, organization_id, name, slug, kind, buffer_s, visibility, allow_capture,
    publish_key_version, created_by, created_at, updated_at, deleted_at)
SELECT 'stream_' || o || '_' || s, 'org_' || o, 'Stream ' || s, 's' || o || '-' || s, 'push', 120,
    CASE s WHEN 1 THEN 'private' ELSE 'organization' END, true, 1, 'user_' || o || '_1',
    now(), now(), CASE WHEN o > 1 THEN now() END  -- one node cannot run them all
FROM generate_series(1, $orgs$) o, generate_series(1, $people$) s;

CREATE TEMPORARY TABLE made AS
SELECT n, lpad(n::text, 26, '0') AS key, 1 + floor($orgs$ * power(random(), 3))::integer AS o,
    1 + floor($people$ * random())::integer AS one, random() AS chance, random() AS second,
    random() AS third, now() - interval '700 days' * ($rows$ - n) / $rows$ AS at
FROM generate_series(1, $rows$) n;
ALTER TABLE made ADD kind text;
UPDATE made SET kind = CASE WHEN chance < .55 THEN 'clip' WHEN chance < .8 THEN 'snapshot'
    WHEN chance < .9 THEN 'commit' WHEN chance < .97 THEN 'note' ELSE 'mark' END;

INSERT INTO moments (id, organization_id, created_by, vm_id, created_by_vm, kind, title,
    description, tags, visibility, source_id, source_name, source, start_s, end_s, git_branch,
    git_commit_hash, git_author, git_diff, metadata, shared_until, created_at, updated_at,
    deleted_at)
SELECT 'moment_' || key, 'org_' || o, 'user_' || o || '_' || one,
    CASE WHEN kind = 'commit' THEN 'vm_' || o || '_' || one END, NULL, kind,
    'Moment rare' || lpad((n % greatest(1, $rows$ / 25))::text, 7, '0'),
    (SELECT string_agg('word' || lpad(floor(5000 * power(random(), 3))::text, 4, '0'), ' ')
        FROM generate_series(1, 12 + n * 0)),
    ARRAY['tag' || floor(60 * power(second, 3))::integer,
        'raretag' || n % greatest(1, $rows$ / 25)],
    CASE WHEN third < .1 THEN 'private' ELSE 'organization' END,
    CASE WHEN chance < .8 THEN 'stream_' || o || '_' || 1 + floor($people$ * third) END,
    CASE WHEN chance < .8 THEN 'Stream ' || 1 + floor($people$ * third) END,
    CASE WHEN kind = 'mark' THEN '{"provider": "youtube"}'::jsonb END,
    CASE WHEN kind = 'mark' THEN 1 END, CASE WHEN kind = 'mark' THEN 9 END,
    CASE WHEN kind = 'commit' THEN 'branch' || floor(200 * power(second, 3))::integer END,
    CASE WHEN kind = 'commit' THEN md5(n::text) END, CASE WHEN kind = 'commit' THEN 'Ada' END,
    CASE WHEN kind = 'commit' THEN repeat('+ a line of a diff', 50) END,
    CASE WHEN kind = 'commit' THEN jsonb_build_object('repository', 'repo' || n % 4)
        ELSE '{}' END,
    CASE WHEN third > .98 THEN at + interval '900 days' END, at, at,
    CASE WHEN third > .97 AND third < .98 THEN now() END
FROM made;
INSERT INTO moment_assets (id, organization_id, moment_id, purpose, asset_type, file_name,
    mime_type, file_size_bytes, gcs_bucket, gcs_path, generation, sha256, processing_status,
    upload_method, uploaded_by, created_at, updated_at)
SELECT p || key, 'org_' || o, 'moment_' || key, p, 'screenshot', 'a.png', 'image/png', 100000,
    'moments-org', p || key, '1', md5(n::text), 'completed', 'api', 'user_' || o || '_' || one,
    at, at
FROM made, unnest('{media,preview}'::text[]) p WHERE p = 'media' OR chance < .8;
INSERT INTO captures (id, organization_id, kind, moment_id, stream_id, stream_name, stream_slug,
    status, requested_start, requested_end, start_at, end_at, duration_ms, width, height,
    asset_id, preview_id, created_by, created_at, updated_at, removed_at, moment_deleted_at)
SELECT CASE kind WHEN 'clip' THEN 'clip_' ELSE 'snap_' END || key, 'org_' || o, kind,
    'moment_' || key, 'stream_' || o || '_' || 1 + floor($people$ * third),
    'Stream ' || 1 + floor($people$ * third), 's' || o || '-' || 1 + floor($people$ * third),
    CASE WHEN third < .01 THEN 'failed' ELSE 'ready' END, at - interval '30 s', at,
    at - interval '30 s', at, 30000, 1280, 720, 'media' || key, 'preview' || key,
    'user_' || o || '_' || one, at, at, CASE WHEN third > .96 AND third < .965 THEN at END,
    CASE WHEN third > .97 AND third < .98 THEN now() END
FROM made WHERE chance < .8;
INSERT INTO share_link (id, organization_id, subject_ids, moment_ids, token_hash, may_download,
    views, created_at)
SELECT 'share_' || key, 'org_' || o,
    ARRAY[CASE kind WHEN 'clip' THEN 'clip_' WHEN 'snapshot' THEN 'snap_' ELSE 'moment_' END
        || key], ARRAY['moment_' || key], key, true, 0, at
FROM made WHERE third > .98;
DROP TABLE made;
"""
# Nobody owns them any more; each tenth moment of a stream is of one, in turn.
_REMOVED: Final = """
INSERT INTO stream (id, organization_id, name, slug, kind, buffer_s, visibility, allow_capture,
    publish_key_version, created_at, updated_at, deleted_at)
SELECT 'removed_' || n, 'org_1', 'Removed ' || n, 'removed-' || n, 'push', 120,
    CASE n % 2 WHEN 0 THEN 'private' ELSE 'organization' END, true, 1, now(), now(), now()
FROM generate_series(1, $removed$) n;
UPDATE moments SET source_id = 'removed_' || right(id, 26)::bigint / 10 % $removed$ + 1
WHERE organization_id = 'org_1' AND source_id IS NOT NULL AND right(id, 26)::bigint % 10 = 0;
"""
_INDEXES: Final = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
FROM pg_index WHERE NOT indisunique AND indrelid::regclass::text = ANY($1::text[])
"""
_TABLES: Final = ["moments", "moment_assets", "captures", "share_link"]


async def fill_moments(
    connection: asyncpg.Connection,
    rows: int,
    *,
    organizations: int = 1,
    people: int = 10,
    removed_streams: int = 0,
) -> None:
    """Insert so many moments; `org_1` has the most, and `MEMBER` is one of its members."""
    removed = _REMOVED.replace("$removed$", str(removed_streams)) if removed_streams else ""
    statements = (
        (_FILL + removed).replace("$rows$", str(rows)).replace("$orgs$", str(organizations))
    )
    statements = statements.replace("$people$", str(people)).replace("$token$", hash_token(TOKEN))
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
        await connection.execute("ALTER TABLE moments ENABLE ALWAYS TRIGGER moments_words")
        indexes = await connection.fetch(_INDEXES, _TABLES)
        for index in indexes:  # making them afterwards takes a fraction of the time
            await connection.execute(f"DROP INDEX {index['name']}")
        await connection.execute(statements, timeout=3600)
        for index in indexes:
            await connection.execute(index["definition"], timeout=3600)
        await connection.execute("ALTER TABLE moments ENABLE TRIGGER moments_words")
    await connection.execute(f"VACUUM ANALYZE {', '.join(_TABLES)}, stream", timeout=3600)
