"""Which track a source belongs to: attach it to another one, with its offset, or detach it.

Both move the source's marks in the same transaction, so that sums, lists and pages agree. Nobody
else has the tracks meanwhile: whoever saves waits, and then finds the new track.
"""

from typing import Final

from domain.core.ids import new_id
from domain.core.time import Clock
from domain.infra.database import Database
from domain.marks.models import DecidedBy, TrackSource
from domain.marks.rows import MarkRows
from domain.marks.tables import Tracks
from domain.moments.records import MomentRecords

_ALONE: Final = "SELECT set_config('moments.tracks_locked', $1, true)"


class TrackLinks:
    """Moves sources between tracks; the caller opens the transaction."""

    def __init__(
        self, database: Database, clock: Clock, rows: MarkRows, moments: MomentRecords
    ) -> None:
        self._database = database
        self._clock = clock
        self._rows = rows
        self._moments = moments

    async def attach(
        self,
        source_id: str,
        track_id: str,
        *,
        offset_ds: int,
        confidence: float | None,
        decided_by: DecidedBy,
    ) -> None:
        """Make a source one of a track; a track that is left without any leads there."""
        source = await self._rows.source_by_id(source_id, lock="FOR UPDATE")
        if source is None:
            return
        now = self._clock.now()
        await self._lock(source, track_id)
        await self._move_marks(source, track_id, offset_ds - source.offset_ds)
        await self._database.execute(
            "UPDATE track_sources SET track_id = $2, offset_ds = $3, confidence = $4,"
            " decided_by = $5, updated_at = $6 WHERE id = $1",
            source_id,
            track_id,
            offset_ds,
            confidence,
            decided_by,
            now,
        )
        if source.track_id != track_id:
            await self._database.execute(
                "UPDATE tracks t SET merged_into = $2, updated_at = $3 WHERE id = $1"
                " AND NOT EXISTS (SELECT 1 FROM track_sources s WHERE s.track_id = t.id)",
                source.track_id,
                track_id,
                now,
            )

    async def detach(self, source: TrackSource) -> str:
        """Give a source a track of its own; return the track's id."""
        track_id, now = new_id("track"), self._clock.now()
        await Tracks.insert(
            Tracks(
                id=track_id,
                organization_id=source.organization_id,
                title="",
                artist="",
                created_at=now,
                updated_at=now,
            )
        )
        await self.attach(source.id, track_id, offset_ds=0, confidence=None, decided_by="people")
        return track_id

    async def _lock(self, source: TrackSource, track_id: str) -> None:
        """Lock in the order of those who save and edit: moments, marks, tracks."""
        for table in ("m", "k"):
            await self._database.fetch(
                "SELECT 1 FROM moments m JOIN marks k ON k.moment_id = m.id"  # noqa: S608 (constants)
                f" WHERE k.source_id = $1 ORDER BY k.moment_id FOR UPDATE OF {table}",
                source.id,
            )
        await self._database.fetch(
            "SELECT 1 FROM tracks WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE",
            [source.track_id, track_id],
        )

    async def _move_marks(self, source: TrackSource, track_id: str, shift_ds: int) -> None:
        await self._database.execute(_ALONE, "on")
        rows = await self._database.fetch(
            "UPDATE marks SET track_id = $2, start_ds = start_ds + $3, end_ds = end_ds + $3"
            " WHERE source_id = $1 RETURNING moment_id",
            source.id,
            track_id,
            shift_ds,
        )
        await self._database.execute(_ALONE, "off")
        if source.track_id != track_id:
            await self._moments.set_source([row["moment_id"] for row in rows], track_id)
