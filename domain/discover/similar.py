"""Moments that are like one, of all that somebody may come upon.

Private moments of others are in no query: not as what is found, not in a count, not as a vector.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.accounts.models import Actor
from domain.discover.evidence import Evidence, Facts, likeness
from domain.discover.models import Suggestion
from domain.infra.database import Database, Record
from domain.marks.rows import NEAR_DS
from domain.moments.access import Access
from domain.moments.search import Where
from domain.search.vectors import Vectors

_MOST: Final = 60  # of each signal
_NEWEST: Final = 2000  # of the organisation, and of what is public: older ones are not compared
_PLACE_DS: Final = 50  # parts that begin within it are one
_SHOWN: Final = """
m.id, m.organization_id, m.created_by, m.kind, m.title, m.description, m.slug, m.tags,
m.key_emotions || m.emotion_tags AS emotions, k.track_id, k.start_ds AS at_ds, k.end_ds AS until_ds,
k.start_ds - s.offset_ds AS start_ds, k.end_ds - s.offset_ds AS end_ds, s.url, s.restrictions,
CASE WHEN s.people_title <> '' THEN s.people_title ELSE s.title END AS track,
CASE WHEN s.people_title <> '' THEN s.people_artist ELSE s.artist END AS artist,
coalesce(s.duration_ms, s.reported_ms) AS length_ms
FROM moments m LEFT JOIN marks k ON k.moment_id = m.id
LEFT JOIN track_sources s ON s.id = k.source_id
"""
_WANTED: Final = """
NOT EXISTS (SELECT 1 FROM not_for_me n WHERE n.user_id = {me} AND n.subject IN (m.id, k.track_id))
"""
_NEW: Final = """
m.created_by IS DISTINCT FROM {me} AND NOT EXISTS (SELECT 1 FROM marks o WHERE o.user_id = {me}
    AND o.track_id = k.track_id AND NOT o.is_deleted)
"""
_TOGETHER: Final = """
WITH savers AS MATERIALIZED (
    SELECT DISTINCT k.user_id FROM marks k JOIN moments m ON m.id = k.moment_id
    WHERE {seen} AND k.track_id = {track} AND k.user_id IS NOT NULL AND k.user_id <> {me}
        AND k.start_ds BETWEEN {start} - {near} AND {start} + {near}
        AND k.end_ds BETWEEN {end} - {near} AND {end} + {near}
), also AS MATERIALIZED (
    SELECT k.track_id, k.start_ds / {place} AS place, k.user_id, k.moment_id FROM savers
    JOIN marks k ON k.user_id = savers.user_id JOIN moments m ON m.id = k.moment_id
    WHERE {seen} AND k.track_id <> {track}
), parts AS (
    SELECT DISTINCT ON (track_id) track_id, max(moment_id) AS id FROM also
    GROUP BY track_id, place ORDER BY track_id, count(DISTINCT user_id) DESC, place
), people AS (
    SELECT track_id, count(DISTINCT user_id) AS people FROM also GROUP BY track_id
)
SELECT parts.id, people.people, (SELECT count(*) FROM savers) AS savers,
    coalesce((SELECT users FROM track_totals t WHERE t.track_id = parts.track_id AND t.layer = 1),
        people.people) AS others
