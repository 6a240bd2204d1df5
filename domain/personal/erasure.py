"""Deletes an account: it is closed at once, and a job deletes what it had, in batches.

What the person shared with an organisation of others stays there without a name. All else goes:
their marks, what is private, unlisted or public, and organisations that nobody else is in.
"""

from collections.abc import Sequence
from typing import Any, Final

from domain.accounts.models import Caller, Role
from domain.accounts.rights import Rights
from domain.accounts.service import AccountService
from domain.core.errors import Conflict
from domain.core.log import get_logger
from domain.infra.base import Base
from domain.infra.database import Record
from domain.live.streams import StreamService
from domain.moments.retention import MomentRetention
from domain.moments.wiring import MomentRoom
from domain.personal.models import Closing
from domain.sharing.service import SharingService

log = get_logger(__name__)

ERASE_JOB: Final = "accounts.erase"
_BATCH: Final = 100
_ORGANIZATIONS: Final = """
SELECT o.id, o.name, (SELECT count(*) FROM membership x WHERE x.organization_id = o.id) AS members,
    (SELECT count(*) FROM membership x WHERE x.organization_id = o.id AND x.role = $2
        AND x.user_id <> $1) AS other_owners
FROM membership m JOIN organization o ON o.id = m.organization_id
WHERE m.user_id = $1 ORDER BY o.id
"""
_INVITATIONS: Final = """
(used_by = $1 OR organization_id = ANY($2::text[]) OR (created_by = $1 AND used_at IS NULL)
    OR email = (SELECT email FROM app_user WHERE id = $1))
"""
_REVOKE: Final = (
    "UPDATE invitation SET revoked_at = coalesce(revoked_at, $3), email = NULL"  # noqa: S608 (constants)
    f" WHERE {_INVITATIONS}"
)
_FORGET_NOTICES: Final = (  # they name the person
    "DELETE FROM notifications WHERE about IN"  # noqa: S608 (constants)
    f" (SELECT id FROM invitation WHERE created_by = $1 OR {_INVITATIONS})"
)
_OWN: Final = (
    "DELETE FROM collection WHERE created_by = $1 AND visibility <> 'organization'",
    "UPDATE profile_handle SET user_id = NULL WHERE user_id = $1",  # nobody else gets them
    *(
        f"DELETE FROM {table} WHERE user_id = $1"  # noqa: S608 (constants)
        for table in ("profile", "membership", "api_token", "password_reset", "login_session")
    ),
)
_GOING: Final = """
SELECT id, organization_id FROM moments WHERE organization_id = ANY($2::text[]) OR (created_by = $1
    AND (kind = 'mark' OR visibility <> 'organization' OR deleted_at IS NOT NULL)) ORDER BY id
"""


class ErasureService:
    """The service of accounts' ends."""

    def __init__(  # noqa: PLR0913 (each package's part)
        self,
        base: Base,
        rights: Rights,
        *,
        accounts: AccountService,
        streams: StreamService,
        sharing: SharingService,
        moments: MomentRoom,
        retention: MomentRetention,
    ) -> None:
        self._database = base.database
        self._clock = base.clock
        self._queue = base.queue
        self._rights = rights
        self._accounts = accounts
        self._streams = streams
        self._sharing = sharing
        self._moments = moments
        self._retention = retention

    async def preview(self, caller: Caller) -> Closing:
        """Return what closing the account would do to the caller's organisations."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            return _closing(await self._organizations(user_id))

    async def request(self, caller: Caller, password: str, *, ip: str) -> None:
        """Close the caller's account; nobody can sign in to it any more, and a job deletes it.

        Raises:
            BadFields: The password is wrong. RateLimited: Too many attempts.
            Conflict: An organisation of others would have no owner (code `last_owner`).
        """
        await self._accounts.prove(caller, password, "password", ip)
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            await self._lock_organizations(user_id)
            organizations = await self._organizations(user_id)
            if blocking := _closing(organizations).blocking:
                raise Conflict(
                    f"You are the only owner of {', '.join(blocking)}. Make somebody else an owner "
                    "first, or remove the other members.",
                    code="last_owner",
                )
            ending = [row["id"] for row in organizations if row["members"] == 1]
            await self._streams.delete_of(user_id, ending)
            await self._sharing.revoke_of(user_id)
            await self._close(user_id, ending)
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
        await self._moments.assets.sweep()
        log.info("account_deleted", organizations=len(ending))

    async def resume(self) -> None:
        """Enqueue the jobs of closed accounts that still exist: one may have been parked."""
        for row in await self._database.fetch("SELECT user_id FROM erasure"):
            key = row["user_id"]
            await self._queue.enqueue(ERASE_JOB, {"user_id": key}, key=key)

    async def _close(self, user_id: str, ending: Sequence[str]) -> None:
        now, execute = self._clock.now(), self._database.execute
        await execute(_FORGET_NOTICES, user_id, ending)
        await execute(_REVOKE, user_id, ending, now)
        await execute(
            "UPDATE vms SET deleted_at = $2 WHERE organization_id = ANY($1::text[])"
            " AND deleted_at IS NULL",
            ending,
            now,
        )
        await execute(
            "UPDATE app_user SET email = id, name = '', password_hash = '', updated_at = $2"
            " WHERE id = $1",
            user_id,
            now,
        )
        for sql in _OWN:
            await execute(sql, user_id)
        await execute("INSERT INTO erasure VALUES ($1, $2, $3)", user_id, ending, now)

    async def _finish(self, user_id: str, ending: Sequence[str]) -> bool:
        """Delete the account and its organisations, if no moment of theirs is left."""
        async with self._database.transaction():
            # Locked, nobody adds a moment any more that would refer to them.
            await self._database.execute("SELECT FROM app_user WHERE id = $1 FOR UPDATE", user_id)
            await self._database.execute(
                "SELECT FROM organization WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", ending
            )
            if await self._database.fetchrow(f"{_GOING} LIMIT 1", user_id, ending):
                return False
            await self._database.execute(
                "DELETE FROM organization WHERE id = ANY($1::text[])", ending
            )
            await self._database.execute("DELETE FROM app_user WHERE id = $1", user_id)
            await self._database.execute("DELETE FROM erasure WHERE user_id = $1", user_id)
        return True

    async def _purge(self, moments: Sequence[Record]) -> None:
        async with self._database.transaction():
            for row in moments:
                await self._moments.events.publish(
                    row["organization_id"], "moment.deleted", row["id"], row["id"]
                )
            await self._retention.purge_now([row["id"] for row in moments])

    async def _organizations(self, user_id: str) -> list[Record]:
        return await self._database.fetch(_ORGANIZATIONS, user_id, int(Role.OWNER))

    async def _lock_organizations(self, user_id: str) -> None:
        """Let nobody join or change roles until the end of the transaction."""
        await self._database.execute(
            "SELECT FROM organization WHERE id IN"
            " (SELECT organization_id FROM membership WHERE user_id = $1) ORDER BY id FOR UPDATE",
            user_id,
        )


def _closing(organizations: Sequence[Record]) -> Closing:
    return Closing(
        deleted=tuple(row["name"] for row in organizations if row["members"] == 1),
        blocking=tuple(
            row["name"] for row in organizations if row["members"] > 1 and row["other_owners"] == 0
        ),
    )
