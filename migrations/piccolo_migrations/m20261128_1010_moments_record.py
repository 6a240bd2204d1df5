"""The moment becomes the record: it owns title, note, labels, search, sharing and deletion.

A capture keeps its media facts and points to its moment. Where several captures share a moment,
their labels are united and their notes joined, each below the title that it had.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1010_moments_record"

FORWARDS = """
ALTER TABLE job ADD COLUMN organization_id text
    REFERENCES organization (id) ON DELETE CASCADE;

ALTER TABLE leftover RENAME TO orphan;
ALTER TABLE orphan RENAME CONSTRAINT leftover_pkey TO orphan_pkey;
ALTER TABLE orphan RENAME CONSTRAINT leftover_kind TO orphan_kind;
ALTER INDEX leftover_due RENAME TO orphan_due;

ALTER TABLE moment RENAME TO moments;
ALTER TABLE moments RENAME CONSTRAINT moment_pkey TO moments_pkey;
ALTER TABLE moments RENAME CONSTRAINT moment_visibility TO moments_visibility;
ALTER TABLE moments RENAME CONSTRAINT moment_organization_id_fkey
    TO moments_organization_id_fkey;
ALTER TABLE moments RENAME CONSTRAINT moment_created_by_fkey TO moments_created_by_fkey;
DROP INDEX moment_of_organization;
DROP INDEX moment_deleted;
ALTER TABLE moments
    ADD COLUMN kind text,
    ADD COLUMN vm_id text REFERENCES vms (id) ON DELETE SET NULL,
    ADD COLUMN created_by_vm text REFERENCES vms (id) ON DELETE SET NULL,
    ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN slug text,
    ADD COLUMN source_id text,
    ADD COLUMN source_name text,
    ADD COLUMN source jsonb,
    ADD COLUMN start_s integer,
    ADD COLUMN end_s integer,
    ADD COLUMN git_branch text,
    ADD COLUMN git_commit_hash text,
    ADD COLUMN git_commit_message text,
    ADD COLUMN git_author text,
    ADD COLUMN git_author_email text,
    ADD COLUMN git_commit_date timestamptz,
    ADD COLUMN git_diff text,
    ADD COLUMN images text[] NOT NULL DEFAULT '{}',
    ADD COLUMN speakers jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN key_emotions text[] NOT NULL DEFAULT '{}',
    ADD COLUMN emotion_tags text[] NOT NULL DEFAULT '{}',
    ADD COLUMN topic_tags text[] NOT NULL DEFAULT '{}',
    ADD COLUMN cover_id text,
    ADD COLUMN shared_until timestamptz,
    ADD COLUMN search tsvector;

ALTER TABLE asset RENAME TO moment_assets;
ALTER TABLE moment_assets RENAME CONSTRAINT asset_pkey TO moment_assets_pkey;
ALTER TABLE moment_assets RENAME CONSTRAINT asset_object TO moment_assets_object;
ALTER TABLE moment_assets RENAME CONSTRAINT asset_purpose TO moment_assets_purpose;
ALTER TABLE moment_assets RENAME CONSTRAINT asset_organization_id_fkey
    TO moment_assets_organization_id_fkey;
ALTER TABLE moment_assets RENAME CONSTRAINT asset_moment_id_fkey
    TO moment_assets_moment_id_fkey;
ALTER TABLE moment_assets RENAME CONSTRAINT asset_created_by_fkey
    TO moment_assets_uploaded_by_fkey;
ALTER INDEX asset_of_moment RENAME TO moment_assets_of_moment;
ALTER TABLE moment_assets RENAME COLUMN size_bytes TO file_size_bytes;
ALTER TABLE moment_assets RENAME COLUMN bucket TO gcs_bucket;
ALTER TABLE moment_assets RENAME COLUMN path TO gcs_path;
ALTER TABLE moment_assets RENAME COLUMN created_by TO uploaded_by;
ALTER TABLE moment_assets
    ALTER COLUMN generation DROP NOT NULL,
    ADD COLUMN asset_type text,
    ADD COLUMN sha256 text,
    ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN processing_error text,
    ADD COLUMN processing_attempts integer NOT NULL DEFAULT 0,
    ADD COLUMN preview_id text,
    ADD COLUMN upload_method text NOT NULL DEFAULT 'api',
    ADD COLUMN uploaded_by_vm text REFERENCES vms (id) ON DELETE SET NULL,
    ADD COLUMN updated_at timestamptz;
