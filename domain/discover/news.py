"""News of the people and artists whom somebody follows: only what anybody may see."""

from datetime import datetime, timedelta
from typing import Final

from domain.core.time import Clock
from domain.discover.models import Artist, News
from domain.discover.similar import is_playable
from domain.infra.database import Database, Record
from domain.moments.access import Access

_WITHIN: Final = timedelta(days=60)
_MOST: Final = 20
_ARTIST: Final = "lower(CASE WHEN s.people_title <> '' THEN s.people_artist ELSE s.artist END)"
_TRACK: Final = "CASE WHEN s.people_title <> '' THEN s.people_title ELSE s.title END"
_PEOPLE: Final = f"""
SELECT p.handle, coalesce(nullif(u.name, ''), p.handle) AS name, {_TRACK} AS track,
    count(*) AS saved, max(m.created_at) AS at, (array_agg(m.title ORDER BY m.created_at DESC))[1]
    AS title, array_agg(DISTINCT s.restrictions::text) AS said
FROM follow f JOIN profile p ON p.user_id = f.followed_id JOIN app_user u ON u.id = f.followed_id
JOIN moments m ON m.created_by = f.followed_id LEFT JOIN marks k ON k.moment_id = m.id
LEFT JOIN track_sources s ON s.id = k.source_id
WHERE f.follower_id = {{me}} AND m.created_at > {{since}} AND {{open}}
    AND NOT EXISTS (SELECT 1 FROM not_for_me n
        WHERE n.user_id = {{me}} AND n.subject IN (m.id, k.track_id))
GROUP BY p.handle, u.name, k.track_id, {_TRACK} ORDER BY at DESC LIMIT {_MOST}
"""  # noqa: S608 (constants)
_COLLECTIONS: Final = f"""
SELECT p.handle, coalesce(nullif(u.name, ''), p.handle) AS name, c.title, c.slug, c.created_at AS at
FROM follow f JOIN profile p ON p.user_id = f.followed_id JOIN app_user u ON u.id = f.followed_id
JOIN collection c ON c.created_by = f.followed_id
WHERE f.follower_id = $1 AND c.visibility = 'public' AND c.created_at > $2
ORDER BY c.created_at DESC LIMIT {_MOST}
"""  # noqa: S608 (constants)
_ARTISTS: Final = f"""
SELECT a.name, k.track_id, {_TRACK} AS track, count(DISTINCT k.user_id) AS people,
    max(k.created_at) AS at, array_agg(DISTINCT s.restrictions::text) AS said
FROM artist_follow a JOIN track_sources s ON s.organization_id IS NULL
    AND string_to_array({_ARTIST}, '; ') @> ARRAY[a.artist]
JOIN marks k ON k.source_id = s.id
WHERE a.user_id = $1 AND k.visibility = 'public' AND NOT k.is_deleted AND k.created_at > $2
    AND k.user_id <> $1 AND NOT EXISTS (SELECT 1 FROM not_for_me n
        WHERE n.user_id = $1 AND n.subject = k.track_id)
GROUP BY a.name, k.track_id, {_TRACK} ORDER BY at DESC LIMIT {_MOST}
"""  # noqa: S608 (constants)
_SAVED: Final = f"""
SELECT min(s.artist) AS name, count(*) AS parts FROM marks k
JOIN track_sources s ON s.id = k.source_id
WHERE k.user_id = $1 AND NOT k.is_deleted AND s.organization_id IS NULL AND s.artist <> ''
    AND NOT EXISTS (SELECT 1 FROM artist_follow a WHERE a.user_id = $1 AND a.artist = {_ARTIST})
GROUP BY {_ARTIST} HAVING count(*) >= 2 ORDER BY parts DESC, name LIMIT 3
"""  # noqa: S608 (constants)


class NewsReader:
    """Reads; the caller opens the transaction."""

    def __init__(self, database: Database, clock: Clock, access: Access) -> None:
        self._database = database
        self._clock = clock
        self._access = access

    async def of(self, user_id: str, most: int, region: str | None) -> list[News]:
        """Return what is new and plays in a region, the newest first."""
        since = self._clock.now() - _WITHIN
        news = [
            *await self._people(user_id, since, region),
            *await self._collections(user_id, since),
            *await self._artists(user_id, since, region),
        ]
        return sorted(news, key=lambda each: each.at, reverse=True)[:most]

    async def following(self, user_id: str) -> int:
        """Return how many people and artists somebody follows."""
        count = await self._database.fetchval(
            "SELECT (SELECT count(*) FROM follow WHERE follower_id = $1)"
            " + (SELECT count(*) FROM artist_follow WHERE user_id = $1)",
            user_id,
        )
        return int(count)

    async def artists(self, user_id: str) -> list[Artist]:
        """Return artists whom somebody saved several parts of and does not follow."""
        rows = await self._database.fetch(_SAVED, user_id)
        return [Artist(row["name"], row["parts"]) for row in rows]

    async def _people(self, user_id: str, since: datetime, region: str | None) -> list[News]:
        where = await self._access.listed()
        me, at_least = where.argument(user_id), where.argument(since)
        sql = _PEOPLE.format(me=me, since=at_least, open=where.sql)
        return [
            News(
                row["name"],
                f"/u/{row['handle']}",
                is_artist=False,
                text=_saved(row["track"], row["saved"], row["title"]),
                at=row["at"],
            )
            for row in await self._database.fetch(sql, *where.arguments)
            if _plays(row, region)
        ]

    async def _collections(self, user_id: str, since: datetime) -> list[News]:
        rows = await self._database.fetch(_COLLECTIONS, user_id, since)
        return [
            News(
                row["name"],
                f"/u/{row['handle']}",
                is_artist=False,
                text=f"New collection: “{row['title']}”",
                at=row["at"],
            )
            for row in rows
        ]

    async def _artists(self, user_id: str, since: datetime, region: str | None) -> list[News]:
        rows = await self._database.fetch(_ARTISTS, user_id, since)
        return [
            News(
                row["name"],
                f"/tracks/{row['track_id']}",
                is_artist=True,
                text=_by_others(row["people"], row["track"]),
                at=row["at"],
            )
            for row in rows
            if _plays(row, region)
        ]


def _plays(row: Record, region: str | None) -> bool:
    """Return whether one of the sources that were saved plays in a region."""
    return any(is_playable(each, region) for each in row["said"])


def _saved(track: str | None, count: int, title: str) -> str:
    """Say what a person made public."""
    if not track:
        return f"Shared “{title}”" if count == 1 else f"Shared {count} moments"
    return f"Saved {'a part' if count == 1 else f'{count} parts'} of “{track}”"


def _by_others(people: int, track: str) -> str:
    who = "1 person" if people == 1 else f"{people} people"
    return f"{who} saved a part of “{track}”" if track else f"{who} saved a part of a new song"
