"""Collections at their own addresses, `/c/{slug}`."""

from collections.abc import Sequence
from typing import Final

from domain.collections.models import CollectionView, PublicItem
from domain.core.errors import Gone, NotFound
from domain.infra.base import Base
from domain.infra.database import Record
from domain.moments.access import OPEN, Access
from domain.profiles.models import ListedCollection
from domain.sharing.models import Moved
from domain.sharing.moments import PublicMoments

_BY_SLUG: Final = """
SELECT c.*, o.name AS organization_name, u.name AS created_by_name, p.handle
FROM collection_slug s
LEFT JOIN collection c ON c.id = s.collection_id
LEFT JOIN organization o ON o.id = c.organization_id
LEFT JOIN app_user u ON u.id = c.created_by
LEFT JOIN profile p ON p.user_id = c.created_by
WHERE s.slug = $1
"""
_PICTURED: Final = 3  # pictures of a collection


class CollectionPages:
    """The service for anyone with a collection's address."""

    def __init__(self, base: Base, access: Access, moments: PublicMoments) -> None:
        self._database = base.database
        self._origin = base.settings.origin
        self._access = access
        self._moments = moments

    async def view(self, slug: str) -> CollectionView | Moved:
        """Return what a collection shows, or its present slug if this is an earlier one.

        A public collection shows public moments; an unlisted one shows unlisted ones, too.

        Raises:
            NotFound: There never was such a page, or it is not for everybody (any more).
            Gone: The collection was deleted (code `collection_deleted`).
        """
        async with self._database.transaction():
            row = await self._database.fetchrow(_BY_SLUG, slug.replace("\0", ""))
            if row is None or (row["id"] is not None and row["visibility"] not in OPEN):
                raise NotFound("Collection not found")
            if row["id"] is None:
                raise Gone(
                    "The collection at this address was deleted. Ask whoever sent it to you.",
                    code="collection_deleted",
                )
            if row["slug"] != slug:
                return Moved(row["slug"])
            items = await self._items(row)
        return CollectionView(
            url=f"{self._origin}/c/{slug}",
            title=row["title"],
            description=row["description"],
            organization_name=row["organization_name"],
            by=row["created_by_name"],
            handle=row["handle"],
            is_listed=row["visibility"] == "public",
            items=tuple(items),
        )

    async def public_of(self, user_id: str) -> Sequence[ListedCollection]:
        """Return a person's public collections, the last changed first."""
        where = await self._access.listed()
        person = where.argument(user_id)
        items = (
            "FROM collection_item i JOIN moments m ON m.id = i.moment_id"
            f" WHERE i.collection_id = c.id AND {where.sql}"
        )
        pictured = (
            f"SELECT m.slug {items} AND m.cover_id IS NOT NULL"
            f" ORDER BY i.position LIMIT {_PICTURED}"
        )
        rows = await self._database.fetch(
            f"SELECT c.title, c.slug, (SELECT count(*) {items}) AS items, ARRAY({pictured})"  # noqa: S608 (constants)
            f" AS pictured FROM collection c WHERE c.created_by = {person}"
            " AND c.visibility = 'public' AND c.slug IS NOT NULL"
            " ORDER BY c.updated_at DESC, c.id DESC LIMIT 100",
            *where.arguments,
        )
        return [
            ListedCollection(row["title"], row["slug"], row["items"], tuple(row["pictured"]))
            for row in rows
        ]

    async def listed(self, most: int) -> list[str]:
        """Return the paths of the newest public collections, for search engines."""
        rows = await self._database.fetch(
            "SELECT slug FROM collection WHERE visibility = 'public' AND slug IS NOT NULL"
            " ORDER BY updated_at DESC LIMIT $1",
            most,
        )
        return [f"/c/{row['slug']}" for row in rows]

    async def _items(self, row: Record) -> list[PublicItem]:
        where = await self._access.listed(unlisted=row["visibility"] == "unlisted")
        where.add_if("i.collection_id = {}", row["id"])
        rows = await self._database.fetch(
            "SELECT m.id, m.slug FROM collection_item i JOIN moments m ON m.id = i.moment_id"  # noqa: S608 (constants)
            f" WHERE {where.sql} ORDER BY i.position",
            *where.arguments,
        )
        ids = [each["id"] for each in rows]
        views = await self._moments.views(ids, row["organization_id"]) if ids else {}
        return [PublicItem(each["slug"], views[each["id"]]) for each in rows if each["id"] in views]
