"""The same recording at several providers: rules link what is certain, people decide the rest.

Three equal corrections become the default. What each provider calls a recording stays with its
source, so a correction changes the link and loses neither original.
"""

from collections.abc import Sequence
from typing import Final

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.rights import Rights
from domain.core.errors import BadFields, Forbidden, NotFound
from domain.infra.base import Base
from domain.infra.database import Record
from domain.marks.linking import TrackLinks
from domain.marks.matching import Channel, Recording, Verdict, match
from domain.marks.models import Correction, Match, TrackSource
from domain.marks.rows import MarkRows
from domain.marks.tables import MatchCandidates, MatchVotes
from domain.marks.titles import words_of

ENOUGH: Final = 3
_ASKED_FROM: Final = 0.3
_MOST: Final = 50
_MAX_OFFSET_DS: Final = 6000
_VOTES: Final = """
SELECT source_id, count(*) FILTER (WHERE is_same) AS votes_for,
    count(*) FILTER (WHERE NOT is_same) AS votes_against
FROM match_votes WHERE track_id = $1 GROUP BY source_id
"""
_EQUAL: Final = """
SELECT count(*) FROM match_votes WHERE source_id = $1 AND track_id = $2 AND is_same = $3
    AND (NOT is_same OR abs(offset_ds - $4) <= 2)
"""
# A source that nobody else has marked: its only user decides alone.
_OTHERS: Final = """
SELECT EXISTS (SELECT 1 FROM marks WHERE source_id = $1 AND user_id IS DISTINCT FROM $2)
    OR EXISTS (SELECT 1 FROM match_votes WHERE source_id = $1 AND user_id <> $2)
"""


