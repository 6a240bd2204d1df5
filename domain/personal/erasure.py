"""Deletes an account: it is closed at once, and a job deletes what it had, in batches.

What the person shared with an organisation of others stays there without a name. All else goes:
their marks, what is private, unlisted or public, and organisations that nobody else is in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.accounts.closing import AccountRows
from domain.accounts.models import Caller
from domain.accounts.rights import Rights
from domain.accounts.service import AccountService
from domain.chats.service import ChatService
from domain.collections.service import CollectionService
from domain.core.errors import Conflict
from domain.core.log import get_logger
from domain.infra.base import Base
from domain.infra.database import Record
from domain.live.streams import StreamService
from domain.moments.retention import MomentRetention
from domain.moments.wiring import MomentRoom
from domain.personal.models import Closing
from domain.profiles.service import ProfileService
from domain.sharing.service import SharingService

log = get_logger(__name__)

ERASE_JOB: Final = "accounts.erase"
_BATCH: Final = 100
_GOING: Final = """
SELECT id, organization_id FROM moments WHERE organization_id = ANY($2::text[]) OR (created_by = $1
    AND (kind = 'mark' OR visibility <> 'organization' OR deleted_at IS NOT NULL)) ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the other packages do for it."""

    accounts: AccountService
    streams: StreamService
    sharing: SharingService
    collections: CollectionService
    chats: ChatService
    profiles: ProfileService
    moments: MomentRoom
    retention: MomentRetention


class ErasureService:
    """The service of accounts' ends."""

    def __init__(self, base: Base, rights: Rights, rooms: Rooms) -> None:
        self._database = base.database
        self._clock = base.clock
        self._queue = base.queue
        self._rights = rights
        self._rooms = rooms
        self._accounts = AccountRows(base.database, base.clock)

    async def preview(self, caller: Caller) -> Closing:
        """Return what closing the account would do to the caller's organisations."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            return _closing(await self._accounts.organizations(user_id))

    async def request(self, caller: Caller, password: str, *, ip: str) -> None:
        """Close the caller's account; nobody can sign in to it any more, and a job deletes it.

        Raises:
            BadFields: The password is wrong. RateLimited: Too many attempts.
            Conflict: An organisation of others would have no owner (code `last_owner`).
        """
        await self._rooms.accounts.prove(caller, password, "password", ip)
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            organizations = await self._accounts.organizations(user_id, lock=True)
            if blocking := _closing(organizations).blocking:
                raise Conflict(
                    f"You are the only owner of {', '.join(blocking)}. Make somebody else an owner "
                    "first, or remove the other members.",
                    code="last_owner",
                )
            ending = [row["id"] for row in organizations if row["members"] == 1]
            await self._rooms.streams.delete_of(user_id, ending)
            await self._rooms.sharing.revoke_of(user_id)
            await self._rooms.collections.delete_of(user_id)
            await self._rooms.chats.delete_of(user_id)
            await self._rooms.profiles.delete_of(user_id)
            await self._accounts.close(user_id, ending)
            await self._database.execute(
                "INSERT INTO erasure VALUES ($1, $2, $3)", user_id, ending, self._clock.now()
            )
            await self._queue.enqueue(ERASE_JOB, {"user_id": user_id}, key=user_id)

    async def erase(self, args: dict[str, Any]) -> None:
        """Delete what a closed account had; may stop anywhere, and continues (a job)."""
        user_id = str(args["user_id"])
        ending: list[str] | None = await self._database.fetchval(
            "SELECT organization_ids FROM erasure WHERE user_id = $1", user_id
        )
        if ending is None:
            return
        while not await self._finish(user_id, ending):
            going = await self._database.fetch(_GOING, user_id, ending)
            for start in range(0, len(going), _BATCH):
                await self._purge(going[start : start + _BATCH])
        await self._rooms.moments.assets.sweep()
        log.info("account_deleted", organizations=len(ending))

    async def resume(self) -> None:
        """Enqueue the jobs of closed accounts that still exist: one may have been parked."""
        for row in await self._database.fetch("SELECT user_id FROM erasure"):
            key = row["user_id"]
            await self._queue.enqueue(ERASE_JOB, {"user_id": key}, key=key)

    async def _finish(self, user_id: str, ending: Sequence[str]) -> bool:
        """Delete the account and its organisations, if no moment of theirs is left."""
        async with self._database.transaction():
            await self._accounts.lock(user_id, ending)
            if await self._database.fetchrow(f"{_GOING} LIMIT 1", user_id, ending):
                return False
            await self._accounts.delete(user_id, ending)
            await self._database.execute("DELETE FROM erasure WHERE user_id = $1", user_id)
        return True

    async def _purge(self, moments: Sequence[Record]) -> None:
        async with self._database.transaction():
            for row in moments:
                await self._rooms.moments.events.publish(
                    row["organization_id"], "moment.deleted", row["id"], row["id"]
                )
            await self._rooms.retention.purge_now([row["id"] for row in moments])


def _closing(organizations: Sequence[Record]) -> Closing:
    return Closing(
        deleted=tuple(row["name"] for row in organizations if row["members"] == 1),
        blocking=tuple(
            row["name"] for row in organizations if row["members"] > 1 and row["other_owners"] == 0
        ),
    )
