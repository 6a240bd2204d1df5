"""Likes and followers: one of each person, counted once however often they press."""

from typing import Final

from domain.accounts.models import Caller
from domain.accounts.rights import Rights
from domain.core.errors import Conflict
from domain.infra.base import Base
from domain.infra.database import Record
from domain.infra.rate_limit import network_of
from domain.moments.access import Access, no_moment
from domain.profiles.models import Reactions
from domain.profiles.service import no_profile

_PER_HOUR: Final = 120  # of one person, and of one network
_PER_NETWORK: Final = 20  # accounts of one network that like the same moment in a day
_FOUND: Final = """
SELECT m.id, m.created_by, m.visibility, m.source_id, m.deleted_at, m.organization_id
FROM moment_slug s JOIN moments m ON m.id = s.moment_id WHERE s.slug = $1
"""
_OF: Final = """
SELECT (SELECT count(*) FROM moment_like l WHERE l.moment_id = m.id) AS likes, p.handle
FROM moments m LEFT JOIN profile p ON p.user_id = m.created_by WHERE m.id = $1
"""


class OpenMoments:
    """Finds moments that anybody may see."""

    def __init__(self, base: Base, access: Access) -> None:
        self._database = base.database
        self._access = access

    async def find(self, slug: str) -> Record:
        """Return the row of an open moment.

        Raises:
            NotFound, Gone: As on its page.
        """
        row = await self._database.fetchrow(_FOUND, slug.replace("\0", ""))
        if row is None:
            raise no_moment()
        await self._access.check_open(row["visibility"], row["source_id"], row["deleted_at"])
        return row


class ReactionService:
    """The service of likes and followers."""

    def __init__(self, base: Base, rights: Rights, moments: OpenMoments) -> None:
        self._database = base.database
        self._clock = base.clock
        self._limiter = base.limiter
        self._rights = rights
        self._moments = moments

    async def of(self, moment_id: str) -> Reactions:
        """Return what a moment's page shows; asks for no rights."""
        row = await self._database.fetchrow(_OF, moment_id)
        return Reactions(row["likes"], row["handle"]) if row else Reactions(0, None)

    async def liked(self, caller: Caller | None, slug: str) -> tuple[int, bool]:
        """Return how many people like a moment, and whether the caller does."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller) if caller else ""
            moment = await self._moments.find(slug)
            return await self._likes(moment["id"]), await self._is_liked(moment["id"], user_id)

    async def like(self, caller: Caller, slug: str, *, ip: str) -> int:
        """Like a moment, and return how many people do.

        Raises:
            Conflict: It is the caller's own (code `own_moment`). RateLimited: Too many likes of
                this person, or of accounts at this address.
        """
        network = network_of(ip)
        await self._limiter.hit("likes", caller.user_id or "", _PER_HOUR, 3600)
        await self._limiter.hit("likes-ip", network, _PER_HOUR, 3600)
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            moment = await self._moments.find(slug)
            if moment["created_by"] == user_id:
                raise Conflict("This is your own moment. Others can like it.", code="own_moment")
            if not await self._is_liked(moment["id"], user_id):
                await self._limiter.hit("like", f"{moment['id']} {network}", _PER_NETWORK, 86_400)
                await self._database.execute(
                    "INSERT INTO moment_like (moment_id, user_id, created_at) VALUES ($1, $2, $3)"
                    " ON CONFLICT DO NOTHING",
                    moment["id"],
                    user_id,
                    self._clock.now(),
                )
            return await self._likes(moment["id"])

    async def unlike(self, caller: Caller, slug: str) -> int:
        """Take a like back, and return how many people like the moment."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            moment = await self._moments.find(slug)
            await self._database.execute(
                "DELETE FROM moment_like WHERE moment_id = $1 AND user_id = $2",
                moment["id"],
                user_id,
            )
            return await self._likes(moment["id"])

    async def followed(self, caller: Caller | None, handle: str) -> tuple[int, bool]:
        """Return how many people follow somebody, and whether the caller does."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller) if caller else ""
            followed = await self._person(handle)
            return await self._followers(followed), await self._is_followed(user_id, followed)

    async def follow(self, caller: Caller, handle: str) -> int:
        """Follow somebody, and return how many people do.

        Raises:
            NotFound: Nobody has the handle. Conflict: It is the caller (code `own_profile`).
            RateLimited: The caller followed too many within the hour.
        """
        await self._limiter.hit("follows", caller.user_id or "", _PER_HOUR, 3600)
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            followed = await self._person(handle)
            if followed == user_id:
                raise Conflict("This is you. Others can follow you.", code="own_profile")
            await self._database.execute(
                "INSERT INTO follow (follower_id, followed_id, created_at) VALUES ($1, $2, $3)"
                " ON CONFLICT DO NOTHING",
                user_id,
                followed,
                self._clock.now(),
            )
            return await self._followers(followed)

    async def unfollow(self, caller: Caller, handle: str) -> int:
        """Stop following somebody, and return how many people do."""
        async with self._database.transaction():
            user_id = await self._rights.person(caller)
            followed = await self._person(handle)
            await self._database.execute(
                "DELETE FROM follow WHERE follower_id = $1 AND followed_id = $2", user_id, followed
            )
            return await self._followers(followed)

    async def _person(self, handle: str) -> str:
        user_id: str | None = await self._database.fetchval(
            "SELECT user_id FROM profile WHERE handle = $1", handle.replace("\0", "").lower()
        )
        if user_id is None:
            raise no_profile()
        return user_id

    async def _likes(self, moment_id: str) -> int:
        return int(
            await self._database.fetchval(
                "SELECT count(*) FROM moment_like WHERE moment_id = $1", moment_id
            )
        )

    async def _is_liked(self, moment_id: str, user_id: str) -> bool:
        return bool(
            await self._database.fetchval(
                "SELECT EXISTS (SELECT 1 FROM moment_like WHERE moment_id = $1 AND user_id = $2)",
                moment_id,
                user_id,
            )
        )

    async def _followers(self, user_id: str) -> int:
        return int(
            await self._database.fetchval(
                "SELECT count(*) FROM follow WHERE followed_id = $1", user_id
            )
        )

    async def _is_followed(self, follower_id: str, followed_id: str) -> bool:
        return bool(
            await self._database.fetchval(
                "SELECT EXISTS (SELECT 1 FROM follow WHERE follower_id = $1 AND followed_id = $2)",
                follower_id,
                followed_id,
            )
        )
