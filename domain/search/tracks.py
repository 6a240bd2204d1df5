"""Tracks by the words of their title and artist, where the caller can see a mark of one.

Their names are read where they are kept, as providers' terms limit for how long: no copy is made.
"""

from typing import Final

from domain.infra.database import Database
from domain.moments.search import Where
from domain.search import words
from domain.search.models import Hit, Query

_TRACKS: Final = """
SELECT DISTINCT ON (k.track_id) k.track_id, k.moment_id, s.created_at,
    coalesce(nullif(s.people_title, ''), s.title) AS title,
    coalesce(nullif(s.people_artist, ''), s.artist) AS artist
FROM track_sources s JOIN marks k ON k.source_id = s.id JOIN moments m ON m.id = k.moment_id
WHERE {where} AND to_tsvector('simple', s.title || ' ' || s.artist || ' ' || s.people_title)
    @@ to_tsquery('simple', {asked})
ORDER BY k.track_id, k.moment_id DESC LIMIT {limit}
"""


class Tracks:
    """Finds tracks; the caller opens the transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, where: Where, query: Query) -> list[Hit]:
        """Return the tracks with all words of a query, the last one perhaps unfinished."""
        asked = words.words_of(query.text)
        is_wanted = (not query.kinds or "track" in query.kinds) and query.moment_id is None
        if not asked or not is_wanted or query.since is not None:
            return []
        where = where.copy()
        sql = _TRACKS.format(
            where=where.sql,
            asked=where.argument(" & ".join(f"{word}:*" for word in asked)),
            limit=where.argument(query.limit),
        )
        rows = await self._database.fetch(sql, *where.arguments)
        return [
            Hit(
                kind="track",
                source_id=row["track_id"],
                moment_id=row["moment_id"],
                moment_kind="mark",
                video_id=None,
                title=row["title"],
                text=row["artist"],
                highlights=words.highlights(asked, row["artist"]),
                author="",
                emotion=None,
                start_s=None,
                created_at=row["created_at"],
                score=1 / (61 + rank),
            )
            for rank, row in enumerate(rows)
        ]
