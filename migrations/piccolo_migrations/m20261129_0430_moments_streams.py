"""What is found in a video of a stream knows the stream, whose privacy it keeps."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261129_0430_moments_streams"

FORWARDS = """
ALTER TABLE moments ADD COLUMN stream_id text;
UPDATE moments m SET stream_id = whole.source_id
FROM video_moments f
JOIN videos v ON v.id = f.video_id
JOIN moments whole ON whole.id = v.moment_id
JOIN stream s ON s.id = whole.source_id
WHERE f.moment_id = m.id;
CREATE INDEX moments_of_stream_videos ON moments (stream_id, source_id) WHERE stream_id IS NOT NULL;
CREATE INDEX moments_streams_of_videos ON moments (source_id, stream_id) WHERE stream_id IS NOT NULL;
"""

BACKWARDS = """
DROP INDEX moments_of_stream_videos, moments_streams_of_videos;
ALTER TABLE moments DROP COLUMN stream_id;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
