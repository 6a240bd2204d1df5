"""A moment with more words than an index entry holds is stored, found by the first of them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.piccolo_migrations import m20261129_0035_moments_pictured as before
from migrations.sql import sql_migration

ID = "20261129_0045_moments_many_words"

FORWARDS = """
CREATE OR REPLACE FUNCTION moments_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    words text := left(concat_ws(' ', NEW.title, NEW.description,
        array_to_string(NEW.tags || NEW.topic_tags || NEW.key_emotions || NEW.emotion_tags, ' '),
        NEW.source_name, NEW.git_branch, NEW.git_commit_hash, NEW.git_commit_message,
        NEW.git_author), 200000)
        || coalesce(' ' || left((SELECT string_agg(s ->> 'text', ' ')
            FROM jsonb_array_elements(NEW.speakers) s), 400000), '')
        || coalesce(' ' || left((SELECT string_agg(a.metadata ->> 'text', ' ') FROM moment_assets a
            WHERE a.moment_id = NEW.id AND a.metadata ? 'text'), 200000), '');
BEGIN
    NEW.search := to_tsvector('simple', words);
    RETURN NEW;
EXCEPTION WHEN program_limit_exceeded THEN
    NEW.search := to_tsvector('simple', left(words, 50000));
    RETURN NEW;
END $$;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=before.WORDS)
