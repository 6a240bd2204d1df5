"""The rows of snapshots and clips: made, found and changed in one way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.accounts.models import Actor, Role
from domain.core.errors import Forbidden, NotFound
from domain.core.time import Clock, Span
from domain.infra.database import Database, Record
from domain.live.models import CaptureChange, CaptureKind, ClipStatus
from domain.live.presenting import SELECT
from domain.moments.records import CaptureMoment, MomentRecords, no_moment

# What an actor sees: all of the organisation's, but of private streams only what is theirs.
VISIBLE: Final = (
    "c.organization_id = $1 AND (s.visibility IS DISTINCT FROM 'private' OR $2::boolean"
    " OR s.created_by = $3 OR c.created_by = $3)"
)
_INSERT: Final = """
INSERT INTO capture (id, organization_id, kind, moment_id, stream_id, stream_name, stream_slug,
    status, title, note, labels, search, requested_start, requested_end, start_at, end_at,
    duration_ms, node_id, parent_id, trim_start_ms, trim_end_ms, created_by, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, to_tsvector('simple', $12), $13, $14, $13,
    $14, $15, $16, $17, $18, $19, $20, $21, $21)
"""


@dataclass(frozen=True, slots=True)
class NewCapture:
    """A capture that is about to have a row."""

    id: str
    kind: CaptureKind
    moment_id: str
    makes_moment: bool
    stream: Record | None
    status: ClipStatus
    title: str
    note: str
    labels: Sequence[str]
    requested: Span
    node_id: str | None = None
    parent_id: str | None = None
    trim_ms: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What the file of a capture holds, once it is stored."""

    asset_id: str
    preview_id: str | None
    start: datetime
    end: datetime
    duration_ms: int
    width: int | None
    height: int | None
    has_audio: bool | None = None
    error: str | None = None  # why it is shorter than what was asked for


def scope(actor: Actor) -> tuple[object, ...]:
    """Return the arguments of `VISIBLE`."""
    return actor.organization_id, actor.is_admin, actor.user_id


