-- Speakers and key emotions of a moment; the moment that a session is about.
-- It may run again. Each ALTER changes one column, which every version of TiDB accepts.

ALTER TABLE moments
    ADD COLUMN IF NOT EXISTS speakers TEXT COMMENT 'JSON array of speaker entries with text, identifier, timestamp, emotion';
ALTER TABLE moments
    ADD COLUMN IF NOT EXISTS key_emotions TEXT COMMENT 'JSON array of key emotional context tags';
ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS moment_id VARCHAR(255);
CREATE INDEX IF NOT EXISTS idx_sessions_moment_id ON sessions (moment_id);

-- Rollback. Uncomment to run, in this order; what the columns hold is lost.
-- DROP INDEX IF EXISTS idx_sessions_moment_id ON sessions;
-- ALTER TABLE sessions DROP COLUMN IF EXISTS moment_id;
-- ALTER TABLE moments DROP COLUMN IF EXISTS key_emotions;
-- ALTER TABLE moments DROP COLUMN IF EXISTS speakers;
