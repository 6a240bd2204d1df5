"""Collections: moments in an order."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from migrations.sql import sql_migration

ID = "20261128_1330_collections_first"

FORWARDS = """
CREATE TABLE collection (
    id text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organization (id) ON DELETE CASCADE,
    created_by text REFERENCES app_user (id) ON DELETE SET NULL,
    title text NOT NULL,
    description text NOT NULL,
    visibility text NOT NULL,
    slug text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX collection_of_organization ON collection (organization_id, updated_at DESC);
CREATE INDEX collection_of_person ON collection (created_by);
CREATE INDEX collection_public ON collection (updated_at DESC) WHERE visibility = 'public';

CREATE TABLE collection_item (
    collection_id text NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    moment_id text NOT NULL REFERENCES moments (id) ON DELETE CASCADE,
    position integer NOT NULL,
    PRIMARY KEY (collection_id, moment_id)
);
CREATE INDEX collection_item_of_moment ON collection_item (moment_id);

CREATE TABLE collection_slug (
    slug text PRIMARY KEY,
    collection_id text REFERENCES collection (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX collection_slug_of_collection ON collection_slug (collection_id);
"""

BACKWARDS = """
DROP TABLE collection_slug, collection_item, collection;
"""


async def forwards() -> MigrationManager:
    return sql_migration(ID, forwards=FORWARDS, backwards=BACKWARDS)