UPDATE moment_assets SET
    asset_type = CASE WHEN mime_type LIKE 'video/%' THEN 'screen_recording' ELSE 'screenshot' END,
    metadata = jsonb_strip_nulls(jsonb_build_object(
        'width', width, 'height', height, 'durationMs', duration_ms)),
    updated_at = created_at;
ALTER TABLE moment_assets
    ALTER COLUMN asset_type SET NOT NULL,
    ALTER COLUMN updated_at SET NOT NULL,
    ALTER COLUMN upload_method DROP DEFAULT,
    DROP COLUMN width,
    DROP COLUMN height,
    DROP COLUMN duration_ms,
    ADD CONSTRAINT moment_assets_type CHECK (asset_type IN
        ('screenshot', 'screen_recording', 'log_file', 'config_file', 'other')),
    ADD CONSTRAINT moment_assets_method CHECK (upload_method IN
        ('web_ui', 'api', 'vm_agent', 'cli')),
    ADD CONSTRAINT moment_assets_status CHECK (processing_status IN
        ('pending', 'processing', 'completed', 'failed'));
CREATE INDEX moment_assets_unarrived ON moment_assets (created_at) WHERE generation IS NULL;

ALTER TABLE capture RENAME TO captures;
ALTER TABLE captures RENAME CONSTRAINT capture_pkey TO captures_pkey;
ALTER TABLE captures RENAME CONSTRAINT capture_kind TO captures_kind;
ALTER TABLE captures RENAME CONSTRAINT capture_status TO captures_status;
ALTER TABLE captures RENAME CONSTRAINT capture_ready TO captures_ready;
ALTER TABLE captures RENAME CONSTRAINT capture_organization_id_fkey
    TO captures_organization_id_fkey;
ALTER TABLE captures RENAME CONSTRAINT capture_moment_id_fkey TO captures_moment_id_fkey;
ALTER TABLE captures RENAME CONSTRAINT capture_stream_id_fkey TO captures_stream_id_fkey;
ALTER TABLE captures RENAME CONSTRAINT capture_asset_id_fkey TO captures_asset_id_fkey;
ALTER TABLE captures RENAME CONSTRAINT capture_preview_id_fkey TO captures_preview_id_fkey;
ALTER TABLE captures RENAME CONSTRAINT capture_created_by_fkey TO captures_created_by_fkey;
ALTER INDEX capture_of_organization RENAME TO captures_of_organization;
ALTER INDEX capture_of_moment RENAME TO captures_of_moment;
ALTER INDEX capture_of_stream RENAME TO captures_of_stream;
DROP INDEX capture_labels;
DROP INDEX capture_search;
DROP INDEX capture_deleted;
ALTER INDEX capture_unfinished RENAME TO captures_unfinished;
ALTER INDEX capture_node_missed RENAME TO captures_node_missed;
ALTER INDEX capture_of_asset RENAME TO captures_of_asset;
ALTER INDEX capture_of_preview RENAME TO captures_of_preview;

-- A moment takes over what its own capture said, or its first one.
UPDATE moments m SET
    kind = c.kind, title = c.title, description = c.note, tags = c.labels,
    source_id = c.stream_id, source_name = c.stream_name, cover_id = c.preview_id,
    shared_until = c.shared_until
FROM captures c WHERE c.id = coalesce(m.capture_id,
    (SELECT min(f.id) FROM captures f WHERE f.moment_id = m.id));
UPDATE moments SET kind = 'note' WHERE kind IS NULL;
-- What further captures said of the same moment is joined to it.
UPDATE moments m SET
    tags = ARRAY(SELECT DISTINCT unnest(m.tags || joined.labels) ORDER BY 1),
    description = concat_ws(E'\\n\\n', nullif(m.description, ''), nullif(joined.notes, '')),
    shared_until = greatest(m.shared_until, joined.shared_until)
