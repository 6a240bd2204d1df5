"""Closes accounts, and deletes them once nothing of theirs is left."""

from collections.abc import Sequence
from typing import Final

from domain.accounts.models import Role
from domain.core.time import Clock
from domain.infra.database import Database, Record

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
    "DELETE FROM membership WHERE user_id = $1",
    "DELETE FROM api_token WHERE user_id = $1",
    "DELETE FROM password_reset WHERE user_id = $1",
    "DELETE FROM login_session WHERE user_id = $1",
)


class AccountRows:
    """Rows of accounts that end; the caller opens the transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def organizations(self, user_id: str, *, lock: bool = False) -> list[Record]:
        """Return a user's organisations with their numbers of members and of other owners.

        Locked, nobody joins or changes roles until the end of the transaction.
        """
        if lock:
            await self._database.execute(
                "SELECT FROM organization WHERE id IN (SELECT organization_id FROM membership"
                " WHERE user_id = $1) ORDER BY id FOR UPDATE",
                user_id,
            )
        return await self._database.fetch(_ORGANIZATIONS, user_id, int(Role.OWNER))

    async def close(self, user_id: str, ending: Sequence[str]) -> None:
        """End all ways into an account, and into the organisations that end with it."""
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

    async def lock(self, user_id: str, ending: Sequence[str]) -> None:
        """Let nobody add a row that refers to them until the end of the transaction."""
        await self._database.execute("SELECT FROM app_user WHERE id = $1 FOR UPDATE", user_id)
        await self._database.execute(
            "SELECT FROM organization WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", ending
        )

    async def delete(self, user_id: str, ending: Sequence[str]) -> None:
        """Delete a user and organisations, with all rows that are theirs alone."""
        await self._database.execute("DELETE FROM organization WHERE id = ANY($1::text[])", ending)
        await self._database.execute("DELETE FROM app_user WHERE id = $1", user_id)
