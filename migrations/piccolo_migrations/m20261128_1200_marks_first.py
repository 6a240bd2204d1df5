"""Marks, canonical tracks with their sources, and sums that triggers keep exact."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1200_marks_first"

FORWARDS = """
CREATE TABLE tracks (
    id text PRIMARY KEY,
    organization_id text REFERENCES organization (id) ON DELETE CASCADE,
    title text NOT NULL,
    artist text NOT NULL,
    isrc text,
    duration_ms integer,
    merged_into text REFERENCES tracks (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX tracks_of_isrc ON tracks (isrc) WHERE isrc IS NOT NULL;
CREATE INDEX tracks_of_organization ON tracks (organization_id) WHERE organization_id IS NOT NULL;
CREATE INDEX tracks_merged ON tracks (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE track_sources (
    id text PRIMARY KEY,
    organization_id text REFERENCES organization (id) ON DELETE CASCADE,
    track_id text NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    provider text NOT NULL,
    provider_id text NOT NULL,
    kind text NOT NULL,
    url text NOT NULL,
    title text NOT NULL,
    artist text NOT NULL,
    album text NOT NULL,
    channel text NOT NULL,
    isrc text,
    duration_ms integer,
    reported_ms integer,
    thumbnail_url text,
    restrictions jsonb NOT NULL,
    offset_ds integer NOT NULL,
    confidence double precision,
    decided_by text NOT NULL,
    fetched_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT track_sources_decided CHECK (decided_by IN ('alone', 'rule', 'isrc', 'people'))
);
CREATE UNIQUE INDEX track_sources_key ON track_sources
    (provider, provider_id, coalesce(organization_id, ''));
CREATE INDEX track_sources_of_track ON track_sources (track_id);
CREATE INDEX track_sources_of_isrc ON track_sources (isrc) WHERE isrc IS NOT NULL;
CREATE INDEX track_sources_fetched ON track_sources (fetched_at) WHERE fetched_at IS NOT NULL;

CREATE TABLE marks (
    moment_id text PRIMARY KEY REFERENCES moments (id) ON DELETE CASCADE,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    track_id text NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    source_id text NOT NULL REFERENCES track_sources (id) ON DELETE CASCADE,
    user_id text REFERENCES app_user (id) ON DELETE SET NULL,
    start_ds integer NOT NULL,
    end_ds integer NOT NULL,
    seen_duration_ms integer,
    visibility text NOT NULL,
    counts_if_private boolean NOT NULL,
    is_deleted boolean NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT marks_range CHECK (start_ds < end_ds)
);
CREATE INDEX marks_counted ON marks (track_id, start_ds, end_ds)
    INCLUDE (user_id, organization_id, visibility)
    WHERE user_id IS NOT NULL AND NOT is_deleted AND (visibility <> 'private' OR counts_if_private);
CREATE INDEX marks_of_user ON marks (user_id, track_id) WHERE user_id IS NOT NULL;
CREATE INDEX marks_of_track_in_organization ON marks (track_id, organization_id);
CREATE INDEX marks_of_source ON marks (source_id);
CREATE INDEX marks_of_organization ON marks (organization_id);

-- Layer 0 has every counted mark, layer 1 the public ones. A user's overlapping marks count once.
CREATE TABLE track_heat (
    track_id text NOT NULL,
    layer integer NOT NULL,
    at_ds integer NOT NULL,
    delta integer NOT NULL,
    PRIMARY KEY (track_id, layer, at_ds)
);
CREATE TABLE track_votes (
    track_id text NOT NULL,
    layer integer NOT NULL,
    bucket integer NOT NULL,
    at_s integer NOT NULL,
    delta integer NOT NULL,
    PRIMARY KEY (track_id, layer, bucket, at_s)
);
CREATE TABLE track_totals (
    track_id text NOT NULL,
    layer integer NOT NULL,
    users integer NOT NULL,
    PRIMARY KEY (track_id, layer)
);

CREATE FUNCTION marks_sum(gone marks[], come marks[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE pair record;
BEGIN
    -- Who holds the tracks alone (a merge) has set this: no lock for each user then.
    IF current_setting('moments.tracks_locked', true) IS DISTINCT FROM 'on' THEN
        PERFORM 1 FROM tracks WHERE id IN (
            SELECT track_id FROM unnest(gone) UNION SELECT track_id FROM unnest(come)
        ) ORDER BY id FOR KEY SHARE;
        FOR pair IN SELECT track_id, user_id FROM unnest(gone) WHERE user_id IS NOT NULL
            UNION SELECT track_id, user_id FROM unnest(come) WHERE user_id IS NOT NULL ORDER BY 1, 2
        LOOP
            PERFORM pg_advisory_xact_lock(
                hashtextextended(pair.track_id || ' ' || pair.user_id, 0));
        END LOOP;
    END IF;
    WITH affected AS (
        SELECT track_id, user_id FROM unnest(gone) WHERE user_id IS NOT NULL
        UNION SELECT track_id, user_id FROM unnest(come) WHERE user_id IS NOT NULL
    ), present AS (
        SELECT m.* FROM marks m JOIN affected a ON a.user_id = m.user_id AND a.track_id = m.track_id
    ), stated AS (
        SELECT 1 AS sign, p.* FROM present p
        UNION ALL SELECT -1, p.* FROM present p
        WHERE p.moment_id NOT IN (SELECT moment_id FROM unnest(come))
        UNION ALL SELECT -1, g.* FROM unnest(gone) g
    ), covered AS (
        SELECT track_id, user_id, layer, sign, range_agg(int4range(start_ds, end_ds)) AS spans
        FROM stated CROSS JOIN (VALUES (0), (1)) AS layers (layer)
        WHERE user_id IS NOT NULL AND NOT is_deleted
            AND (visibility <> 'private' OR counts_if_private)
            AND (layer = 0 OR visibility = 'public')
        GROUP BY track_id, user_id, layer, sign
    ), edges AS (
        SELECT track_id, user_id, layer, lower(span) AS at_ds, floor(lower(span) / 10.0)::integer AS at_s,
            sign AS delta FROM covered, unnest(spans) AS span
        UNION ALL
        SELECT track_id, user_id, layer, upper(span), ceil(upper(span) / 10.0)::integer, -sign
        FROM covered, unnest(spans) AS span
    ), heat AS (
        INSERT INTO track_heat AS h SELECT track_id, layer, at_ds, sum(delta) FROM edges
        GROUP BY track_id, layer, at_ds HAVING sum(delta) <> 0 ORDER BY 1, 2, 3
        ON CONFLICT (track_id, layer, at_ds) DO UPDATE SET delta = h.delta + excluded.delta
    ), votes AS (
        INSERT INTO track_votes AS v
        SELECT track_id, layer, abs(hashtext(user_id) % 32), at_s, sum(delta) FROM edges
        GROUP BY 1, 2, 3, 4 HAVING sum(delta) <> 0 ORDER BY 1, 2, 3, 4
        ON CONFLICT (track_id, layer, bucket, at_s) DO UPDATE SET delta = v.delta + excluded.delta
    )
    INSERT INTO track_totals AS t SELECT track_id, layer, sum(sign) FROM covered
    GROUP BY track_id, layer HAVING sum(sign) <> 0 ORDER BY 1, 2
    ON CONFLICT (track_id, layer) DO UPDATE SET users = t.users + excluded.users;
END $$;

CREATE FUNCTION marks_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM marks_sum('{}', (SELECT array_agg(ROW(come.*)::marks) FROM come));
    RETURN NULL;
END $$;
CREATE FUNCTION marks_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM marks_sum(
        (SELECT array_agg(ROW(gone.*)::marks) FROM gone),
        (SELECT array_agg(ROW(come.*)::marks) FROM come));
    RETURN NULL;
END $$;
CREATE FUNCTION marks_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM marks_sum((SELECT array_agg(ROW(gone.*)::marks) FROM gone), '{}');
    RETURN NULL;
END $$;
CREATE TRIGGER marks_inserted AFTER INSERT ON marks
    REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION marks_inserted();
CREATE TRIGGER marks_updated AFTER UPDATE ON marks
    REFERENCING OLD TABLE AS gone NEW TABLE AS come
    FOR EACH STATEMENT EXECUTE FUNCTION marks_updated();
CREATE TRIGGER marks_deleted AFTER DELETE ON marks
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION marks_deleted();

-- What people change on the moment changes on its mark. Whole seconds that still hold the exact
-- time leave it alone.
CREATE FUNCTION marks_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE marks k SET visibility = NEW.visibility, is_deleted = NEW.deleted_at IS NOT NULL,
        start_ds = CASE WHEN div(k.start_ds - s.offset_ds, 10) = NEW.start_s THEN k.start_ds
            ELSE NEW.start_s * 10 + s.offset_ds END,
        end_ds = CASE WHEN div(k.end_ds - s.offset_ds + 9, 10) = NEW.end_s THEN k.end_ds
            ELSE NEW.end_s * 10 + s.offset_ds END
    FROM track_sources s WHERE s.id = k.source_id AND k.moment_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER marks_follow AFTER UPDATE ON moments FOR EACH ROW
    WHEN (NEW.kind = 'mark' AND (OLD.deleted_at IS DISTINCT FROM NEW.deleted_at
        OR OLD.visibility IS DISTINCT FROM NEW.visibility
        OR OLD.start_s IS DISTINCT FROM NEW.start_s OR OLD.end_s IS DISTINCT FROM NEW.end_s))
    EXECUTE FUNCTION marks_follow();
"""

BACKWARDS = """
DROP TRIGGER marks_follow ON moments;
DROP TABLE track_totals, track_votes, track_heat;
DROP TRIGGER marks_inserted ON marks;
DROP TRIGGER marks_updated ON marks;
DROP TRIGGER marks_deleted ON marks;
DROP FUNCTION marks_follow(), marks_deleted(), marks_updated(), marks_inserted(),
    marks_sum(marks[], marks[]);
DROP TABLE marks, track_sources, tracks;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
