"""Collections for members: create, order, share, delete."""

from collections.abc import Sequence
from typing import Final

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.rights import Rights
from domain.collections.models import Collection, CollectionChange, Item, NewCollection
from domain.collections.tables import Collection as Collections
from domain.collections.tables import CollectionItem
from domain.core.errors import BadFields, Conflict, Forbidden, NotFound
from domain.core.ids import new_id
from domain.core.slugs import slug_from, slug_problem
from domain.infra.base import Base
from domain.infra.database import Record
from domain.moments.access import OPEN
from domain.moments.records import MomentRecords
from domain.moments.rules import MAX_TITLE, clean_words
from domain.moments.slugs import unguessable

MAX_ITEMS: Final = 200
_MOST: Final = 500
_SEEN: Final = """
c.organization_id = $1 AND (c.visibility <> 'private' OR c.created_by = $2 OR $3::boolean)
"""


class CollectionService:
    """An organisation's collections; their creator and admins change them."""

    def __init__(self, base: Base, rights: Rights, moments: MomentRecords) -> None:
        self._database = base.database
        self._clock = base.clock
        self._origin = base.settings.origin
        self._rights = rights
        self._moments = moments

    async def create(self, caller: Caller, new: NewCollection) -> Collection:
        """Create a collection (members).

        Raises:
            BadFields: The title or the description is not possible, or there are too many items.
            NotFound: The caller cannot see one of the moments.
        """
        title, description = _clean(new.title, new.description)
        if not title:
            raise BadFields({"title": "is required"})
        collection_id, now = new_id("coll"), self._clock.now()
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            await Collections.insert(
                Collections(
                    id=collection_id,
                    organization_id=actor.organization_id,
                    created_by=actor.user_id,
                    title=title,
                    description=description or "",
                    visibility=new.visibility,
                    created_at=now,
                    updated_at=now,
                )
            )
            await self._put(actor, collection_id, new.moment_ids)
            await self._settle_slug(collection_id)
            return await self._find(actor, collection_id)

    async def list(self, caller: Caller) -> Sequence[Collection]:
        """List what the caller can see, the last changed first; at most 500."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            rows = await self._database.fetch(
                f"SELECT c.* FROM collection c WHERE {_SEEN}"  # noqa: S608 (constants)
                f" ORDER BY c.updated_at DESC, c.id DESC LIMIT {_MOST}",
                *_arguments(actor),
            )
            return await self._views(actor, rows)

    async def get(self, caller: Caller, collection_id: str) -> Collection:
        """Return a collection with the moments that the caller can see."""
        async with self._database.transaction():
            return await self._find(await self._rights.load(caller), collection_id)

    async def update(
        self, caller: Caller, collection_id: str, change: CollectionChange
    ) -> Collection:
        """Change a collection's texts, visibility, slug or items.

        Raises:
            Forbidden: Somebody else created it. Conflict: The slug is taken (code `slug_taken`).
            BadFields, NotFound: As `create`.
        """
        title, description = _clean(change.title, change.description)
        if change.slug is not None and (problem := slug_problem(change.slug)):
            raise BadFields({"slug": problem})
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            await self._lock(actor, collection_id)
            if change.moment_ids is not None:
                await self._put(actor, collection_id, change.moment_ids)
            await self._database.execute(
                "UPDATE collection SET title = coalesce($2, title),"
                " description = coalesce($3, description), visibility = coalesce($4, visibility),"
                " updated_at = $5 WHERE id = $1",
                collection_id,
                title or None,
                description,
                change.visibility,
                self._clock.now(),
            )
            await self._settle_slug(collection_id, change.slug)
            return await self._find(actor, collection_id)

    async def add(
        self, caller: Caller, collection_id: str, moment_ids: Sequence[str]
    ) -> Collection:
        """Add moments at the end; those that are in it stay where they are."""
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            await self._lock(actor, collection_id)
            rows = await self._database.fetch(
                "SELECT moment_id FROM collection_item WHERE collection_id = $1 ORDER BY position",
                collection_id,
            )
            present = [row["moment_id"] for row in rows]
            new = [each for each in dict.fromkeys(moment_ids) if each not in set(present)]
            await self._check(actor, new)
            await self._write(collection_id, [*present, *new])
            return await self._find(actor, collection_id)

    async def delete(self, caller: Caller, collection_id: str) -> None:
        """Delete a collection; its moments stay."""
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            await self._lock(actor, collection_id)
            await self._database.execute("DELETE FROM collection WHERE id = $1", collection_id)

    async def delete_of(self, user_id: str) -> None:
        """Delete in the open transaction what a person did not share with an organisation."""
        await self._database.execute(
            "DELETE FROM collection WHERE created_by = $1 AND visibility <> 'organization'", user_id
        )

    async def _put(self, actor: Actor, collection_id: str, moment_ids: Sequence[str]) -> None:
        """Set the items; ones that the actor cannot see keep their places at the end."""
        wanted = list(dict.fromkeys(moment_ids))
        present = await self._database.fetch(
            "SELECT moment_id FROM collection_item WHERE collection_id = $1 ORDER BY position",
            collection_id,
        )
        kept = {row["moment_id"] for row in present}
        await self._check(actor, [each for each in wanted if each not in kept])
        seen = {item.id for item in await self._items(actor, [collection_id])}
        hidden = [row["moment_id"] for row in present if row["moment_id"] not in seen]
        await self._write(
            collection_id, [*wanted, *(each for each in hidden if each not in wanted)]
        )

    async def _check(self, actor: Actor, moment_ids: Sequence[str]) -> None:
        if moment_ids:
            await self._moments.many(actor, moment_ids[:MAX_ITEMS])

    async def _write(self, collection_id: str, moment_ids: Sequence[str]) -> None:
        if len(moment_ids) > MAX_ITEMS:
            raise BadFields({"moment_ids": f"must be at most {MAX_ITEMS}"})
        await CollectionItem.delete().where(CollectionItem.collection_id == collection_id)
        await self._database.execute(
            "INSERT INTO collection_item (collection_id, moment_id, position)"
            " SELECT $1, id, at FROM unnest($2::text[]) WITH ORDINALITY AS wanted (id, at)",
            collection_id,
            list(moment_ids),
        )
        await self._database.execute(
            "UPDATE collection SET updated_at = $2 WHERE id = $1", collection_id, self._clock.now()
        )

    async def _settle_slug(self, collection_id: str, wanted: str | None = None) -> None:
        """Give an open collection its slug; only a public one can have a chosen one."""
        row = await self._database.fetchrow(
            "SELECT c.title, c.visibility, c.slug, EXISTS (SELECT 1 FROM collection_slug s"
            " WHERE s.slug = $2 AND s.collection_id = c.id) AS is_own"
            " FROM collection c WHERE c.id = $1",
            collection_id,
            wanted,
        )
        if row is None or (wanted is None and (row["slug"] or row["visibility"] not in OPEN)):
            return
        slug = wanted or unguessable(slug_from(row["title"], otherwise="collection"))
        if wanted and row["visibility"] != "public" and not row["is_own"]:
            slug = unguessable(wanted)
        claimed = await self._database.fetchval(
            "INSERT INTO collection_slug (slug, collection_id, created_at) VALUES ($1, $2, $3)"
            " ON CONFLICT (slug) DO UPDATE SET collection_id = excluded.collection_id"
            " WHERE collection_slug.collection_id = excluded.collection_id RETURNING slug",
            slug,
            collection_id,
            self._clock.now(),
        )
        if claimed is None:
            raise Conflict("This slug is taken. Choose another one.", code="slug_taken")
        await Collections.update({Collections.slug: slug}).where(Collections.id == collection_id)

    async def _lock(self, actor: Actor, collection_id: str) -> None:
        row = await self._row(actor, collection_id, "FOR UPDATE")
        if not _may_edit(actor, row):
            raise Forbidden("Only the person who created this, an owner or an admin can change it.")

    async def _find(self, actor: Actor, collection_id: str) -> Collection:
        [found] = await self._views(actor, [await self._row(actor, collection_id)])
        return found

    async def _row(self, actor: Actor, collection_id: str, lock: str = "") -> Record:
        row = await self._database.fetchrow(
            f"SELECT c.* FROM collection c WHERE {_SEEN} AND c.id = $4 {lock}",  # noqa: S608 (constants)
            *_arguments(actor),
            collection_id.replace("\0", ""),
        )
        if row is None:
            raise NotFound("There is no such collection.")
        return row

    async def _views(self, actor: Actor, rows: Sequence[Record]) -> Sequence[Collection]:
        items: dict[str, list[Item]] = {row["id"]: [] for row in rows}
        for collection_id, item in await self._items_of(actor, list(items)):
            items[collection_id].append(item)
        return [self._view(actor, row, items[row["id"]]) for row in rows]

    async def _items(self, actor: Actor, ids: Sequence[str]) -> Sequence[Item]:
        return [item for _, item in await self._items_of(actor, ids)]

    async def _items_of(self, actor: Actor, ids: Sequence[str]) -> Sequence[tuple[str, Item]]:
        where = await self._moments.where(actor)
        where.add("m.deleted_at IS NULL")
        where.add_if("i.collection_id = ANY({}::text[])", list(ids))
        rows = await self._database.fetch(
            "SELECT i.collection_id, m.id, m.kind, m.title, m.visibility FROM collection_item i"  # noqa: S608 (constants)
            f" JOIN moments m ON m.id = i.moment_id WHERE {where.sql} ORDER BY i.position",
            *where.arguments,
        )
        return [(row[0], Item(*row[1:])) for row in map(tuple, rows)]

    def _view(self, actor: Actor, row: Record, items: Sequence[Item]) -> Collection:
        is_open = row["slug"] is not None and row["visibility"] in OPEN
        return Collection(
            id=row["id"],
            organization_id=row["organization_id"],
            title=row["title"],
            description=row["description"],
            visibility=row["visibility"],
            slug=row["slug"],
            share_url=f"{self._origin}/c/{row['slug']}" if is_open else None,
            created_by=row["created_by"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            items=tuple(items),
            may_edit=_may_edit(actor, row),
        )


def _arguments(actor: Actor) -> tuple[str, str | None, bool]:
    return actor.organization_id, actor.user_id, actor.is_admin


def _may_edit(actor: Actor, row: Record) -> bool:
    is_creator = actor.user_id is not None and row["created_by"] == actor.user_id
    return actor.is_admin or (is_creator and actor.role >= Role.MEMBER)


def _clean(title: str | None, description: str | None) -> tuple[str | None, str | None]:
    words = clean_words(title, description, None)
    if words.title and len(words.title) > MAX_TITLE:
        raise BadFields({"title": f"must have at most {MAX_TITLE} characters"})
    return words.title, words.description
