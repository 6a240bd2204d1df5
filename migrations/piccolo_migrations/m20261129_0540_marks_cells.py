"""Counts of marks by their two ends, so that who saved a part is added up instead of counted."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261129_0540_marks_cells"

# A mark stands under its user's name where another one of theirs begins within 4.0 s: only then can
# a window of 2.0 s around its ends hold both, and its users must be told apart.
_CELLS = """
SELECT track_id, start_ds, end_ds, CASE WHEN start_ds - lag(start_ds) OVER near <= 40
    OR lead(start_ds) OVER near - start_ds <= 40 THEN user_id ELSE '' END AS user_id, sign
FROM {}
WHERE user_id IS NOT NULL AND NOT is_deleted AND (visibility <> 'private' OR counts_if_private)
WINDOW near AS (PARTITION BY sign, track_id, user_id ORDER BY start_ds)
"""

_SUM = """
CREATE OR REPLACE FUNCTION marks_sum(gone marks[], come marks[]) RETURNS void LANGUAGE plpgsql AS $$
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
    )@CELLS@
    INSERT INTO track_totals AS t SELECT track_id, layer, sum(sign) FROM covered
    GROUP BY track_id, layer HAVING sum(sign) <> 0 ORDER BY 1, 2
    ON CONFLICT (track_id, layer) DO UPDATE SET users = t.users + excluded.users;
END $$;
"""

_KEEP_CELLS = f""", cells AS (
        INSERT INTO track_cells AS c
        SELECT track_id, start_ds, end_ds, user_id, sum(sign) FROM ({_CELLS.format("stated")}) near
        GROUP BY 1, 2, 3, 4 HAVING sum(sign) <> 0 ORDER BY 1, 2, 3, 4
        ON CONFLICT (track_id, start_ds, end_ds, user_id)
        DO UPDATE SET marks = c.marks + excluded.marks
    )"""

FORWARDS = f"""
LOCK TABLE marks IN SHARE ROW EXCLUSIVE MODE;
CREATE TABLE track_cells (
    track_id text NOT NULL,
    start_ds integer NOT NULL,
    end_ds integer NOT NULL,
    user_id text NOT NULL,
    marks integer NOT NULL,
    PRIMARY KEY (track_id, start_ds, end_ds, user_id)
);
INSERT INTO track_cells SELECT track_id, start_ds, end_ds, user_id, count(*)
FROM ({_CELLS.format("(SELECT 1 AS sign, * FROM marks) every")}) near
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4;
{_SUM.replace("@CELLS@", _KEEP_CELLS)}
-- Whose mark is near another is asked of private ones too.
CREATE INDEX marks_by_ends ON marks (track_id, start_ds, end_ds)
    INCLUDE (user_id, organization_id, visibility, counts_if_private, is_deleted);
DROP INDEX marks_counted;
"""

BACKWARDS = f"""
CREATE INDEX marks_counted ON marks (track_id, start_ds, end_ds)
    INCLUDE (user_id, organization_id, visibility)
    WHERE user_id IS NOT NULL AND NOT is_deleted AND (visibility <> 'private' OR counts_if_private);
DROP INDEX marks_by_ends;
{_SUM.replace("@CELLS@", "")}
DROP TABLE track_cells;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
