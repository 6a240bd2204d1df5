"""The list's search finds moments by the words in their pictures."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261129_0035_moments_pictured"

_WORDS = """
CREATE OR REPLACE FUNCTION moments_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := to_tsvector('simple', left(concat_ws(' ', NEW.title, NEW.description,
        array_to_string(NEW.tags || NEW.topic_tags || NEW.key_emotions || NEW.emotion_tags, ' '),
        NEW.source_name, NEW.git_branch, NEW.git_commit_hash, NEW.git_commit_message,
        NEW.git_author), 200000)
        || coalesce(' ' || left((SELECT string_agg(s ->> 'text', ' ')
            FROM jsonb_array_elements(NEW.speakers) s), 400000), ''){pictured});
    RETURN NEW;
END $$;
"""
_PICTURED = """
        || coalesce(' ' || left((SELECT string_agg(a.metadata ->> 'text', ' ') FROM moment_assets a
            WHERE a.moment_id = NEW.id AND a.metadata ? 'text'), 200000), '')"""

WORDS = _WORDS.format(pictured=_PICTURED)
FORWARDS = (
    WORDS
    + """
CREATE FUNCTION moment_assets_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE moments SET title = title
        WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.moment_id ELSE NEW.moment_id END;
    RETURN NULL;
END $$;
CREATE TRIGGER moment_assets_words_in AFTER INSERT ON moment_assets FOR EACH ROW
    WHEN (NEW.metadata ? 'text') EXECUTE FUNCTION moment_assets_words();
CREATE TRIGGER moment_assets_words_new AFTER UPDATE OF metadata ON moment_assets FOR EACH ROW
    WHEN (NEW.metadata -> 'text' IS DISTINCT FROM OLD.metadata -> 'text')
    EXECUTE FUNCTION moment_assets_words();
CREATE TRIGGER moment_assets_words_gone AFTER DELETE ON moment_assets FOR EACH ROW
    WHEN (OLD.metadata ? 'text') EXECUTE FUNCTION moment_assets_words();
UPDATE moments SET title = title WHERE id IN (
    SELECT moment_id FROM moment_assets WHERE metadata ? 'text');
"""
)

BACKWARDS = (
    """
DROP TRIGGER moment_assets_words_in ON moment_assets;
DROP TRIGGER moment_assets_words_new ON moment_assets;
DROP TRIGGER moment_assets_words_gone ON moment_assets;
DROP FUNCTION moment_assets_words();
"""
    + _WORDS.format(pictured="")
    + "UPDATE moments SET title = title WHERE id IN ("
    "SELECT moment_id FROM moment_assets WHERE metadata ? 'text');"
)


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
