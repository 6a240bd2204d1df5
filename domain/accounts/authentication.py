"""Resolves a bearer token or cookie to a caller: one indexed read, rarely a write."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from domain.accounts.models import Caller
from domain.accounts.people import SESSION_LIFETIME
from domain.core.errors import NotFound, Unauthenticated
from domain.core.secrets import hash_token
from domain.core.time import Clock
from domain.infra.database import Database, Record

API_TOKEN_PREFIX: Final = "mt_"  # noqa: S105 (a prefix, not a secret)
_OWN: Final = "ARRAY(SELECT m.organization_id FROM membership m WHERE m.user_id = c.user_id) AS own"
_NOTE_EVERY: Final = timedelta(minutes=1)  # how often to write "last used" and the sliding expiry


class Authentication:
    """Looks up credentials by their hash."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def caller(self, credential: str, chosen: str | None) -> Caller:
        """Return a credential's holder, acting for the chosen or their own organisation."""
        is_token = credential.startswith(API_TOKEN_PREFIX)
        row = await (self._token(credential) if is_token else self._session(credential))
        if row is None:
            raise Unauthenticated(
                "You are signed out, or this token is no longer valid. Sign in again."
            )
        organization_id = _organization(
            row["own"], chosen, None if is_token else row["organization_id"]
        )
        if is_token:
            return Caller(row["user_id"], organization_id, "token", row["id"])
        has_slid = await self._slide(row)
        return Caller(row["user_id"], organization_id, "session", row["id"], has_slid)

    async def _session(self, token: str) -> Record | None:
        return await self._database.fetchrow(
            f"SELECT id, user_id, organization_id, last_seen_at, {_OWN} FROM login_session c"  # noqa: S608 (constant)
            " WHERE token_hash = $1 AND expires_at > $2",
            hash_token(token),
            self._clock.now(),
        )

    async def _slide(self, session: Record) -> bool:
        """Extend a session's expiry; return whether that was due."""
        now = self._clock.now()
        if now - session["last_seen_at"] <= _NOTE_EVERY:
            return False
        await self._database.execute(
            "UPDATE login_session SET last_seen_at = $2, expires_at = $3 WHERE id = $1",
            session["id"],
            now,
            now + SESSION_LIFETIME,
        )
        return True

    async def _token(self, token: str) -> Record | None:
        now = self._clock.now()
        row = await self._database.fetchrow(
            f"SELECT id, user_id, last_used_at, {_OWN} FROM api_token c WHERE token_hash = $1"  # noqa: S608 (constant)
            " AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
            hash_token(token),
            now,
        )
        if row is not None and (not row[2] or now - row[2] > _NOTE_EVERY):
            await self._database.execute(
                "UPDATE api_token SET last_used_at = $2 WHERE id = $1", row["id"], now
            )
        return row


def _organization(own: Sequence[str], chosen: str | None, current: str | None) -> str | None:
    if chosen is not None:
        if chosen not in own:
            raise NotFound(
                "There is no such organization, or you are not a member of it. Choose another one."
            )
        return chosen
    if current in own:
        return current
    return own[0] if len(own) == 1 else None
