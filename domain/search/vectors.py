"""Vectors of passages: made, kept, and the nearest ones found.

They need pgvector in the database and the sentence model on this machine; `reason` says what is
missing. The search is exact, except in an organisation with so many passages that it has an index
of its own: vectors of bits in an HNSW graph, whose nearest ones are ranked again by the vectors
themselves. A graph under a condition that few rows meet loses most of them, so what leaves too few
of the nearest is searched exactly (docs/adr/0016-a-graph-for-a-whole-organisation.md), and so is
what some members do not see: the index does not have it.
"""

import asyncio
import struct
from collections.abc import Sequence
from typing import Final

import asyncpg

from domain.core.errors import Unavailable
from domain.core.log import get_logger
from domain.infra.database import Database
from domain.insight.service import Insight
from domain.moments.search import Where
from domain.search.sharing import Sharing

log = get_logger(__name__)

SIZE: Final = 384
INDEXED_FROM: Final = (
    50_000  # passages of an organisation; below, the exact search costs about as much
)
_GRAPH: Final = (
    "m = 24, ef_construction = 128"  # pgvector's own 16 and 64 leave passages unreachable
)
_GRAPH_KB: Final = 1.2  # of memory for a passage; what does not fit is built far more slowly
_GRAPH_MEMORY_MB: Final = 4096
_CANDIDATES: Final = 600  # of the graph: 400 miss one in sixty of the nearest 20 in a million
_ENOUGH: Final = 300  # of them that the caller may see
_PATIENCE_S: Final = 10.0  # of a question: the model may have to start
_BATCH: Final = 64
_FAR: Final = 0.2  # a cosine below it says nothing
_NO_EXTENSION: Final = (
    "The database has no pgvector extension, so search finds words only. Install pgvector, and run "
    "`CREATE EXTENSION vector` as the database's owner."
)
_HAS_COLUMN: Final = """
SELECT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'passages'::regclass
    AND attname = 'vector' AND NOT attisdropped)
"""
_DUE: Final = "SELECT id, text FROM passages WHERE model IS NULL ORDER BY id DESC LIMIT $1"
_KEEP: Final = """
UPDATE passages p SET vector = n.vector::halfvec, model = $3
FROM unnest($1::bigint[], $2::text[]) AS n (id, vector) WHERE p.id = n.id
"""
# One whose making was interrupted is not.
_IS_VALID: Final = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)"
_OUTDATED: Final = "UPDATE passages SET model = NULL WHERE model < $1 OR model > $1"
# As the planner estimates: counting would read every passage.
_LARGE: Final = """
SELECT v.id, v.share * c.reltuples AS passages FROM pg_class c, pg_stats s,
    unnest(s.most_common_vals::text::text[], s.most_common_freqs) AS v (id, share)
WHERE c.oid = 'passages'::regclass AND s.tablename = 'passages' AND s.schemaname = 'public'
    AND s.attname = 'organization_id' AND v.share * c.reltuples >= $1
"""


