"""Searches that a person keeps: they are notified of new moments that have all the words.

Words decide, not meaning: that two texts are near is a matter of degree, and a notice is not. The
job runs after a moment's passages were stored, so nothing is polled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.notices import News, Notifier
from domain.accounts.rights import Rights
from domain.core.errors import BadFields, NotFound
from domain.core.ids import new_id
from domain.infra.base import Base
from domain.infra.database import Record
from domain.moments.records import MomentRecords
from domain.search import words

TELL_JOB: Final = "search.tell"
_MOST: Final = 50  # of a person in an organisation
MAX_TEXT: Final = 200
_MINE: Final = "user_id = $1 AND organization_id = $2"
_KEEP: Final = """
INSERT INTO kept_search (id, user_id, organization_id, text, created_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (user_id, organization_id, text) DO UPDATE SET text = excluded.text RETURNING *
"""
# A moment is news for those who kept the search before it was there, and did not create it.
_MATCHING: Final = """
SELECT s.*, b.role, m.id AS moment_id, m.title FROM moments m
JOIN kept_search s ON s.organization_id = m.organization_id AND s.created_at <= m.created_at
    AND s.user_id IS DISTINCT FROM m.created_by
JOIN membership b ON b.organization_id = s.organization_id AND b.user_id = s.user_id
WHERE m.id = $1 AND m.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM kept_search_hit h
    WHERE h.search_id = s.id AND h.moment_id = m.id)
AND EXISTS (SELECT 1 FROM passages p WHERE p.moment_id = m.id AND p.kind <> 'message'
    AND (p.words @@ websearch_to_tsquery('simple', s.text)
        OR p.words @@ websearch_to_tsquery('english', s.text)))
ORDER BY s.id
"""
_HIT: Final = """
INSERT INTO kept_search_hit (search_id, moment_id, found_at) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING RETURNING search_id
"""
_UNREAD: Final = """
SELECT count(*) FROM kept_search_hit WHERE search_id = $1 AND found_at > coalesce((
    SELECT max(read_at) FROM notifications WHERE user_id = $2 AND kind = 'search' AND about = $1),
    '-infinity')
"""


@dataclass(frozen=True, slots=True)
class KeptSearch:
    """A search that its person is notified of."""

    id: str
    text: str
    created_at: datetime

    @property
    def href(self) -> str:
        """The address of the page that shows what it finds."""
        return f"/search?{urlencode({'q': self.text, 'within': 'month', 'match': 'words'})}"


class KeptSearchService:
    """The caller's own in their current organisation, and the job that notifies."""

    def __init__(
        self, base: Base, rights: Rights, records: MomentRecords, notifier: Notifier
    ) -> None:
        self._database = base.database
        self._clock = base.clock
        self._queue = base.queue
        self._rights = rights
        self._records = records
        self._notifier = notifier

    async def list(self, caller: Caller) -> Sequence[KeptSearch]:
        """Return them, the newest first."""
        async with self._database.transaction():
            rows = await self._database.fetch(
                f"SELECT * FROM kept_search WHERE {_MINE} ORDER BY id DESC",  # noqa: S608 (constant)
                *await self._person(caller),
            )
        return [_kept_of(row) for row in rows]

    async def keep(self, caller: Caller, text: str) -> KeptSearch:
        """Keep a search; the same words again return the one that there is.

        Raises:
            BadFields: There is no word, it is too long, or the caller keeps very many.
        """
        text = words.clean(text)
        if not words.words_of(text):
            raise BadFields({"query": "must have a word"})
        if len(text) > MAX_TEXT:
            raise BadFields({"query": f"must have at most {MAX_TEXT} characters"})
        async with self._database.transaction():
            mine = await self._person(caller)
            count = await self._database.fetchval(
                f"SELECT count(*) FROM kept_search WHERE {_MINE} AND text <> $3",  # noqa: S608
                *mine,
                text,
            )
            if count >= _MOST:
                raise BadFields({"query": f"is one too many: you keep {_MOST}. Delete one first"})
            row = await self._database.fetchrow(
                _KEEP, new_id("search"), *mine, text, self._clock.now()
            )
        return _kept_of(row)

    async def delete(self, caller: Caller, search_id: str) -> None:
        """Delete one.

        Raises:
            NotFound: The caller keeps no such search.
        """
        async with self._database.transaction():
            deleted = await self._database.fetchval(
                f"DELETE FROM kept_search WHERE {_MINE} AND id = $3 RETURNING id",  # noqa: S608
                *await self._person(caller),
                search_id.replace("\0", ""),
            )
        if deleted is None:
            raise NotFound("There is no such search.")

    async def tell_later(self, organization_id: str, moment_id: str) -> None:
        """Look in another job who waits for a moment, if anybody of its organisation keeps any."""
        found = await self._database.fetchval(
            "SELECT EXISTS (SELECT 1 FROM kept_search WHERE organization_id = $1)", organization_id
        )
        if found:
            await self._queue.enqueue(TELL_JOB, {"id": moment_id}, key=moment_id)

    async def tell(self, args: dict[str, Any]) -> None:
        """Notify those whose searches find a new moment, and who see it (a job)."""
        async with self._database.transaction():
            for row in await self._database.fetch(_MATCHING, args["id"]):
                await self._tell(row)

    async def _tell(self, row: Record) -> None:
        actor = Actor(row["user_id"], row["organization_id"], Role(row["role"]))
        try:
            await self._records.find(actor, row["moment_id"])
        except NotFound:
            return  # hidden from them; they are told if it is shown to them
        now = self._clock.now()
        if await self._database.fetchval(_HIT, row["id"], row["moment_id"], now) is None:
            return  # another job told them
        count = await self._database.fetchval(_UNREAD, row["id"], row["user_id"])
        kept = _kept_of(row)
        title = f"{count} new moments" if count > 1 else "A new moment"
        title = f"{title} for your search “{kept.text}”"
        news = News("search", kept.id, title, row["title"], kept.href)
        await self._notifier.tell(actor.user_id, actor.organization_id, news)

    async def _person(self, caller: Caller) -> tuple[str, str]:
        user_id = await self._rights.person(caller)
        return user_id, (await self._rights.load(caller)).organization_id


def _kept_of(row: Record) -> KeptSearch:
    return KeptSearch(row["id"], row["text"], row["created_at"])
