"""Chats: sessions and their messages; the moment that a job is about."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_2112_chats_first"

FORWARDS = """
CREATE TABLE sessions (
    id text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    created_by text REFERENCES app_user (id) ON DELETE SET NULL,
    moment_id text REFERENCES moments (id) ON DELETE CASCADE,
    title text NOT NULL,
    visibility text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT sessions_visibility CHECK (visibility IN ('private', 'organization'))
);
CREATE INDEX sessions_of_organization ON sessions (organization_id, updated_at DESC);
CREATE INDEX sessions_of_person ON sessions (created_by);
CREATE INDEX idx_sessions_moment_id ON sessions (moment_id);

CREATE TABLE messages (
    id text PRIMARY KEY,
    session_id text NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    moment_id text REFERENCES moments (id) ON DELETE CASCADE,
    role text NOT NULL,
    content text NOT NULL,
    citations jsonb NOT NULL,
    state text NOT NULL,
    error text,
    given jsonb,
    created_by text REFERENCES app_user (id) ON DELETE SET NULL,
    is_program boolean NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT messages_role CHECK (role IN ('user', 'assistant', 'system')),
    CONSTRAINT messages_state CHECK (state IN ('done', 'writing', 'stopped', 'failed'))
);
CREATE INDEX messages_of_session ON messages (session_id, id);
CREATE INDEX messages_of_moment ON messages (moment_id);
CREATE INDEX messages_of_person ON messages (created_by);
-- Of an answer that is being written there is one.
CREATE UNIQUE INDEX messages_writing ON messages (session_id) WHERE state = 'writing';

ALTER TABLE passages ADD CONSTRAINT passages_of_chat
    FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE;
CREATE INDEX passages_of_session ON passages (session_id) WHERE session_id IS NOT NULL;
ALTER TABLE job ADD COLUMN moment_id text;
"""

BACKWARDS = """
DELETE FROM job WHERE name LIKE 'chats.%';
ALTER TABLE job DROP COLUMN moment_id;
DELETE FROM passages WHERE session_id IS NOT NULL;
DROP INDEX passages_of_session;
ALTER TABLE passages DROP CONSTRAINT passages_of_chat;
DROP TABLE messages, sessions;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
