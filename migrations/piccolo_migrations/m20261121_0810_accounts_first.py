"""Users, organisations, who belongs where, and what they sign in with."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261121_0810_accounts_first"

FORWARDS = """
CREATE TABLE app_user (
    id text PRIMARY KEY,
    email text NOT NULL,
    name text NOT NULL,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT app_user_email UNIQUE (email)
);

CREATE TABLE organization (
    id text PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE membership (
    id text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    user_id text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    role integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT membership_once UNIQUE (user_id, organization_id),
    CONSTRAINT membership_role CHECK (role BETWEEN 1 AND 4)
);
CREATE INDEX membership_of_organization ON membership (organization_id);

CREATE TABLE login_session (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    organization_id text REFERENCES organization (id) ON DELETE SET NULL,
    token_hash text NOT NULL,
    ip text NOT NULL,
    user_agent text NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT login_session_token UNIQUE (token_hash)
);
CREATE INDEX login_session_of_user ON login_session (user_id);
CREATE INDEX login_session_age ON login_session (expires_at);

CREATE TABLE api_token (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    name text NOT NULL,
    prefix text NOT NULL,
    token_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT api_token_hash UNIQUE (token_hash)
);
CREATE INDEX api_token_of_user ON api_token (user_id);

CREATE TABLE invitation (
    id text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    role integer NOT NULL,
    email text,
    token_hash text NOT NULL,
    created_by text REFERENCES app_user (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    used_by text REFERENCES app_user (id) ON DELETE SET NULL,
    revoked_at timestamptz,
    CONSTRAINT invitation_token UNIQUE (token_hash),
    CONSTRAINT invitation_role CHECK (role BETWEEN 1 AND 4)
);
CREATE INDEX invitation_of_organization ON invitation (organization_id);
"""

BACKWARDS = """
DROP TABLE invitation;
DROP TABLE api_token;
DROP TABLE login_session;
DROP TABLE membership;
DROP TABLE organization;
DROP TABLE app_user;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
