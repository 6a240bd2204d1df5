"""Keeps the passages as their sources are: a job for each source that changed.

A job stores the texts at once, so words are found first; the vectors follow, of several sources
together where many change.
"""

from collections.abc import Sequence
from typing import Any, Final, cast

from domain.core.errors import Unavailable
from domain.core.log import get_logger
from domain.infra.database import Database
from domain.infra.indexing import Source, index_later
from domain.infra.queue import Queue
from domain.search.kept import KeptSearchService
from domain.search.models import Draft
from domain.search.reading import Reader
from domain.search.sharing import Scope, Sharing
from domain.search.vectors import Vectors

log = get_logger(__name__)

BACKFILL_JOB: Final = "search.backfill"
_AT_ONCE: Final = 4  # batches in the job of one source
_IN_A_TURN: Final = 20  # batches of the periodic job
_BACKFILL: Final = 100
# What is gone or says something else goes with its vector; what stays keeps it.
_DROP: Final = """
DELETE FROM passages p WHERE p.source_id = $1 AND NOT EXISTS (
    SELECT 1 FROM unnest($2::int[], $3::text[]) AS n (number, text)
    WHERE n.number = p.number AND n.text = p.text)
"""
_PUT: Final = """
INSERT INTO passages (organization_id, kind, source_id, number, moment_id, video_id,
    session_id, start_s, author, emotion, text, more, words, created_at)
SELECT $2, n.kind, $1, n.number, $3, $4, $5, n.start_s, n.author, n.emotion, n.text, n.more,
    to_tsvector('simple', n.text || ' ' || n.more)
        || to_tsvector('english', n.text || ' ' || n.more), $6
FROM unnest($7::text[], $8::int[], $9::float8[], $10::text[], $11::text[], $12::text[],
    $13::text[]) AS n (kind, number, start_s, author, emotion, text, more)
ON CONFLICT (source_id, number) DO UPDATE SET moment_id = excluded.moment_id,
    start_s = excluded.start_s, author = excluded.author, emotion = excluded.emotion,
    more = excluded.more, words = excluded.words
"""
_COLUMNS: Final = ("kind", "number", "start_s", "author", "emotion", "text", "more")
_NEXT: Final = "SELECT id FROM moments WHERE id > $1 ORDER BY id LIMIT $2"
_VIDEOS: Final = """
SELECT v.id FROM videos v JOIN transcripts t ON t.video_id = v.id
WHERE v.moment_id = ANY($1::text[])
"""


class Indexer:
    """The jobs of search."""

    def __init__(
        self,
        database: Database,
        queue: Queue,
        vectors: Vectors,
        sharing: Sharing,
        kept: KeptSearchService,
    ) -> None:
        self._database = database
        self._queue = queue
        self._reader = Reader(database)
        self._vectors = vectors
        self._sharing = sharing
        self._kept = kept

    async def index(self, args: dict[str, Any]) -> None:
        """Make a source's passages anew, and their vectors."""
        source, source_id = cast("Source", args["source"]), args["id"]
        async with self._database.transaction():
            # The later of two jobs reads after the earlier one has stored.
            await self._database.fetchval(
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", source_id
            )
            drafts = await self._reader.drafts(source, source_id)
            await self._store(source_id, drafts)
            scope: Scope = "moment_id" if source == "moment" else "source_id"
            await self._sharing.settle(scope, source_id)
            if drafts and source != "message" and drafts[0].moment_id is not None:
                await self._kept.tell_later(drafts[0].organization_id, drafts[0].moment_id)
        await self._make(_AT_ONCE)

    async def tend(self) -> None:
        """Make the vectors that are missing: of old rows, of another model, or after a failure."""
        await self._vectors.prepare()
        await self._make(_IN_A_TURN)

    async def backfill(self, args: dict[str, Any]) -> None:
        """Have some moments and transcripts indexed, and go on after them in another job."""
        async with self._database.transaction():
            rows = await self._database.fetch(_NEXT, args.get("after", ""), _BACKFILL)
            ids = [row["id"] for row in rows]
            for moment_id in ids:
                await index_later(self._queue, "moment", moment_id)
            for row in await self._database.fetch(_VIDEOS, ids):
                await index_later(self._queue, "transcript", row["id"])
            if ids:
                await self._queue.enqueue(BACKFILL_JOB, {"after": ids[-1]}, key="backfill")

    async def _store(self, source_id: str, drafts: Sequence[Draft]) -> None:
        columns = {name: [getattr(each, name) for each in drafts] for name in _COLUMNS}
        await self._database.execute(_DROP, source_id, columns["number"], columns["text"])
        if drafts:
            one = drafts[0]
            shared = (
                one.organization_id,
                one.moment_id,
                one.video_id,
                one.session_id,
                one.created_at,
            )
            await self._database.execute(_PUT, source_id, *shared, *columns.values())

    async def _make(self, batches: int) -> None:
        try:
            await self._vectors.make(batches)
        except Unavailable as error:
            log.warning("search_vectors_wait", reason=error.message)
