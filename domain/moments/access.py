"""Access to moments: one decision for every kind, list, page and link."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from domain.accounts.models import Actor, Role
from domain.core.errors import Conflict, Forbidden, Gone, NotFound
from domain.infra.database import Database
from domain.moments.search import Where

OPEN: Final = frozenset({"unlisted", "public"})  # seen by anybody with the address

# A source that is not among some ids, or, where these are too many to name (NULL), is not a private
# stream of somebody else, nor a video of one. Of what IS NOT NULL, the planner expects nearly all.
_OPEN_SOURCE: Final = """(m.source_id IS NULL OR m.source_id <> ALL({ids}::text[])
    OR {ids}::text[] IS NULL AND CASE WHEN EXISTS (
        SELECT 1 FROM stream s WHERE s.visibility = 'private' AND {others} AND s.id IN (m.source_id,
            (SELECT v.stream_id FROM moments v WHERE v.source_id = m.source_id
                AND v.stream_id IS NOT NULL LIMIT 1))
    ) THEN NULL ELSE true END IS NOT NULL)"""
_VISIBLE: Final = (
    "($2::boolean OR m.created_by = $3 OR (m.visibility <> 'private' AND "
    + _OPEN_SOURCE.format(ids="$4", others="s.created_by IS DISTINCT FROM $3")
    + "))"
)
_VISIBLE_TO_ADMINS: Final = "($2::boolean OR $3::text IS NULL OR $4::text[] IS NULL)"
# A VM sees what it created, and nothing else.
_VISIBLE_TO_VMS: Final = "m.created_by_vm = $3 AND ($2::boolean IS NOT NULL OR $4::text[] IS NULL)"


class Sources(Protocol):
    """The sources of moments (streams, …); a private source's moments are private."""

    async def hidden_from(self, actor: Actor) -> Sequence[str] | None:
        """Return the ids of sources that are private to others; None: too many to name."""
        ...

    async def audience(self, source_id: str) -> Collection[str] | None:
        """Return the users, besides admins, who can see a source; None: everybody."""
        ...

    async def closed(self) -> Sequence[str] | None:
        """Return the ids of all private sources, of every organisation; None: too many to name."""
        ...


class Access:
    """Turns an actor into the condition that chooses what they see."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    async def arguments(self, actor: Actor) -> list[object]:
        """Return the arguments of `condition(actor)`, for a query over `moments m`."""
        if actor.is_admin or actor.vm_id is not None:
            hidden: Sequence[str] | None = ()
        else:
            hidden = await self._sources.hidden_from(actor)
        return [actor.organization_id, actor.is_admin, actor.vm_id or actor.user_id, hidden]

    async def audience(
        self, visibility: str, created_by: str | None, source_id: str | None
    ) -> Collection[str] | None:
        """Return the users, besides admins, who get a moment's events; None: everybody."""
        creator = {created_by} if created_by else set()
        if visibility == "private":
            return creator
        of_source = await self._sources.audience(source_id) if source_id else None
        return None if of_source is None else creator.union(of_source)

    async def check_open(
        self, visibility: str, source_id: str | None, deleted_at: datetime | None
    ) -> None:
        """Do nothing if anybody may see a moment at its own address, `/m/{slug}`.

        Members who are signed in get the same answer there as everybody, so that it can be
        cached; they see the rest in the app. What comes from a private source stays private.

        Raises:
            NotFound: Its visibility or its source says no. Gone: It is in the bin.
        """
        if visibility not in OPEN or not await self.is_source_open(source_id):
            raise no_moment()
        if deleted_at is not None:
            raise moment_deleted()

    async def check_publishable(self, visibility: str | None, source_id: str | None) -> None:
        """Check that a moment of a source may have a visibility.

        Raises:
            Conflict: It would be public, and its source is private (code `source_private`).
        """
        if visibility in OPEN and not await self.is_source_open(source_id):
            raise Conflict(
                "This comes from a private stream. Change the stream's visibility first.",
                code="source_private",
            )

    async def listed(self, *, unlisted: bool = False) -> Where:
        """Return the condition for what anybody may find, for a query over `moments m`.

        `unlisted` adds what they may see with its address.
        """
        seen = "m.visibility IN ('public', 'unlisted')" if unlisted else "m.visibility = 'public'"
        where = Where(f"{seen} AND m.deleted_at IS NULL AND m.slug IS NOT NULL", [])
        where.add(await self._open_source(where))
        return where

    async def shared(self) -> Where:
        """Return the condition for what all members of its organisation see, for `moments m`."""
        where = Where("m.visibility <> 'private'", [])
        where.add(await self._open_source(where))
        return where

    async def found(self, actor: Actor | None) -> "Findable":
        """Return what an actor may come upon: in their organisation, and what is public anywhere.

        Anybody without an account (None) comes upon what is public alone. The conditions are for
        queries over `moments m`.
        """
        where = Where("false", [])
        if actor is not None:
            own = f"m.organization_id = $1 AND {condition(actor)} AND m.deleted_at IS NULL"
            where = Where(own, await self.arguments(actor))
        public = (
            "m.visibility = 'public' AND m.slug IS NOT NULL AND m.deleted_at IS NULL"
            f" AND {await self._open_source(where)}"
        )
        return Findable(where.sql, public, where.arguments)

    async def _open_source(self, where: Where) -> str:
        """Return the condition for moments of no private source."""
        return _OPEN_SOURCE.format(ids=where.argument(await self._sources.closed()), others="true")

    async def is_source_open(self, source_id: str | None) -> bool:
        """Return whether a source's captures may be public."""
        return source_id is None or await self._sources.audience(source_id) is None