class Vectors:
    """Makes vectors in a process of its own, so that no transcription holds them up."""

    def __init__(
        self,
        database: Database,
        sentences: Insight,
        sharing: Sharing,
        *,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._database = database
        self._sharing = sharing
        self._patience_s = patience_s
        self._sentences = sentences
        self.model = sentences.sentences  # of all vectors that are looked at
        self._turn = asyncio.Lock()
        self._has_column = False

    async def reason(self) -> str | None:
        """Return why there are no vectors, or None."""
        if missing := self._sentences.available()["sentences"]:
            return f"Search finds words only. {missing}"
        if not self._has_column:
            self._has_column = await self._database.fetchval(_HAS_COLUMN)
        return None if self._has_column else _NO_EXTENSION

    async def prepare(self) -> None:
        """Add the column where the database can have it, and note vectors of another model."""
        if not await self._database.fetchval(_HAS_COLUMN):
            try:
                await self._database.execute("CREATE EXTENSION IF NOT EXISTS vector")
                await self._database.execute(
                    f"ALTER TABLE passages ADD COLUMN IF NOT EXISTS vector halfvec({SIZE})"
                )
            except asyncpg.PostgresError as error:  # no such extension, or no right to add it
                log.debug("search_without_vectors", reason=str(error))
                return
        await self._database.execute(_OUTDATED, self.model)

    async def make(self, batches: int) -> None:
        """Make missing vectors, those of the newest passages first.

        Each batch is one statement; of two workers with the same batch, one works for nothing.
        """
        if await self.reason() is not None:
            return
        async with self._turn:
            for _ in range(batches):
                rows = await self._database.fetch(_DUE, _BATCH)
                if not rows:
                    return
                vectors = await self._of([row["text"] for row in rows])
                ids = [row["id"] for row in rows]
                await self._database.execute(_KEEP, ids, vectors, self.model)

    async def of_query(self, text: str) -> str | None:
        """Return a query's vector as PostgreSQL reads it, or None where there are none."""
        if await self.reason() is not None:
            return None
        try:
            async with asyncio.timeout(self._patience_s):
                return (await self._of([text]))[0]
        except (Unavailable, TimeoutError) as error:
            log.warning("search_without_vectors", reason=str(error) or "The model is slow.")
            return None

    async def nearest(
        self, where: Where, vector: str, most: int, *, whole: str | None = None
    ) -> list[int]:
        """Return the ids of the nearest passages `p` that meet conditions, the nearest first.

        `whole` is an organisation of which most passages meet them.
        """
        if whole is not None and await self._has_index(whole):
            shared = await self._by_graph(where, whole, vector, most)
            if shared is not None:
                where = where.copy()
                where.add("NOT p.is_shared")
                found = shared | await self._exactly(where, vector, most)
                return sorted(found, key=found.__getitem__)[:most]
        return [*await self._exactly(where, vector, most)]

    async def _has_index(self, organization_id: str) -> bool:
        name = index_name(organization_id)
        return bool(await self._database.fetchval(_IS_VALID, name))

    async def index_large(self, least: int = INDEXED_FROM) -> None:
        """Give each organisation with so many passages its index; this can take minutes."""
        if await self.reason() is not None:
            return
        for row in await self._database.fetch(_LARGE, least):
            await self._sharing.settle("organization_id", row["id"])
            if await self._has_index(row["id"]):
                continue
            async with self._database.connection() as connection:
                memory = min(_GRAPH_MEMORY_MB, 64 + int(row["passages"] * _GRAPH_KB) // 1024)
                await connection.execute(f"SET maintenance_work_mem = '{memory}MB'")
                for statement in _index(row["id"]):
                    await connection.execute(statement)

    async def near_moment(
        self, among: str, where: Where, moment_id: str, most: int
    ) -> dict[str, float]:
        """Return the cosines of the moments whose texts are the nearest to one's.

        `among` is a query of moments' ids, with the arguments of `where`.
        """
        if await self.reason() is not None:
            return {}
        where = where.copy()
        of, model, limit = map(where.argument, (moment_id, self.model, most))
        rows = await self._database.fetch(
            f"""
            WITH near AS MATERIALIZED ({among})
            SELECT near.id, -(p.vector <#> mine.vector) AS cosine
            FROM passages mine, near
            JOIN passages p ON p.source_id = near.id AND p.number = 0 AND p.model = {model}
            WHERE mine.source_id = {of} AND mine.number = 0 AND mine.model = {model}
                AND near.id <> {of}
            ORDER BY p.vector <#> mine.vector LIMIT {limit}
            """,  # noqa: S608 (constants)
            *where.arguments,
        )
        return {row["id"]: row["cosine"] for row in rows}

    async def _exactly(self, where: Where, vector: str, most: int) -> dict[int, float]:
        """Return how far the nearest passages are, by their ids, the nearest first."""
        where = where.copy()
        model, wanted, limit = map(where.argument, (self.model, vector, most))
        rows = await self._database.fetch(
            f"""
            SELECT id, far FROM (
                SELECT p.id, p.vector <#> {wanted}::halfvec AS far
                FROM passages p LEFT JOIN moments m ON m.id = p.moment_id
                WHERE {where.sql} AND p.model = {model} ORDER BY far LIMIT {limit}
            ) AS found WHERE far < {-_FAR} ORDER BY far
            """,  # noqa: S608 (constants)
            *where.arguments,
        )
        return {row["id"]: row["far"] for row in rows}

    async def _by_graph(
        self, where: Where, organization_id: str, vector: str, most: int
    ) -> dict[int, float] | None:
        """Return the same of shared ones, by the organisation's index; None if few are wanted."""
        where = where.copy()
        of, model, wanted, limit = map(where.argument, (organization_id, self.model, vector, most))
        async with self._database.transaction():
            await self._database.execute(f"SET LOCAL hnsw.ef_search = {_CANDIDATES}")
            rows = await self._database.fetch(
                f"""
                WITH near AS MATERIALIZED (
                    SELECT id FROM passages WHERE organization_id = {of} AND is_shared
                    ORDER BY {_BITS} <~> binary_quantize({wanted}::halfvec)::bit({SIZE})
                    LIMIT {_CANDIDATES}
                ), seen AS MATERIALIZED (
                    SELECT p.id, p.vector <#> {wanted}::halfvec AS far
                    FROM near JOIN passages p ON p.id = near.id
                    LEFT JOIN moments m ON m.id = p.moment_id
                    WHERE {where.sql} AND p.model = {model}
                )
                SELECT id, far, (SELECT count(*) FROM seen) AS seen FROM seen
                ORDER BY far LIMIT {limit}
                """,  # noqa: S608 (constants)
                *where.arguments,
            )
        if not rows or rows[0]["seen"] < _ENOUGH:
            return None
        return {row["id"]: row["far"] for row in rows if row["far"] < -_FAR}

    async def _of(self, texts: Sequence[str]) -> list[str]:
        packed = await self._sentences.embed(texts)
        return [f"[{','.join(map(str, each))}]" for each in struct.iter_unpack(f"<{SIZE}e", packed)]

    async def close(self) -> None:
        """End the model's process."""
        await self._sentences.close()


_BITS: Final = f"(binary_quantize(vector)::bit({SIZE}))"


def index_name(organization_id: str) -> str:
    """Return the name of an organisation's index."""
    return f"passages_near_{organization_id}"


def _index(organization_id: str) -> tuple[str, str]:
    """Return what makes an organisation's index; its id has letters, digits and underscores."""
    if not organization_id.replace("_", "").isalnum():
        raise ValueError(organization_id)
    name = index_name(organization_id)
    return (
        f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
        f"CREATE INDEX CONCURRENTLY {name} ON passages"
        f" USING hnsw ({_BITS} bit_hamming_ops) WITH ({_GRAPH})"
        f" WHERE organization_id = '{organization_id}' AND is_shared",
    )
