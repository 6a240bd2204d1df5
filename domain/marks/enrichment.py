"""Asks providers about new sources, refreshes what they said, and drops it after 30 days.

The event `track.named` contains `{"id": …}`, the source's; only who asked about it receives it.
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

from domain.core.errors import RateLimited, Unavailable
from domain.core.log import get_logger
from domain.infra.base import Base
from domain.marks.matching import keys_of
from domain.marks.models import Metadata, TrackSource
from domain.marks.rows import MarkRows
from domain.marks.rules import is_fresh
from domain.marks.service import ENRICH_JOB

log = get_logger(__name__)

_REFRESHED: Final = timedelta(days=25)
_KEPT: Final = timedelta(days=30)
_OVERLOOKED: Final = timedelta(minutes=10)
_BATCH: Final = 1000
_UNASKED: Final = """
SELECT s.id FROM track_sources s WHERE s.asked_at IS NULL AND s.created_at < $1 AND NOT EXISTS (
    SELECT 1 FROM job j WHERE j.name = $2 AND j.key = s.id AND j.state = 'queued')
ORDER BY s.created_at LIMIT $3
"""
_STORE: Final = """
UPDATE track_sources SET title = $2, artist = $3, album = $4, channel = $5, isrc = $6,
    duration_ms = $7, thumbnail_url = $8, restrictions = $9, keys = $10, fetched_at = $11,
    updated_at = $11 WHERE id = $1
"""
_DROP: Final = """
UPDATE track_sources SET title = '', artist = '', album = '', channel = '', isrc = NULL,
    duration_ms = NULL, thumbnail_url = NULL, restrictions = '{}', keys = '{}', fetched_at = NULL,
    updated_at = $1 WHERE fetched_at < $2
"""
_DROP_CANONICAL: Final = """
UPDATE tracks SET title = '', artist = '', isrc = NULL, updated_at = $1
WHERE updated_at < $2 AND (title <> '' OR isrc IS NOT NULL)
"""

Lookup = Callable[[TrackSource], Awaitable[Metadata | None]]
Canonical = Callable[[str], Awaitable[Metadata | None]]
Link = Callable[[str], Awaitable[None]]


class Enrichment:
    """Runs in jobs; each may stop anywhere and is repeated later."""

    def __init__(
        self, base: Base, rows: MarkRows, lookup: Lookup, by_isrc: Canonical, link: Link
    ) -> None:
        self._database = base.database
        self._queue = base.queue
        self._clock = base.clock
        self._events = base.events
        self._rows = rows
        self._lookup = lookup
        self._by_isrc = by_isrc
        self._link = link

    async def enrich(self, source_id: str, asker: Sequence[str] = ()) -> None:
        """Ask about a source, unless that was done lately; then look for the same elsewhere.

        A provider that asks to wait delays the job; no worker waits. `asker` is the organisation
        and the user who look at the source now.
        """
        source = await self._rows.source_by_id(source_id)
        if source is None or is_fresh(source, self._clock.now()):
            return
        await self._database.execute(
            "UPDATE track_sources SET asked_at = $2 WHERE id = $1 AND asked_at IS NULL",
            source_id,
            self._clock.now(),
        )
        try:
            said = await self._lookup(source)
            canonical = await self._by_isrc(said.isrc) if said and said.isrc else None
        except (Unavailable, RateLimited) as error:
            log.info("provider_waits", provider=source.provider, reason=error.message)
            args = {"source_id": source_id, "asker": list(asker)}
            await self._queue.enqueue(ENRICH_JOB, args, key=source_id, delay_s=error.retry_after_s)
            return
        if said is not None:
            await self._store(source, said)
            if asker:
                organization_id, user_id = asker
                payload = {"id": source_id}
                await self._events.publish(organization_id, "track.named", payload, [user_id])
            await self._link(source_id)
            if canonical is not None:
                await self._name_track(source_id, said.isrc, canonical)

    async def find_unasked(self) -> None:
        """Ask about sources that nobody asked about.

        A save does not wait for another one that is adding the job; that one may yet fail.
        """
        before = self._clock.now() - _OVERLOOKED
        rows = await self._database.fetch(_UNASKED, before, ENRICH_JOB, _BATCH)
        for row in rows:
            await self._queue.enqueue(ENRICH_JOB, {"source_id": row["id"]}, key=row["id"])

    async def refresh(self) -> None:
        """Ask again before what was said is too old to keep, and drop what is."""
        now = self._clock.now()
        rows = await self._database.fetch(
            "SELECT id FROM track_sources WHERE fetched_at < $1 ORDER BY fetched_at LIMIT $2",
            now - _REFRESHED,
            _BATCH,
        )
        for row in rows:
            await self._queue.enqueue(ENRICH_JOB, {"source_id": row["id"]}, key=row["id"])
        await self._database.execute(_DROP, now, now - _KEPT)
        await self._database.execute(_DROP_CANONICAL, now, now - _KEPT)
        await self._database.execute(
            "DELETE FROM match_candidates WHERE created_at < $1",
            now - _KEPT,  # its reason quotes titles
        )

    async def _store(self, source: TrackSource, said: Metadata) -> None:
        await self._database.execute(
            _STORE,
            source.id,
            said.title,
            said.artist,
            said.album,
            said.channel,
            said.isrc,
            said.duration_ms,
            said.thumbnail_url,
            json.dumps(dict(said.restrictions)),
            keys_of(said.title),
            self._clock.now(),
        )

    async def _name_track(self, source_id: str, isrc: str | None, canonical: Metadata) -> None:
        """Name the track that a source is linked to now."""
        await self._database.execute(
            "UPDATE tracks SET title = $2, artist = $3, isrc = $4, updated_at = $5"
            " WHERE id = (SELECT track_id FROM track_sources WHERE id = $1)",
            source_id,
            canonical.title,
            canonical.artist,
            isrc,
            self._clock.now(),
        )