FROM (
    SELECT c.moment_id, max(c.shared_until) AS shared_until,
        coalesce(array_agg(DISTINCT l.label) FILTER (WHERE l.label IS NOT NULL), '{}') AS labels,
        string_agg(DISTINCT c.title || ': ' || c.note, E'\\n\\n') FILTER (WHERE c.note <> '')
            AS notes
    FROM captures c JOIN moments o ON o.id = c.moment_id
    LEFT JOIN LATERAL unnest(c.labels) AS l (label) ON true
    WHERE c.id <> coalesce(o.capture_id,
        (SELECT min(f.id) FROM captures f WHERE f.moment_id = o.id))
    GROUP BY c.moment_id
) joined WHERE joined.moment_id = m.id;
-- A moment is in the bin when all of its captures are; one of several is taken out of it.
UPDATE moments m SET deleted_at = (SELECT CASE WHEN bool_and(c.deleted_at IS NOT NULL)
    THEN max(c.deleted_at) END FROM captures c WHERE c.moment_id = m.id)
WHERE EXISTS (SELECT 1 FROM captures c WHERE c.moment_id = m.id);
ALTER TABLE captures ADD COLUMN removed_at timestamptz;
UPDATE captures c SET removed_at = c.deleted_at FROM moments m
WHERE m.id = c.moment_id AND c.deleted_at IS NOT NULL AND m.deleted_at IS NULL;

ALTER TABLE captures DROP COLUMN title, DROP COLUMN note, DROP COLUMN labels,
    DROP COLUMN search, DROP COLUMN shared_until, DROP COLUMN deleted_at;
