"""Profiles: a person's handle, picture and words, and what anybody sees at `/u/{handle}`."""

from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import Final

from domain.accounts.models import Caller
from domain.accounts.rights import Rights
from domain.core.errors import Conflict, Gone, NotFound
from domain.infra import images
from domain.infra.base import Base
from domain.infra.database import Record
from domain.moments.access import Access
from domain.moments.models import Kind
from domain.profiles.models import Listed, ListedCollection, Profile, PublicProfile
from domain.profiles.rules import AVATAR_WIDTH, MAX_AVATAR, clean_profile
from domain.sharing.models import Moved

PAGE: Final = 24
_COLUMNS: Final = """
p.user_id, p.handle, p.bio, p.avatar_hash, u.name,
(SELECT count(*) FROM follow f WHERE f.followed_id = p.user_id) AS followers
FROM profile p JOIN app_user u ON u.id = p.user_id
"""
_SAVE: Final = """
INSERT INTO profile (user_id, handle, bio, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)
ON CONFLICT (user_id) DO UPDATE SET handle = $2, bio = $3, updated_at = $4
"""
_CLAIM: Final = """
INSERT INTO profile_handle (handle, user_id, created_at) VALUES ($1, $2, $3)
ON CONFLICT (handle) DO UPDATE SET user_id = excluded.user_id
WHERE profile_handle.user_id = excluded.user_id RETURNING handle
"""
_LISTED: Final = """
m.id, m.kind, m.title, m.slug, m.created_at AS at, m.start_s, m.end_s,
m.source ->> 'provider' AS provider, m.cover_id IS NOT NULL AS has_picture FROM moments m
"""

Collections = Callable[[str], Awaitable[Sequence[ListedCollection]]]


