"""Collections without a database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from domain.accounts.models import Caller
from domain.collections.models import Collection, CollectionChange, Item, NewCollection
from domain.core.errors import BadFields, NotFound

_NOW = datetime(2026, 11, 28, tzinfo=UTC)


class FakeCollections:
    """Collections of one person."""

    def __init__(self) -> None:
        self.rows: dict[str, Collection] = {}

    async def list(self, _caller: Caller) -> Sequence[Collection]:
        """Return all."""
        return list(self.rows.values())

    async def get(self, _caller: Caller, collection_id: str) -> Collection:
        """Return one."""
        if collection_id not in self.rows:
            raise NotFound("There is no such collection.")
        return self.rows[collection_id]

    async def create(self, _caller: Caller, new: NewCollection) -> Collection:
        """Create one."""
        if not new.title:
            raise BadFields({"title": "is required"})
        made = Collection(
            id=f"coll_{len(self.rows)}",
            organization_id="org_1",
            title=new.title,
            description=new.description,
            visibility=new.visibility,
            slug=None,
            share_url="https://moments.example/c/x" if new.visibility == "public" else None,
            created_by="user_1",
            created_at=_NOW,
            updated_at=_NOW,
            items=_items(new.moment_ids),
            may_edit=True,
        )
        self.rows[made.id] = made
        return made

    async def update(
        self, caller: Caller, collection_id: str, change: CollectionChange
    ) -> Collection:
        """Change one."""
        found = await self.get(caller, collection_id)
        items = found.items if change.moment_ids is None else _items(change.moment_ids)
        title = found.title if change.title is None else change.title
        self.rows[collection_id] = replace(found, items=items, title=title)
        return self.rows[collection_id]

    async def add(
        self, caller: Caller, collection_id: str, moment_ids: Sequence[str]
    ) -> Collection:
        """Add moments at the end."""
        found = await self.get(caller, collection_id)
        self.rows[collection_id] = replace(found, items=(*found.items, *_items(moment_ids)))
        return self.rows[collection_id]

    async def delete(self, _caller: Caller, collection_id: str) -> None:
        """Delete one."""
        del self.rows[collection_id]


def _items(moment_ids: Sequence[str]) -> tuple[Item, ...]:
    return tuple(Item(each, "mark", f"Title of {each}", "private") for each in moment_ids)
