"""Personal API tokens: created and revoked by their user; only a hash is stored."""

import secrets
from datetime import timedelta
from typing import Final

from domain.accounts.authentication import API_TOKEN_PREFIX
from domain.accounts.models import ApiToken, Caller, NewApiToken
from domain.accounts.rights import Rights
from domain.accounts.rules import clean_email, clean_name, name_problem
from domain.core.errors import BadFields, Conflict, NotFound
from domain.core.ids import new_id
from domain.core.secrets import hash_token
from domain.core.time import Clock
from domain.infra.database import Database, Record

_MAX_TOKENS: Final = 100
_MAX_LIFETIME_S: Final = 10 * 366 * 86_400
_COLUMNS: Final = "id, name, prefix, created_at, last_used_at, expires_at"


class ApiTokenService:
    """The caller's own API tokens."""

    def __init__(self, database: Database, rights: Rights, clock: Clock) -> None:
        self._database = database
        self._rights = rights
        self._clock = clock

    async def create(
        self, caller: Caller, name: str, *, lifetime_s: int | None = None
    ) -> NewApiToken:
        """Create a token (`mt_…`) with its user's rights; its text is shown only here.

        Raises:
            BadFields: The name or lifetime is invalid. Conflict: The user has 100 tokens.
        """
        name = clean_name(name)
        problem = name_problem(name)
        if problem:
            raise BadFields({"name": problem})
        if lifetime_s is not None and not 60 <= lifetime_s <= _MAX_LIFETIME_S:
            raise BadFields({"expires_in_s": "must be between a minute and ten years"})
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            return await self._insert(user_id, name, lifetime_s)

    async def list(self, caller: Caller) -> list[ApiToken]:
        """List the user's tokens, newest first."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            rows = await self._database.fetch(
                f"SELECT {_COLUMNS} FROM api_token"  # noqa: S608 (constant)
                " WHERE user_id = $1 AND revoked_at IS NULL ORDER BY id DESC",
                user_id,
            )
        return [_token_of(row) for row in rows]

    async def revoke(self, caller: Caller, token_id: str) -> None:
        """Revoke a token.

        Raises:
            NotFound: The user has no such token.
        """
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            revoked = await self._database.fetchval(
                "UPDATE api_token SET revoked_at = $3 WHERE id = $1 AND user_id = $2"
                " AND revoked_at IS NULL RETURNING id",
                token_id,
                user_id,
                self._clock.now(),
            )
        if revoked is None:
            raise NotFound("There is no such token.")

    async def create_for(self, email: str, name: str) -> str:
        """Create a token from the command line and return its text.

        Raises:
            NotFound: No account has this address.
        """
        async with self._database.transaction():
            user_id = await self._database.fetchval(
                "SELECT id FROM app_user WHERE email = $1", clean_email(email)
            )
            if user_id is None:
                raise NotFound("No account has this email address. Create the account first.")
            return (await self._insert(user_id, clean_name(name) or "token", None)).token

    async def _insert(self, user_id: str, name: str, lifetime_s: int | None) -> NewApiToken:
        await self._check_number(user_id)
        token = API_TOKEN_PREFIX + secrets.token_urlsafe(32)
        now = self._clock.now()
        row = await self._database.fetchrow(
            "INSERT INTO api_token (id, user_id, name, prefix, token_hash, created_at, expires_at)"  # noqa: S608 (constant)
            f" VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {_COLUMNS}",
            new_id("token"),
            user_id,
            name,
            token[:7],
            hash_token(token),
            now,
            None if lifetime_s is None else now + timedelta(seconds=lifetime_s),
        )
        return NewApiToken(token, _token_of(row))

    async def _check_number(self, user_id: str) -> None:
        number = await self._database.fetchval(
            "SELECT count(*) FROM api_token WHERE user_id = $1 AND revoked_at IS NULL", user_id
        )
        if number >= _MAX_TOKENS:
            raise Conflict(f"You have {number} tokens. Revoke one that you no longer need.")


def _token_of(row: Record) -> ApiToken:
    return ApiToken(*row)