class ProfileService:
    """The service of profiles; `collections` lists a person's public ones."""

    def __init__(
        self, base: Base, rights: Rights, access: Access, collections: Collections
    ) -> None:
        self._database = base.database
        self._clock = base.clock
        self._limiter = base.limiter
        self._origin = base.settings.origin
        self._rights = rights
        self._access = access
        self._collections = collections

    async def own(self, caller: Caller) -> Profile | None:
        """Return the caller's profile; None: they have none yet."""
        async with self._database.transaction():
            row = await self._row("p.user_id = $1", await self._rights.person(caller))
        return self._profile(row) if row else None

    async def save(self, caller: Caller, handle: str, bio: str) -> Profile:
        """Create the caller's profile, or change it; earlier handles redirect.

        Raises:
            BadFields: The handle or the bio is not possible.
            Conflict: Somebody has or had the handle (code `handle_taken`).
        """
        handle, bio = clean_profile(handle, bio)
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            now = self._clock.now()
            if await self._database.fetchval(_CLAIM, handle, user_id, now) is None:
                raise Conflict("This handle is taken. Choose another one.", code="handle_taken")
            await self._database.execute(_SAVE, user_id, handle, bio, now)
            row = await self._row("p.user_id = $1", user_id)
        return self._profile(_known(row))

    async def delete(self, caller: Caller) -> None:
        """Take the caller's profile away; their handles stay theirs."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            await self._database.execute("DELETE FROM profile WHERE user_id = $1", user_id)

    async def delete_of(self, user_id: str) -> None:
        """Take a profile away for good in the open transaction; nobody else gets its handles."""
        await self._database.execute("DELETE FROM profile WHERE user_id = $1", user_id)
        await self._database.execute(
            "UPDATE profile_handle SET user_id = NULL WHERE user_id = $1", user_id
        )

    async def set_avatar(self, caller: Caller, data: bytes | None) -> Profile:
        """Set or remove the caller's picture.

        Raises:
            BadInput, UnsupportedMedia, TooLarge: It is no picture that can be shown.
            NotFound: They have no profile yet.
        """
        small = None
        if data is not None:
            await images.inspect(data, max_bytes=MAX_AVATAR)
            small = await images.thumbnail(data, AVATAR_WIDTH)
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            await self._database.execute(
                "UPDATE profile SET avatar = $2, avatar_hash = $3 WHERE user_id = $1",
                user_id,
                small,
                sha256(small).hexdigest()[:16] if small else None,
            )
            row = await self._row("p.user_id = $1", user_id)
        if row is None:
            raise NotFound("You have no profile yet. Choose a handle first.")
        return self._profile(row)

    async def picture_of(self, user_id: str) -> str | None:
        """Return the path of a person's picture, for pages that know who they are."""
        row = await self._database.fetchrow(
            "SELECT handle, avatar_hash FROM profile"
            " WHERE user_id = $1 AND avatar_hash IS NOT NULL",
            user_id,
        )
        return f"/u/{row['handle']}/avatar.jpg?v={row['avatar_hash']}" if row else None

    async def avatar(self, handle: str) -> tuple[bytes, str]:
        """Return a profile's picture and its hash.

        Raises:
            NotFound: There is none.
        """
        row = await self._database.fetchrow(
            "SELECT avatar, avatar_hash FROM profile WHERE handle = $1 AND avatar IS NOT NULL",
            _plain(handle),
        )
        if row is None:
            raise no_profile()
        return bytes(row["avatar"]), row["avatar_hash"]

    async def public(
        self, handle: str, offset: int = 0, kind: Kind | None = None
    ) -> PublicProfile | Moved:
        """Return what anybody sees at a handle, or the present handle if this is an earlier one.

        With a kind, it lists and counts only moments of that kind.

        Raises:
            NotFound: Nobody has it. Gone: The account was deleted (code `account_deleted`).
        """
        async with self._database.transaction():
            row = await self._row("p.handle = $1", _plain(handle))
            if row is None:
                return await self._moved(_plain(handle))
            where = await self._access.listed()
            where.add_if("m.created_by = {}", row["user_id"])
            where.add_if("m.kind = {}", kind)
            total = await self._database.fetchval(
                f"SELECT count(*) FROM moments m WHERE {where.sql}",  # noqa: S608 (constants)
                *where.arguments,
            )
            skipped = where.argument(offset)
            rows = await self._database.fetch(
                f"SELECT {_LISTED} WHERE {where.sql} ORDER BY m.created_at DESC, m.id DESC"
                f" LIMIT {PAGE} OFFSET {skipped}",
                *where.arguments,
            )
            collections = await self._collections(row["user_id"])
        moments = tuple(Listed(**dict(each)) for each in rows)
        return PublicProfile(self._profile(row), moments, int(total), tuple(collections))

    async def listed(self, most: int) -> list[str]:
        """Return the paths of the newest profiles, for search engines."""
        rows = await self._database.fetch(
            "SELECT handle FROM profile ORDER BY created_at DESC LIMIT $1", most
        )
        return [f"/u/{row['handle']}" for row in rows]

    async def _moved(self, handle: str) -> Moved:
        row = await self._database.fetchrow(
            "SELECT h.user_id, p.handle FROM profile_handle h"
            " LEFT JOIN profile p ON p.user_id = h.user_id WHERE h.handle = $1",
            handle,
        )
        if row is not None and row["user_id"] is None:
            raise Gone("The person at this address deleted their account.", code="account_deleted")
        if row is None or row["handle"] is None:
            raise no_profile()
        return Moved(row["handle"])

    async def _row(self, condition: str, value: str) -> Record | None:
        return await self._database.fetchrow(
            f"SELECT {_COLUMNS} WHERE {condition}",
            value,
        )

    def _profile(self, row: Record) -> Profile:
        url = f"{self._origin}/u/{row['handle']}"
        avatar = row["avatar_hash"]
        return Profile(
            handle=row["handle"],
            name=row["name"] or row["handle"],
            bio=row["bio"],
            url=url,
            avatar_url=f"{url}/avatar.jpg?v={avatar}" if avatar else None,
            followers=row["followers"],
        )


def no_profile() -> NotFound:
    """Return the error for a handle that nobody has."""
    return NotFound("Nobody has this handle. Check it for typing mistakes.")


def _known(row: Record | None) -> Record:
    if row is None:
        raise AssertionError
    return row


def _plain(handle: str) -> str:
    return handle.replace("\0", "").lower()
