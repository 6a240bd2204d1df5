"""Links that set a forgotten password."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1210_accounts_resets"

FORWARDS = """
CREATE TABLE password_reset (
    id text PRIMARY KEY,
    user_id text NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
    token_hash text NOT NULL,
    created_by text REFERENCES app_user (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT password_reset_user UNIQUE (user_id),
    CONSTRAINT password_reset_token UNIQUE (token_hash)
);
"""

BACKWARDS = """
DROP TABLE password_reset;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
