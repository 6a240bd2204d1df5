"""Search of everything that a caller can see, by meaning and by words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from domain.accounts.models import Actor, Caller
from domain.accounts.rights import Rights
from domain.core.errors import BadFields
from domain.infra.database import Database, Record
from domain.moments.access import condition
from domain.moments.records import MomentRecords
from domain.moments.search import Where
from domain.search import words
from domain.search.models import Found, Hit, Query
from domain.search.tracks import Tracks
from domain.search.vectors import Vectors

MAX_LIMIT: Final = 100
_POOL: Final = 100  # of each ranking
_MOST_RANKED: Final = 5000  # a word that more passages have says little
_K: Final = 60  # of reciprocal rank fusion (Cormack et al., 2009)
_NO_ANSWER: Final = "The model did not answer, so only words were searched. Try again."
_SOME: Final = 0.5  # of a query's words, where nothing has all
_FEW_WORDS: Final = 3  # a name or an id; a longer query is a sentence, whose meaning is meant
_FROM: Final = "FROM passages p LEFT JOIN moments m ON m.id = p.moment_id"
_BOTH: Final = (
    "(websearch_to_tsquery('simple', {0}) || websearch_to_tsquery('english', {0})"
    " || to_tsquery('simple', {1}))"
)
# A private chat is its creator's alone, and one about a moment is for those who see the moment:
# this `m` is the chat's moment, which need not be its message's.
_OPEN_CHATS: Final = """
(p.session_id IS NULL OR EXISTS (
    SELECT 1 FROM sessions s LEFT JOIN moments m ON m.id = s.moment_id
    WHERE s.id = p.session_id AND s.deleted_at IS NULL
    AND (s.visibility = 'organization' OR s.created_by = $3)
    AND (s.moment_id IS NULL OR (m.deleted_at IS NULL AND {visible}))))
"""
# Names of people are read where they are kept: a copy would outlive a rename and an erasure.
# An answer is found only by those who see all moments that it quotes.
_HITS: Final = """
SELECT p.*, coalesce(nullif(s.title, ''), m.title) AS title, m.kind AS moment_kind,
    CASE WHEN p.emotion IS NOT NULL THEN ARRAY[p.emotion] WHEN p.kind = 'moment'
        THEN m.key_emotions || m.emotion_tags END AS emotions,
    array_remove(ARRAY[m.git_branch, m.source_name, o.name], NULL) AS origins,
    coalesce(nullif(p.author, ''), u.name, v.name, '') AS said_by
FROM passages p
LEFT JOIN moments m ON m.id = p.moment_id LEFT JOIN sessions s ON s.id = p.session_id
LEFT JOIN messages c ON p.kind = 'message' AND c.id = p.source_id
LEFT JOIN app_user u ON u.id = CASE p.kind WHEN 'message' THEN c.created_by
    WHEN 'moment' THEN m.created_by END
LEFT JOIN vms o ON o.id = m.vm_id LEFT JOIN vms v ON p.kind = 'moment' AND v.id = o.id
WHERE p.id = ANY($5::bigint[]) AND NOT EXISTS (
    SELECT 1 FROM jsonb_array_elements(c.citations) e
    LEFT JOIN moments m ON m.id = e ->> 'moment_id' AND {seen} WHERE m.id IS NULL)