@dataclass(frozen=True, slots=True)
class Findable:
    """Two conditions over `moments m`, one of which must hold, and their arguments in order."""

    own: str
    public: str
    arguments: Sequence[object]

    def where(self) -> Where:
        """Return the condition for either."""
        return Where(f"({self.own}) OR ({self.public})", self.arguments)

    def newest(self, most: int) -> str:
        """Return a query of the ids of the newest ones of each sort, by an index."""
        return " UNION ".join(
            f"(SELECT m.id FROM moments m WHERE {condition} ORDER BY m.created_at DESC, m.id DESC"  # noqa: S608 (constants)
            f" LIMIT {most})"
            for condition in (self.own, self.public)
        )


def no_moment() -> NotFound:
    """Return the error for an address without a visible moment."""
    return NotFound("Moment not found")


def moment_deleted() -> Gone:
    """Return the error for the address of a moment that was deleted."""
    return Gone(
        "The moment at this address was deleted. Ask the person who sent it to you.",
        code="moment_deleted",
    )


def condition(actor: Actor) -> str:
    """Return the SQL condition inside the organisation `$1`; an admin's is simpler, for indexes."""
    if actor.vm_id is not None:
        return _VISIBLE_TO_VMS
    return _VISIBLE_TO_ADMINS if actor.is_admin else _VISIBLE


async def check_masked(database: Database, moment_ids: Collection[str]) -> None:
    """Check that the agent hid the secrets of moments, so that anybody may see them.

    Raises:
        Conflict: It was told to send them (code `unmasked_secrets`).
    """
    has_secrets = await database.fetchval(
        "SELECT EXISTS (SELECT 1 FROM moments WHERE id = ANY($1::text[])"
        " AND metadata #> '{agent,unmasked}' > '0'::jsonb)",
        list(moment_ids),
    )
    if has_secrets:
        raise Conflict(
            "The agent sent this with --no-mask, and it contains secrets. Capture it again without"
            " that option, then share the new one.",
            code="unmasked_secrets",
        )


def may_delete(actor: Actor, created_by: str | None) -> bool:
    """Return whether an actor may delete something: members their own, admins everything."""
    is_creator = actor.user_id is not None and created_by == actor.user_id
    return actor.is_admin or (is_creator and actor.role >= Role.MEMBER)


def check_may_delete(actor: Actor, created_by: str | None) -> None:
    """Do nothing if an actor may delete a capture.

    Raises:
        Forbidden: Somebody else created it.
    """
    if not may_delete(actor, created_by):
        raise Forbidden("Only the person who captured this, an owner or an admin can delete it.")
