"""A filled database migrates: captures become moments, and back; new rows are no obstacle."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest_asyncio

from domain.infra import migrate
from domain.infra.database import Database, Record

BEFORE = "20261128_0800_live_periodic"
FILL = """
INSERT INTO organization VALUES ('org', 'Garden club', now(), now());
INSERT INTO stream (id, organization_id, name, slug, kind, buffer_s, visibility, allow_capture,
    publish_key_version, created_at, updated_at)
VALUES ('stream', 'org', 'Garden', 'garden', 'push', 60, 'private', true, 1, now(), now());
INSERT INTO moment (id, organization_id, title, description, tags, visibility, capture_id,
    created_at, updated_at, deleted_at) VALUES
    ('m_alone', 'org', 'old', 'old', '{}', 'public', 'clip_1', now(), now(), NULL),
    ('m_pair', 'org', 'First', 'one', '{a}', 'organization', 'clip_2', now(), now(), NULL),
    ('m_gone', 'org', 'Gone', '', '{}', 'organization', 'snap_4', now(), now(), 'epoch');
INSERT INTO asset (id, organization_id, moment_id, purpose, file_name, mime_type, size_bytes,
    bucket, path, generation, width, height, duration_ms, processing_status, created_at) VALUES
    ('asset_1', 'org', 'm_alone', 'media', 'a.mp4', 'video/mp4', 9, 'b', 'p1', 'g', 640, 360, 1500,
        'completed', now()),
    ('asset_p', 'org', 'm_alone', 'preview', 'p.jpg', 'image/jpeg', 5, 'b', 'p2', 'g', NULL, NULL,
        NULL, 'completed', now());
INSERT INTO capture (id, organization_id, kind, moment_id, stream_id, stream_name, status, title,
    note, labels, search, requested_start, requested_end, start_at, end_at, duration_ms, asset_id,
    preview_id, shared_until, created_at, updated_at, deleted_at) VALUES
    ('clip_1', 'org', 'clip', 'm_alone', 'stream', 'Garden', 'ready', 'Bloom', 'in May',
        '{red,may}', to_tsvector('simple', 'Bloom'), 'epoch', 'epoch', 'epoch', 'epoch', 1500,
        'asset_1', 'asset_p', '2030-01-01', now(), now(), NULL),
    ('clip_2', 'org', 'clip', 'm_pair', NULL, NULL, 'failed', 'First', 'one', '{a}',
        to_tsvector('simple', ''), 'epoch', 'epoch', 'epoch', 'epoch', 1, NULL, NULL, NULL, now(),
        now(), NULL),
    ('snap_3', 'org', 'snapshot', 'm_pair', NULL, NULL, 'failed', 'Second', 'two', '{a,b}',
        to_tsvector('simple', ''), 'epoch', 'epoch', 'epoch', 'epoch', 1, NULL, NULL, NULL, now(),
        now(), '2026-01-01'),
    ('snap_4', 'org', 'snapshot', 'm_gone', NULL, NULL, 'failed', 'Gone', '', '{}',
        to_tsvector('simple', ''), 'epoch', 'epoch', 'epoch', 'epoch', 1, NULL, NULL, NULL, now(),
        now(), '2026-02-02');
INSERT INTO share_link (id, organization_id, subject_ids, token_hash, may_download, views,
    created_at) VALUES ('share', 'org', '{clip_1,snap_3}', 'hash', true, 3, now());
"""
# What only the newest schema can hold, or an older one describes more strictly.
RECENT = """
INSERT INTO moments (id, organization_id, kind, title, description, tags, visibility, slug,
    speakers, key_emotions, start_s, end_s, created_at, updated_at) VALUES
    ('mark', 'org', 'mark', 'Chorus', '', '{}', 'unlisted', 'chorus', '[]', '{tense}', 1, 9, now(),
        now()),
    ('video', 'org', 'video', 'Talk', '', '{}', 'private', NULL, '[{"text": "Hi."}]', '{}', NULL,
        NULL, now(), now());
INSERT INTO moment_slug VALUES ('chorus', 'mark', now()), ('gone', NULL, now());
INSERT INTO moment_assets (id, organization_id, moment_id, purpose, asset_type, file_name,
    mime_type, file_size_bytes, gcs_bucket, gcs_path, generation, metadata, processing_status,
    upload_method, created_at, updated_at)
SELECT path, 'org', 'video', purpose, 'log_file', path, 'text/plain', 1, 'b', path, generation,
    metadata::jsonb, 'completed', 'vm_agent', now(), now()
FROM (VALUES ('derived', 'derived', 'g', '{}'), ('unarrived', 'media', NULL, '{}'),
    ('measured', 'media', 'g', '{"width": 640, "height": 360.0, "durationMs": 1500}'),
    ('odd', 'media', 'g', '{"width": "wide", "height": 1e99, "durationMs": {}}')
) AS files (path, purpose, generation, metadata);
INSERT INTO videos (id, organization_id, moment_id, owns_moment, source, asset_id, status, run,
    prompt, created_at, updated_at)
VALUES ('video_1', 'org', 'video', true, 'capture', 'derived', 'completed', 1, '', now(), now());
INSERT INTO passages (organization_id, kind, source_id, number, moment_id, video_id, author, text,
    more, created_at)