CREATE INDEX captures_removed ON captures (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX captures_of_parent ON captures (parent_id) WHERE parent_id IS NOT NULL;
ALTER TABLE moments
    ALTER COLUMN kind SET NOT NULL,
    DROP COLUMN capture_id,
    ADD CONSTRAINT moments_kind
        CHECK (kind IN ('clip', 'snapshot', 'commit', 'mark', 'video', 'note')),
    ADD CONSTRAINT moments_range CHECK (0 <= start_s AND start_s < end_s),
    ADD CONSTRAINT moments_slug UNIQUE (slug);

CREATE FUNCTION moments_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := to_tsvector('simple', left(concat_ws(' ', NEW.title, NEW.description,
        array_to_string(NEW.tags || NEW.topic_tags || NEW.key_emotions || NEW.emotion_tags, ' '),
        NEW.source_name, NEW.git_branch, NEW.git_commit_hash, NEW.git_commit_message,
        NEW.git_author), 200000)
        || coalesce(' ' || left((SELECT string_agg(s ->> 'text', ' ')
            FROM jsonb_array_elements(NEW.speakers) s), 400000), ''));
    RETURN NEW;
END $$;
CREATE TRIGGER moments_words BEFORE INSERT OR UPDATE OF title, description, tags, topic_tags,
    key_emotions, emotion_tags, source_name, git_branch, git_commit_hash, git_commit_message,
    git_author, speakers ON moments FOR EACH ROW EXECUTE FUNCTION moments_words();
UPDATE moments SET title = title;

CREATE INDEX moments_newest ON moments (organization_id, created_at DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX moments_of_kind ON moments (organization_id, kind, created_at DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX moments_of_person ON moments (organization_id, created_by, created_at DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX moments_of_branch ON moments (organization_id, git_branch, created_at DESC, id DESC)
    WHERE git_branch IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX moments_of_vm ON moments (vm_id, created_at DESC, id DESC)
    WHERE vm_id IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX moments_of_provider ON moments
    (organization_id, (source ->> 'provider'), created_at DESC, id DESC)
    WHERE source IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX moments_of_source ON moments (source_id) WHERE source_id IS NOT NULL;
CREATE INDEX moments_shared ON moments (organization_id, shared_until)
    WHERE shared_until IS NOT NULL;
CREATE INDEX moments_bin ON moments (organization_id, created_at DESC, id DESC)
    WHERE deleted_at IS NOT NULL;
CREATE INDEX moments_deleted ON moments (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX moments_tags ON moments USING gin (tags);
CREATE INDEX moments_search ON moments USING gin (search);

-- A link says of which moments it shows something.
ALTER TABLE share_link ADD COLUMN moment_ids text[] NOT NULL DEFAULT '{}';
UPDATE share_link l SET moment_ids = ARRAY(
    SELECT DISTINCT c.moment_id FROM captures c WHERE c.id = ANY(l.subject_ids) ORDER BY 1);
ALTER TABLE share_link ALTER COLUMN moment_ids DROP DEFAULT;
CREATE INDEX share_link_of_moment ON share_link USING gin (moment_ids);

CREATE TABLE moment_slug (
    slug text PRIMARY KEY,
    moment_id text NOT NULL REFERENCES moments (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL
);
CREATE INDEX moment_slug_of_moment ON moment_slug (moment_id);
"""

BACKWARDS = """
ALTER TABLE job DROP COLUMN organization_id;

DROP TABLE moment_slug;
ALTER TABLE share_link DROP COLUMN moment_ids;
DROP TRIGGER moments_words ON moments;
DROP FUNCTION moments_words();
DROP INDEX moments_newest, moments_of_kind, moments_of_person, moments_of_branch, moments_of_vm,
    moments_of_source, moments_of_provider, moments_shared, moments_bin, moments_deleted, moments_tags, moments_search;

ALTER TABLE captures
    ADD COLUMN title text, ADD COLUMN note text, ADD COLUMN labels text[],
    ADD COLUMN search tsvector, ADD COLUMN shared_until timestamptz,
    ADD COLUMN deleted_at timestamptz;
UPDATE captures c SET title = m.title, note = m.description, labels = m.tags,
    search = m.search, shared_until = m.shared_until,
    deleted_at = coalesce(m.deleted_at, c.removed_at)
FROM moments m WHERE m.id = c.moment_id;
DROP INDEX captures_removed, captures_of_parent;
ALTER TABLE captures
    ALTER COLUMN title SET NOT NULL,
    ALTER COLUMN note SET NOT NULL,
    ALTER COLUMN labels SET NOT NULL,
    ALTER COLUMN search SET NOT NULL,
    DROP COLUMN removed_at;

ALTER TABLE moments DROP CONSTRAINT moments_kind, DROP CONSTRAINT moments_slug, DROP CONSTRAINT moments_range,
    ADD COLUMN capture_id text;
UPDATE moments m SET capture_id = (SELECT min(c.id) FROM captures c WHERE c.moment_id = m.id);
ALTER TABLE moments
    DROP COLUMN kind, DROP COLUMN vm_id, DROP COLUMN created_by_vm, DROP COLUMN metadata, DROP COLUMN slug,
    DROP COLUMN source_id, DROP COLUMN source_name, DROP COLUMN source,
    DROP COLUMN start_s, DROP COLUMN end_s, DROP COLUMN git_branch,
    DROP COLUMN git_commit_hash, DROP COLUMN git_commit_message, DROP COLUMN git_author,
    DROP COLUMN git_author_email, DROP COLUMN git_commit_date, DROP COLUMN git_diff,
    DROP COLUMN images, DROP COLUMN speakers, DROP COLUMN key_emotions,
    DROP COLUMN emotion_tags, DROP COLUMN topic_tags, DROP COLUMN cover_id,
    DROP COLUMN shared_until, DROP COLUMN search;

DELETE FROM moment_assets WHERE generation IS NULL;
DROP INDEX moment_assets_unarrived;
ALTER TABLE moment_assets
    DROP CONSTRAINT moment_assets_type,
    DROP CONSTRAINT moment_assets_method,
    DROP CONSTRAINT moment_assets_status,
    ADD COLUMN width integer,
    ADD COLUMN height integer,
    ADD COLUMN duration_ms integer;
-- Programs write metadata too: a value that is no such number is left out.
UPDATE moment_assets SET
    width = jsonb_path_query_first(metadata, '$.width ? (@ >= 0 && @ < 2147483647)')::integer,
    height = jsonb_path_query_first(metadata, '$.height ? (@ >= 0 && @ < 2147483647)')::integer,
    duration_ms = jsonb_path_query_first(
        metadata, '$.durationMs ? (@ >= 0 && @ < 2147483647)')::integer;
ALTER TABLE moment_assets
    ALTER COLUMN generation SET NOT NULL,
    DROP COLUMN asset_type, DROP COLUMN sha256, DROP COLUMN metadata,
    DROP COLUMN processing_error, DROP COLUMN processing_attempts, DROP COLUMN preview_id,
    DROP COLUMN upload_method, DROP COLUMN uploaded_by_vm, DROP COLUMN updated_at;
ALTER TABLE moment_assets RENAME COLUMN uploaded_by TO created_by;
ALTER TABLE moment_assets RENAME COLUMN gcs_path TO path;
ALTER TABLE moment_assets RENAME COLUMN gcs_bucket TO bucket;
ALTER TABLE moment_assets RENAME COLUMN file_size_bytes TO size_bytes;
ALTER INDEX moment_assets_of_moment RENAME TO asset_of_moment;
ALTER TABLE moment_assets RENAME CONSTRAINT moment_assets_uploaded_by_fkey
    TO asset_created_by_fkey;
ALTER TABLE moment_assets RENAME CONSTRAINT moment_assets_moment_id_fkey TO asset_moment_id_fkey;
ALTER TABLE moment_assets RENAME CONSTRAINT moment_assets_organization_id_fkey
    TO asset_organization_id_fkey;
ALTER TABLE moment_assets RENAME CONSTRAINT moment_assets_purpose TO asset_purpose;
ALTER TABLE moment_assets RENAME CONSTRAINT moment_assets_object TO asset_object;
ALTER TABLE moment_assets RENAME CONSTRAINT moment_assets_pkey TO asset_pkey;
ALTER TABLE moment_assets RENAME TO asset;

ALTER TABLE moments RENAME CONSTRAINT moments_created_by_fkey TO moment_created_by_fkey;
ALTER TABLE moments RENAME CONSTRAINT moments_organization_id_fkey
    TO moment_organization_id_fkey;
ALTER TABLE moments RENAME CONSTRAINT moments_visibility TO moment_visibility;
ALTER TABLE moments RENAME CONSTRAINT moments_pkey TO moment_pkey;
ALTER TABLE moments RENAME TO moment;
CREATE INDEX moment_of_organization ON moment (organization_id, id) WHERE deleted_at IS NULL;
CREATE INDEX moment_deleted ON moment (deleted_at) WHERE deleted_at IS NOT NULL;

ALTER INDEX captures_unfinished RENAME TO capture_unfinished;
ALTER INDEX captures_node_missed RENAME TO capture_node_missed;
ALTER INDEX captures_of_asset RENAME TO capture_of_asset;
ALTER INDEX captures_of_preview RENAME TO capture_of_preview;
ALTER INDEX captures_of_stream RENAME TO capture_of_stream;
ALTER INDEX captures_of_moment RENAME TO capture_of_moment;
ALTER INDEX captures_of_organization RENAME TO capture_of_organization;
ALTER TABLE captures RENAME CONSTRAINT captures_created_by_fkey TO capture_created_by_fkey;
ALTER TABLE captures RENAME CONSTRAINT captures_preview_id_fkey TO capture_preview_id_fkey;
ALTER TABLE captures RENAME CONSTRAINT captures_asset_id_fkey TO capture_asset_id_fkey;
ALTER TABLE captures RENAME CONSTRAINT captures_stream_id_fkey TO capture_stream_id_fkey;
ALTER TABLE captures RENAME CONSTRAINT captures_moment_id_fkey TO capture_moment_id_fkey;
ALTER TABLE captures RENAME CONSTRAINT captures_organization_id_fkey
    TO capture_organization_id_fkey;
ALTER TABLE captures RENAME CONSTRAINT captures_ready TO capture_ready;
ALTER TABLE captures RENAME CONSTRAINT captures_status TO capture_status;
ALTER TABLE captures RENAME CONSTRAINT captures_kind TO capture_kind;
ALTER TABLE captures RENAME CONSTRAINT captures_pkey TO capture_pkey;
ALTER TABLE captures RENAME TO capture;
CREATE INDEX capture_labels ON capture USING gin (labels);
CREATE INDEX capture_search ON capture USING gin (search);
CREATE INDEX capture_deleted ON capture (deleted_at) WHERE deleted_at IS NOT NULL;

ALTER INDEX orphan_due RENAME TO leftover_due;
ALTER TABLE orphan RENAME CONSTRAINT orphan_kind TO leftover_kind;
ALTER TABLE orphan RENAME CONSTRAINT orphan_pkey TO leftover_pkey;
ALTER TABLE orphan RENAME TO leftover;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