FROM parts JOIN people USING (track_id) ORDER BY people.people DESC, parts.id LIMIT {most}
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What candidates are found by."""

    together: Mapping[str, Record]
    cosines: Mapping[str, float]
    labelled: Sequence[str]

    def ids(self) -> list[str]:
        """Return the candidates."""
        return list({**self.together, **self.cosines, **dict.fromkeys(self.labelled)})


class Similar:
    """Finds and weighs; the caller opens the transaction and has loaded the rights."""

    def __init__(self, database: Database, access: Access, vectors: Vectors) -> None:
        self._database = database
        self._access = access
        self._vectors = vectors

    async def to(
        self, actor: Actor | None, moment_id: str, region: str | None, *, only_new: bool = False
    ) -> list[Suggestion]:
        """Return what is like a moment that an actor sees, the most alike first.

        Without an actor, it is what anybody may see of what is like something public.
        `only_new` leaves out their own moments and tracks that they saved a part of.
        """
        found = await self._access.found(actor)
        where = found.where()
        mine = await self._row(where, moment_id)
        if mine is None:
            return []
        among = found.newest(_NEWEST)
        known = Known(
            await self._together(where, actor, mine) if mine["track_id"] else {},
            await self._vectors.near_moment(among, where, moment_id, _MOST),
            await self._labelled(among, where, mine),
        )
        rows = await self._rows(where, actor, known.ids(), only_new=only_new)
        facts = _facts(mine)
        others = (
            _weighed(actor, facts, row, known)
            for row in rows
            if is_playable(row["restrictions"], region) and not _is_same_part(mine, row)
        )
        return _one_of_each(each for each in others if each is not None)

    async def _row(self, where: Where, moment_id: str) -> Record | None:
        where = where.copy()
        id_ = where.argument(moment_id.replace("\0", ""))
        return await self._database.fetchrow(
            f"SELECT {_SHOWN} WHERE {where.sql} AND m.id = {id_}", *where.arguments
        )

    async def _rows(
        self, where: Where, actor: Actor | None, ids: list[str], *, only_new: bool
    ) -> list[Record]:
        where = where.copy()
        where.add_if("m.id = ANY({}::text[])", ids)
        me = where.argument(_user_of(actor))
        where.add(_WANTED.format(me=me))
        if only_new:
            where.add(_NEW.format(me=me))
        return await self._database.fetch(f"SELECT {_SHOWN} WHERE {where.sql}", *where.arguments)

    async def _together(self, where: Where, actor: Actor | None, mine: Record) -> dict[str, Record]:
        where = where.copy()
        add = where.argument
        sql = _TOGETHER.format(
            seen=where.sql,
            track=add(mine["track_id"]),
            me=add(_user_of(actor)),
            start=add(mine["at_ds"]),
            end=add(mine["until_ds"]),
            near=NEAR_DS,
            place=_PLACE_DS,
            most=_MOST,
        )
        return {row["id"]: row for row in await self._database.fetch(sql, *where.arguments)}

    async def _labelled(self, among: str, where: Where, mine: Record) -> list[str]:
        if not mine["tags"] and not mine["emotions"]:
            return []
        where = where.copy()
        tags, emotions, id_ = map(where.argument, (mine["tags"], mine["emotions"], mine["id"]))
        rows = await self._database.fetch(
            f"WITH near AS MATERIALIZED ({among})"  # noqa: S608 (constants)
            f" SELECT m.id FROM near JOIN moments m USING (id) WHERE m.id <> {id_}"
            f" AND (m.tags && {tags}::text[] OR m.key_emotions && {emotions}::text[]"
            f" OR m.emotion_tags && {emotions}::text[])"
            f" ORDER BY m.created_at DESC, m.id DESC LIMIT {_MOST}",
            *where.arguments,
        )
        return [row["id"] for row in rows]


def is_playable(restrictions: str | None, region: str | None) -> bool:
    """Return whether what a provider says of an item lets it be played in a region."""
    said: dict[str, Any] = json.loads(restrictions) if restrictions else {}
    if said.get("reason"):
        return False
    allowed, blocked = said.get("regions_allowed"), said.get("regions_blocked")
    if region is None:
        return allowed is None or bool(allowed)
    return (allowed is None or region in allowed) and region not in (blocked or ())


def _facts(row: Record) -> Facts:
    length = row["length_ms"]
    place = row["start_ds"] * 100 / length if length and row["start_ds"] is not None else None
    text = row["description"] or row["title"]
    return Facts(text, row["tags"], row["emotions"], place)


def _is_same_part(mine: Record, row: Record) -> bool:
    if row["id"] == mine["id"]:
        return True
    return (
        row["track_id"] is not None
        and row["track_id"] == mine["track_id"]
        and (
            abs(row["at_ds"] - mine["at_ds"]) <= NEAR_DS
            and abs(row["until_ds"] - mine["until_ds"]) <= NEAR_DS
        )
    )


def _user_of(actor: Actor | None) -> str:
    return (actor.user_id if actor is not None else None) or ""


def _weighed(actor: Actor | None, mine: Facts, row: Record, known: Known) -> Suggestion | None:
    both = known.together.get(row["id"])
    evidence = Evidence(
        _facts(row),
        together=both["people"] if both else 0,
        savers=both["savers"] if both else 0,
        others=both["others"] if both else 0,
        cosine=known.cosines.get(row["id"]),
    )
    like = likeness(mine, evidence)
    if like is None:
        return None
    return Suggestion(
        id=row["id"],
        kind=row["kind"],
        title=row["title"],
        note=row["description"],
        slug=row["slug"],
        is_ours=actor is not None and row["organization_id"] == actor.organization_id,
        track_id=row["track_id"],
        url=row["url"],
        track=row["track"] or "",
        artist=row["artist"] or "",
        start_ds=row["start_ds"],
        end_ds=row["end_ds"],
        length_ms=row["length_ms"],
        emotions=tuple(row["emotions"]),
        score=like.score,
        signal=like.signal,
        reason=like.reason,
    )


def _one_of_each(found: Iterable[Suggestion]) -> list[Suggestion]:
    """Return suggestions, best first, one of each track."""
    best: dict[str, Suggestion] = {}
    for each in sorted(found, key=lambda each: (-each.score, each.id)):
        best.setdefault(each.track_id or each.id, each)
    return list(best.values())