class MatchService:
    """The service of links between sources and tracks."""

    def __init__(self, base: Base, rights: Rights, rows: MarkRows, links: TrackLinks) -> None:
        self._database = base.database
        self._clock = base.clock
        self._rights = rights
        self._rows = rows
        self._links = links

    async def list(self, caller: Caller, track_id: str) -> Sequence[Match]:
        """Return a track's sources, and those that may be others of it."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            track = await self._rows.track(actor, track_id)
            return await self._matches(track["id"])

    async def correct(self, caller: Caller, track_id: str, said: Correction) -> Sequence[Match]:
        """Record what a person says (members); enough equal ones change the link.

        Raises:
            NotFound: There is no such track, or no such source of it. BadFields: The offset is too
                large.
        """
        if abs(said.offset_ds) > _MAX_OFFSET_DS:
            raise BadFields({"offset_s": f"must be at most {_MAX_OFFSET_DS // 10} seconds"})
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            if actor.user_id is None:
                raise Forbidden("Only people can correct matches. Sign in as one.")
            track = await self._rows.track(actor, track_id)
            source = await self._known(track["id"], said.source_id)
            await self._vote(actor, track["id"], said)
            if await self._is_decided(actor, track["id"], said):
                await self._apply(track["id"], source, said)
            return await self._matches(track["id"])

    async def link(self, source_id: str) -> None:
        """Link a source whose texts are known, where that is certain; ask about the rest."""
        async with self._database.transaction():
            source = await self._rows.source_by_id(source_id)
            if source is None or not source.title or source.decided_by != "alone":
                return
            for other in await self._similar(source):
                verdict = match(recording_of(source), recording_of(other))
                if await self._act_on(verdict, source, other):
                    return

    async def _act_on(self, verdict: Verdict, source: TrackSource, other: TrackSource) -> bool:
        if verdict.decision == "same":
            await self._links.attach(
                source.id,
                other.track_id,
                offset_ds=other.offset_ds,
                confidence=verdict.confidence,
                decided_by="isrc" if verdict.confidence == 1 else "rule",
            )
            return True
        if verdict.decision == "ask" and verdict.confidence >= _ASKED_FROM:
            await self._database.execute(
                "INSERT INTO match_candidates (source_id, track_id, confidence, reason,"
                " created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (source_id, track_id)"
                " DO UPDATE SET confidence = excluded.confidence, reason = excluded.reason,"
                " created_at = excluded.created_at",
                source.id,
                other.track_id,
                verdict.confidence,
                verdict.reason,
                self._clock.now(),
            )
        return False

    async def _similar(self, source: TrackSource) -> Sequence[TrackSource]:
        """Return sources of other tracks that may be the same: by ISRC, or by a part of a title."""
        rows = await self._database.fetch(
            "SELECT id FROM track_sources s WHERE s.track_id <> $1 AND s.organization_id IS NULL"
            " AND (s.isrc = $2 OR s.keys && (SELECT keys FROM track_sources WHERE id = $3))"
            " ORDER BY s.isrc = $2 DESC NULLS LAST, s.created_at LIMIT $4",
            source.track_id,
            source.isrc,
            source.id,
            _MOST,
        )
        found = [await self._rows.source_by_id(row["id"]) for row in rows]
        return [other for other in found if other is not None]

    async def _matches(self, track_id: str) -> Sequence[Match]:
        votes = {row["source_id"]: row for row in await self._database.fetch(_VOTES, track_id)}
        linked = [
            _match(source, votes, source.confidence, source.decided_by, is_linked=True)
            for source in await self._rows.sources([track_id])
        ]
        asked = await self._database.fetch(
            "SELECT source_id, confidence, reason FROM match_candidates WHERE track_id = $1"
            " ORDER BY confidence DESC, source_id LIMIT $2",
            track_id,
            _MOST,
        )
        for row in asked:
            source = await self._rows.source_by_id(row["source_id"])
            if source is not None and source.track_id != track_id:
                linked.append(
                    _match(source, votes, row["confidence"], row["reason"], is_linked=False)
                )
        return linked

    async def _known(self, track_id: str, source_id: str) -> TrackSource:
        """Return a source that is linked to a track or was asked about."""
        for known in await self._matches(track_id):
            if known.source.id == source_id:
                return known.source
        raise NotFound("There is no such source of this track. Reload its matches.")

    async def _vote(self, actor: Actor, track_id: str, said: Correction) -> None:
        await MatchVotes.delete().where(
            MatchVotes.source_id == said.source_id, MatchVotes.user_id == actor.user_id
        )
        await MatchVotes.insert(
            MatchVotes(
                source_id=said.source_id,
                user_id=actor.user_id,
                track_id=track_id,
                is_same=said.is_same,
                offset_ds=said.offset_ds,
                created_at=self._clock.now(),
            )
        )

    async def _is_decided(self, actor: Actor, track_id: str, said: Correction) -> bool:
        equal = await self._database.fetchval(
            _EQUAL, said.source_id, track_id, said.is_same, said.offset_ds
        )
        if equal >= ENOUGH:
            return True
        return not await self._database.fetchval(_OTHERS, said.source_id, actor.user_id)

    async def _apply(self, track_id: str, source: TrackSource, said: Correction) -> None:
        if said.is_same:
            await self._links.attach(
                source.id,
                track_id,
                offset_ds=said.offset_ds,
                confidence=1.0,
                decided_by="people",
            )
        elif source.track_id == track_id and len(await self._rows.sources([track_id])) > 1:
            await self._links.detach(source)
        await MatchCandidates.delete().where(
            MatchCandidates.source_id == source.id, MatchCandidates.track_id == track_id
        )


def recording_of(source: TrackSource) -> Recording:
    """Return what matching compares."""
    return Recording(
        title=source.title,
        artists=tuple(part.strip() for part in source.artist.split(";") if part.strip()),
        duration_ms=source.duration_ms or source.reported_ms,
        isrc=source.isrc,
        album=source.album,
        channel=_channel_of(source),
    )


def _channel_of(source: TrackSource) -> Channel:
    """Return who published a source: YouTube's own upload ends in Topic."""
    if source.provider == "spotify":
        return "catalogue"
    if source.channel.endswith(" - Topic"):
        return "topic"
    name = "".join(words_of(source.channel)).removesuffix("vevo").removesuffix("official")
    is_own = bool(name) and name in "".join(words_of(source.title))
    return "artist" if is_own else "other"


def _match(
    source: TrackSource,
    votes: dict[str, Record],
    confidence: float | None,
    reason: str,
    *,
    is_linked: bool,
) -> Match:
    said = votes.get(source.id)
    return Match(
        source,
        is_linked,
        confidence,
        reason,
        said["votes_for"] if said else 0,
        said["votes_against"] if said else 0,
    )