VALUES ('org', 'line', 'video_1', 1, 'video', 'video_1', '', 'Hi.', '', now());
INSERT INTO sessions VALUES
    ('session', 'org', NULL, 'video', 'What he said', 'organization', now(), now());
INSERT INTO messages (id, session_id, moment_id, role, content, citations, state, is_program,
    created_at) VALUES
    ('question', 'session', 'video', 'user', 'Who?', '[]', 'done', true, now()),
    ('answer', 'session', 'video', 'assistant', 'He.', '[{}]', 'writing', false, now());
INSERT INTO passages (organization_id, kind, source_id, number, moment_id, session_id, author, text,
    more, created_at)
VALUES ('org', 'message', 'question', 0, 'video', 'session', '', 'Who?', '', now());
INSERT INTO job (id, name, args, max_attempts, run_at, organization_id, created_at, updated_at)
SELECT name, name, '{}', 3, now(), 'org', now(), now()
FROM unnest('{search.index,chats.answer}'::text[]) AS name;
"""


@pytest_asyncio.fixture
async def filled(new_database: Callable[..., Awaitable[str]]) -> AsyncIterator[Database]:
    database = Database(await new_database(empty=True))
    await database.start()
    await migrate.forwards(database, BEFORE)
    await database.execute(FILL)
    yield database
    await database.close()


async def _rows(database: Database, sql: str) -> dict[str, Record]:
    return {row["id"]: row for row in await database.fetch(sql)}


async def test_a_moment_takes_over_what_its_captures_said(filled: Database) -> None:
    await migrate.forwards(filled)
    moments = await _rows(filled, "SELECT * FROM moments")
    alone, pair, gone = moments["m_alone"], moments["m_pair"], moments["m_gone"]
    assert (alone["kind"], alone["title"], alone["description"]) == ("clip", "Bloom", "in May")
    assert (alone["tags"], alone["source_id"]) == (["red", "may"], "stream")
    assert (alone["cover_id"], alone["shared_until"].year) == ("asset_p", 2030)
    assert (pair["title"], pair["tags"]) == ("First", ["a", "b"])
    assert pair["description"] == "one\n\nSecond: two"
    assert pair["deleted_at"] is None
    assert pair["slug"] is None
    slugs = await filled.fetch("SELECT slug, moment_id AS id FROM moment_slug")
    assert [tuple(row) for row in slugs] == [(alone["slug"], "m_alone")]
    assert (gone["kind"], gone["deleted_at"].month) == ("snapshot", 2)
    captures = await _rows(filled, "SELECT id, removed_at FROM captures")
    assert {name: row["removed_at"] is not None for name, row in captures.items()} == {
        "clip_1": False,
        "clip_2": False,
        "snap_3": True,
        "snap_4": False,
    }
    found = "SELECT id FROM moments WHERE search @@ to_tsquery('simple', 'garden & red & bloom:*')"
    assert list(await _rows(filled, found)) == ["m_alone"]
    asset = (await _rows(filled, "SELECT * FROM moment_assets"))["asset_1"]
    assert asset["metadata"] == '{"width": 640, "height": 360, "durationMs": 1500}'
    link = (await _rows(filled, "SELECT * FROM share_link"))["share"]
    assert (link["subject_ids"], link["moment_ids"]) == (
        ["clip_1", "snap_3"],
        ["m_alone", "m_pair"],
    )


async def test_going_back_gives_captures_their_words_again(filled: Database) -> None:
    before = await _rows(filled, "SELECT * FROM capture")
    await migrate.forwards(filled)
    await migrate.backwards(filled, BEFORE)
    after = await _rows(filled, "SELECT * FROM capture")
    assert after.keys() == before.keys()
    joined = {"title", "note", "labels", "search"}  # of the pair, whose words are one moment's now
    for capture_id, row in before.items():
        said = {"search"} if capture_id not in {"clip_2", "snap_3"} else joined
        names = set(row.keys()) - said
        assert {name: after[capture_id][name] for name in names} == {
            name: row[name] for name in names
        }
    assert after["snap_3"]["note"] == "one\n\nSecond: two"
    asset = (await _rows(filled, "SELECT * FROM asset"))["asset_1"]
    assert (asset["width"], asset["height"], asset["duration_ms"]) == (640, 360, 1500)
    await migrate.forwards(filled)


async def test_what_is_new_does_not_stop_the_way_back(filled: Database) -> None:
    await migrate.forwards(filled)
    await filled.execute(RECENT)
    await migrate.backwards(filled, BEFORE)
    assert await filled.fetch("SELECT name FROM job") == []
    assets = await _rows(filled, "SELECT * FROM asset WHERE moment_id = 'video'")
    assert {
        name: (row["width"], row["height"], row["duration_ms"]) for name, row in assets.items()
    } == {"measured": (640, 360, 1500), "odd": (None, None, None)}
    await migrate.forwards(filled)
    moments = await _rows(filled, "SELECT id, kind, title, visibility FROM moments")
    assert [tuple(moments[name]) for name in ("mark", "video")] == [
        ("mark", "note", "Chorus", "unlisted"),  # older releases know only captures and notes
        ("video", "note", "Talk", "private"),
    ]
    assert moments["m_alone"]["title"] == "Bloom"
