"""What people call a source: three who agree change what is shown; the provider's word stays."""

import unicodedata
from typing import Final

from domain.accounts.models import Caller, Role
from domain.accounts.rights import Rights
from domain.core.errors import BadFields, Forbidden, NotFound
from domain.infra.base import Base
from domain.marks.matches import ENOUGH
from domain.marks.models import SourceName
from domain.marks.rows import MarkRows

_PER_HOUR: Final = 60
_MAX: Final = 200
_PUT: Final = """
INSERT INTO source_name (source_id, user_id, title, artist, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (source_id, user_id) DO UPDATE SET title = $3, artist = $4, created_at = $5
"""
_EQUAL: Final = """
SELECT count(*) FROM source_name WHERE source_id = $1 AND lower(title) = lower($2)
    AND lower(artist) = lower($3)
"""
_LIST: Final = """
SELECT min(title) AS title, min(artist) AS artist, count(*) AS people, max(created_at) AS newest
FROM source_name WHERE source_id = $1 GROUP BY lower(title), lower(artist)
ORDER BY people DESC, newest DESC LIMIT 20
"""


class SourceNames:
    """The service of corrections of titles and artists."""

    def __init__(self, base: Base, rights: Rights, rows: MarkRows) -> None:
        self._database = base.database
        self._clock = base.clock
        self._limiter = base.limiter
        self._rights = rights
        self._rows = rows

    async def correct(
        self, caller: Caller, track_id: str, source_id: str, title: str, artist: str
    ) -> list[SourceName]:
        """Record what a person calls a source (members); return what all do, most first.

        Raises:
            NotFound: There is no such source of such a track. BadFields. Forbidden.
            RateLimited: Too many within the hour.
        """
        title, artist = _clean("title", title), _clean("artist", artist)
        if not title:
            raise BadFields({"title": "is required"})
        await self._limiter.hit("source-names", caller.user_id or "", _PER_HOUR, 3600)
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            if actor.user_id is None:
                raise Forbidden("Only people can correct names. Sign in as one.")
            track = await self._rows.track(actor, track_id)
            sources = {each.id: each for each in await self._rows.sources([track["id"]])}
            if source_id not in sources:
                raise NotFound("There is no such source of this track. Reload its sources.")
            now = self._clock.now()
            await self._database.execute(_PUT, source_id, actor.user_id, title, artist, now)
            equal = await self._database.fetchval(_EQUAL, source_id, title, artist)
            # A file is its organisation's own matter.
            if equal >= ENOUGH or sources[source_id].organization_id is not None:
                await self._rows.set_name(source_id, title, artist)
            return await self._list(source_id)

    async def _list(self, source_id: str) -> list[SourceName]:
        rows = await self._database.fetch(_LIST, source_id)
        return [SourceName(row["title"], row["artist"], row["people"]) for row in rows]


def _clean(name: str, text: str) -> str:
    """Return a text on one line.

    Raises:
        BadFields: It is too long.
    """
    kept = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    line = " ".join(kept.split())
    if len(line) > _MAX:
        raise BadFields({name: f"must have at most {_MAX} characters"})
    return line
