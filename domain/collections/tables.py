"""Tables of collections; the migrations define the constraints and indexes."""

from piccolo.columns import Integer, Text, Timestamptz
from piccolo.table import Table


class Collection(Table, tablename="collection"):
    """Moments in an order."""

    id = Text(primary_key=True, default=None)
    organization_id = Text()
    created_by = Text(null=True, default=None)
    title = Text()
    description = Text()
    visibility = Text()
    slug = Text(null=True, default=None)
    created_at = Timestamptz(default=None)
    updated_at = Timestamptz(default=None)


class CollectionItem(Table, tablename="collection_item"):
    """A moment's place in a collection."""

    collection_id = Text(primary_key=True, default=None)
    moment_id = Text(primary_key=True, default=None)
    position = Integer()


class CollectionSlug(Table, tablename="collection_slug"):
    """A current or former slug of a collection; kept when the collection is deleted."""

    slug = Text(primary_key=True, default=None)
    collection_id = Text(null=True, default=None)
    created_at = Timestamptz(default=None)