class CaptureRows:
    """Reads and writes; the caller opens the transaction and has loaded the rights."""

    def __init__(self, database: Database, clock: Clock, moments: MomentRecords) -> None:
        self._database = database
        self._clock = clock
        self._moments = moments

    async def insert(self, actor: Actor, new: NewCapture) -> None:
        """Make a capture's row, and its moment where it has none yet."""
        if new.makes_moment:
            await self._moments.insert_for(actor, _moment_of(new))
        else:
            await self.check_moment(actor, new.moment_id)
        stream = new.stream
        trim = new.trim_ms or (None, None)
        await self._database.execute(
            _INSERT,
            new.id,
            actor.organization_id,
            new.kind,
            new.moment_id,
            stream["id"] if stream else None,
            stream["name"] if stream else None,
            stream["slug"] if stream else None,
            # A row is ready only with its asset: `finish` says so in the same transaction.
            "processing" if new.status == "ready" else new.status,
            new.title,
            new.note,
            list(new.labels),
            _search_text(new.title, new.note, new.labels, stream["name"] if stream else ""),
            new.requested.start,
            new.requested.end,
            new.requested.duration_ms,
            new.node_id,
            new.parent_id,
            *trim,
            actor.user_id,
            self._clock.now(),
        )

    async def finish(self, capture_id: str, held: Held) -> bool:
        """Make a capture ready; False when it is not waiting for that any more."""
        done = await self._database.fetchval(
            "UPDATE capture SET status = 'ready', asset_id = $2, preview_id ="
            " coalesce($3, preview_id), start_at = $4, end_at = $5, duration_ms = $6, width = $7,"
            " height = $8, has_audio = $9, error = $10, node_missed_at = NULL, updated_at = $11"
            " WHERE id = $1 AND status IN ('recording', 'processing') RETURNING id",
            capture_id,
            held.asset_id,
            held.preview_id,
            held.start,
            max(held.end, held.start + timedelta(milliseconds=1)),
            held.duration_ms,
            held.width,
            held.height,
            held.has_audio,
            held.error,
            self._clock.now(),
        )
        return done is not None

    async def find(
        self, actor: Actor, capture_id: str, kind: CaptureKind, *, lock: bool = False
    ) -> Record:
        """Return a capture that an actor may see.

        Raises:
            NotFound: It is absent, deleted, another organisation's, or not for them.
        """
        rows = await self._database.fetch(
            f"{SELECT} WHERE {VISIBLE} AND c.id = $4 AND c.kind = $5 AND c.deleted_at IS NULL"
            + (" FOR UPDATE OF c" if lock else ""),
            *scope(actor),
            capture_id.replace("\0", ""),
            kind,
        )
        if not rows:
            message = f"There is no such {kind}"
            raise NotFound(message)
        return rows[0]

    async def many(
        self, actor: Actor, ids: Sequence[str], *, deleted: bool = False, lock: bool = False
    ) -> list[Record]:
        """Return captures of either kind in the order of their ids as given.

        Raises:
            NotFound: One of them is absent, another organisation's, or not for the actor.
        """
        wanted = list(dict.fromkeys(text.replace("\0", "") for text in ids))
        rows = await self._database.fetch(
            f"{SELECT} WHERE {VISIBLE} AND c.id = ANY($4::text[])"
            + ("" if deleted else " AND c.deleted_at IS NULL")
            + (" ORDER BY c.id FOR UPDATE OF c" if lock else ""),
            *scope(actor),
            wanted,
        )
        found = {row["id"]: row for row in rows}
        missing = [capture_id for capture_id in wanted if capture_id not in found]
        if missing:
            message = f"There is no such snapshot or clip: {missing[0][:60]}"
            raise NotFound(message)
        return [found[capture_id] for capture_id in wanted]

    async def check_moment(self, actor: Actor, moment_id: str) -> None:
        """Do nothing if a moment is there and not all of its captures are hidden from an actor.

        Raises:
            NotFound: It is absent, deleted, another organisation's, or not for them.
        """
        await self._moments.check(actor, moment_id)
        if await self._sees(actor, "bool_or", "c.moment_id = $4", moment_id) is False:
            raise no_moment()

    async def sees_all(self, actor: Actor, ids: Sequence[str]) -> bool:
        """Tell whether an actor may see all of these captures that are still kept."""
        return await self._sees(actor, "bool_and", "c.id = ANY($4::text[])", ids) is not False

    async def _sees(
        self, actor: Actor, how_many: str, condition: str, argument: object
    ) -> bool | None:
        """Tell whether an actor may see some or all captures; None where there are none."""
        found: bool | None = await self._database.fetchval(
            f"SELECT {how_many}(coalesce({VISIBLE}, false)) FROM capture c"  # noqa: S608 (constants)
            f" LEFT JOIN stream s ON s.id = c.stream_id WHERE {condition}",
            *scope(actor),
            argument,
        )
        return found

    async def change(self, row: Record, change: CaptureChange) -> None:
        """Change what a person says about a capture, and its own moment with it."""
        title = row["title"] if not change.title else change.title
        note = row["note"] if change.note is None else change.note
        labels = row["labels"] if change.labels is None else list(change.labels)
        await self._database.execute(
            "UPDATE capture SET title = $2, note = $3, labels = $4,"
            " search = to_tsvector('simple', $5), updated_at = $6 WHERE id = $1",
            row["id"],
            title,
            note,
            labels,
            _search_text(title, note, labels, row["stream_name"] or ""),
            self._clock.now(),
        )
        await self._moments.follow(CaptureMoment(row["moment_id"], row["id"], title, note, labels))

    async def bin(self, rows: Sequence[Record], *, restore: bool = False) -> None:
        """Put captures into the bin, or take them out, and their own moments with them."""
        ids = [row["id"] for row in rows]
        now = None if restore else self._clock.now()
        await self._database.execute(
            "UPDATE capture SET deleted_at = $2, updated_at = $3 WHERE id = ANY($1::text[])",
            ids,
            now,
            self._clock.now(),
        )
        await self._database.execute(
            "UPDATE moment m SET deleted_at = $2 WHERE m.id = ANY($1::text[])"
            " AND m.capture_id IS NOT NULL AND ($2::timestamptz IS NULL OR NOT EXISTS"
            " (SELECT 1 FROM capture c WHERE c.moment_id = m.id AND c.deleted_at IS NULL))",
            [row["moment_id"] for row in rows],
            now,
        )

    async def set_shared(self, capture_id: str, until: datetime | None) -> None:
        """Note until when a capture is shared with anybody; the gallery filters by it."""
        await self._database.execute(
            "UPDATE capture SET shared_until = $2 WHERE id = $1", capture_id, until
        )


def check_may_delete(actor: Actor, row: Record) -> None:
    """Let members delete what they made, and admins everything.

    Raises:
        Forbidden: It is somebody else's.
    """
    is_maker = actor.user_id is not None and row["created_by"] == actor.user_id
    if not actor.is_admin and not (is_maker and actor.role >= Role.MEMBER):
        message = "Only who captured this, owners and admins may delete it"
        raise Forbidden(message)


def _moment_of(new: NewCapture) -> CaptureMoment:
    return CaptureMoment(new.moment_id, new.id, new.title, new.note, new.labels)


def _search_text(title: str, note: str, labels: Sequence[str], stream: str) -> str:
    return " ".join([title, note, *labels, stream])