"""


class SearchService:
    """The service of search."""

    def __init__(
        self, database: Database, rights: Rights, records: MomentRecords, vectors: Vectors
    ) -> None:
        self._database = database
        self._rights = rights
        self._records = records
        self._vectors = vectors
        self._tracks = Tracks(database)

    async def find(self, caller: Caller, query: Query) -> Found:
        """Return what matches a query best.

        Raises:
            BadFields: There is nothing to look for. NotFound: The moment is not one that they see.
        """
        query = replace(query, text=words.clean(query.text))
        if not query.text:
            raise BadFields({"query": "must have a word"})
        await self._rights.load(caller)  # nobody else makes the model work
        vector = None if query.match == "words" else await self._vectors.of_query(query.text)
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            if query.moment_id is not None:
                await self._records.find(actor, query.moment_id)
            hits = await self._passages(actor, query, vector)
            hits += await self._tracks.find(await self._seen(actor), query)
        hits.sort(key=lambda hit: hit.score, reverse=True)
        reason = None
        if vector is None and query.match == "meaning":
            reason = await self._vectors.reason() or _NO_ANSWER
        return Found(hits[: query.limit], "words" if vector is None else "meaning", reason)

    async def close(self) -> None:
        """End the model's process."""
        await self._vectors.close()

    async def _passages(self, actor: Actor, query: Query, vector: str | None) -> list[Hit]:
        where = await self._where(actor, query)
        asked = words.words_of(query.text)
        by_words = await self._by_words(where, query.text)
        is_loose = not by_words and (vector is None or len(asked) <= _FEW_WORDS)
        if is_loose:
            # Beside vectors, a word that nothing resembles is rather meant than misspelled.
            by_words = await self._alike(where, asked, _SOME if vector is None else 1.0)
        by_meaning: Sequence[int] = ()
        if vector is not None:
            # A VM sees little of its organisation, so the graph is nothing for it.
            whole = None if query.moment_id or actor.vm_id else actor.organization_id
            by_meaning = await self._vectors.nearest(where, vector, _POOL, whole=whole)
        scores = fused(by_words, by_meaning)
        seen = await self._seen(actor)
        rows = await self._database.fetch(
            _HITS.format(seen=seen.sql), *seen.arguments, list(scores)
        )
        exact = {*by_words}
        # Both rankings have a first one, of one score: the one with the words is surer.
        rows.sort(key=lambda row: (-scores[row["id"]], row["id"] not in exact, -row["id"]))
        mark = words.alike_highlights if is_loose else words.highlights
        return [
            _hit(row, scores[row["id"]], mark(asked, _text(row)), is_exact=row["id"] in exact)
            for row in _best_of_each(rows)[: query.limit]
        ]

    async def _seen(self, actor: Actor) -> Where:
        where = await self._records.where(actor)
        where.add("m.deleted_at IS NULL")
        return where

    async def _where(self, actor: Actor, query: Query) -> Where:
        """Return the condition for the passages `p` of moments `m` to search."""
        where = await self._records.where_about(
            actor, organization="p.organization_id", moment="p.moment_id"
        )
        where.add(_OPEN_CHATS.format(visible=condition(actor)))
        where.add_if("p.kind = ANY({}::text[])", list(query.kinds) or None)
        where.add_if("p.moment_id = {}", query.moment_id)
        where.add_if("p.created_at >= {}", query.since)
        return where

    async def _by_words(self, where: Where, text: str) -> list[int]:
        """Return the passages with all words, those where they are nearest to each other first."""
        where = where.copy()
        asked = _BOTH.format(where.argument(text), where.argument(words.unfinished(text)))
        rows = await self._database.fetch(
            f"SELECT id FROM (SELECT p.id, p.words {_FROM} WHERE {where.sql}"  # noqa: S608 (constants)
            f" AND p.words @@ {asked} LIMIT {_MOST_RANKED}) AS p"
            f" ORDER BY ts_rank_cd(p.words, {asked}) DESC, p.id DESC LIMIT {_POOL}",
            *where.arguments,
        )
        return [row["id"] for row in rows]

    async def _alike(self, where: Where, asked: Sequence[str], share: float) -> list[int]:
        """Return the passages with a share of words spelled alike, for words that are nowhere."""
        for part in words.BEGINNINGS:
            if not (loose := words.loose_query(asked, part)):
                break
            near = where.copy()
            rows = await self._database.fetch(
                f"SELECT p.id, p.text || ' ' || p.more AS text {_FROM} WHERE {near.sql}"
                f" AND p.words @@ to_tsquery('simple', {near.argument(loose)})"
                f" ORDER BY p.id DESC LIMIT {5 * _POOL}",
                *near.arguments,
            )
            scored = [(words.likeness(asked, row["text"]), row["id"]) for row in rows]
            best = sorted((each for each in scored if each[0][0] >= share), reverse=True)
            if best:
                return [id_ for _, id_ in best[:_POOL]]
        return []


def fused(*ranks: Sequence[int]) -> dict[int, float]:
    """Return the scores of rankings together, by reciprocal rank fusion."""
    scores: dict[int, float] = {}
    for ids in ranks:
        for rank, id_ in enumerate(ids, start=1):
            scores[id_] = scores.get(id_, 0.0) + 1 / (_K + rank)
    return scores


def _best_of_each(rows: Sequence[Record]) -> list[Record]:
    """Return the best passage of each moment's own text, and all lines and messages."""
    found: dict[object, Record] = {}
    for row in rows:
        found.setdefault(row["source_id"] if row["kind"] == "moment" else row["id"], row)
    return list(found.values())


def _text(row: Record) -> str:
    """Return a passage without the title that it begins with, which is shown beside it."""
    text: str = row["text"]
    if row["kind"] == "moment" and row["number"] == 0 and row["title"]:
        text = text.removeprefix(row["title"]).strip() or text
    return text


def _hit(row: Record, score: float, marks: Sequence[tuple[int, int]], *, is_exact: bool) -> Hit:
    return Hit(
        kind=row["kind"],
        source_id=row["source_id"],
        moment_id=row["moment_id"],
        moment_kind=row["moment_kind"],
        video_id=row["video_id"],
        title=row["title"] or "",
        text=_text(row),
        highlights=marks,
        author=row["said_by"],
        emotion=row["emotion"],
        start_s=row["start_s"],
        created_at=row["created_at"],
        score=score,
        session_id=row["session_id"],
        match="words" if is_exact else "meaning",
        emotions=tuple(dict.fromkeys(filter(None, row["emotions"] or ()))),
        origins=tuple(dict.fromkeys(filter(None, row["origins"]))),
    )
