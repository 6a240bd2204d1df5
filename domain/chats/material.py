"""What an answer may use: the moment's transcript and notes, and those of linked moments."""

import json
from collections.abc import Sequence
from typing import Final

from domain.accounts.models import Actor
from domain.chats.checking import Passage, stems
from domain.infra.database import Database, Record
from domain.insight.choosing import is_to_a_model, tokens_of
from domain.moments.models import Moment
from domain.moments.records import MomentRecords

_MOST_LINES: Final = 20_000
_MOST_LINKED: Final = 8
_AROUND: Final = 2  # lines before and after one that fits
# A video's own moment has all of its lines, a found one those of its part.
_VIDEO: Final = """
SELECT v.id, v.moment_id, 0 AS start_ms, NULL::integer AS end_ms FROM videos v
WHERE v.moment_id = $1
UNION ALL
SELECT v.id, v.moment_id, f.start_ms, f.end_ms FROM video_moments f
JOIN videos v ON v.id = f.video_id WHERE f.moment_id = $1 LIMIT 1
"""
_LINES: Final = """
SELECT l.text, l.speaker, l.start_ms / 1000.0::float8 AS start_s, t.speakers
FROM transcript_lines l JOIN transcripts t ON t.video_id = l.video_id
WHERE l.video_id = $1 AND (l.start_ms + l.end_ms) / 2 >= $2
    AND ($3::integer IS NULL OR (l.start_ms + l.end_ms) / 2 < $3)
ORDER BY l.number LIMIT $4
"""
# Of the same video, or the same commit; whoever sees the moment sees these.
_LINKED: Final = """
(m.id IN (SELECT f.moment_id FROM video_moments f WHERE f.video_id = {video})
    OR m.id = {whole} OR m.git_commit_hash = {commit})
AND m.id <> {id} AND m.visibility <> 'private'
AND (m.source_id IS NULL OR m.source_id = {source})
"""


class Material:
    """Reads passages; the caller opens the transaction and has loaded the rights."""

    def __init__(self, database: Database, moments: MomentRecords) -> None:
        self._database = database
        self._moments = moments

    async def read(
        self, actor: Actor, moment_id: str, question: str, tokens: int
    ) -> Sequence[Passage]:
        """Return the passages for a question, within a number of tokens.

        Texts that talk to a model are left out.

        Raises:
            NotFound: The actor cannot see the moment.
        """
        moment = await self._moments.find(actor, moment_id)
        video = await self._database.fetchrow(_VIDEO, moment_id)
        lines = await self._lines(actor, moment, video)
        notes = _notes(moment)
        for linked in await self._linked(actor, moment, video):
            notes += _notes(linked)
        notes = [each for each in notes if not is_to_a_model(each.text)]
        lines = [each for each in lines if not is_to_a_model(each.text)]
        notes = fitting(notes, question, tokens // 3)
        return [*notes, *fitting(lines, question, tokens - sum(map(_cost, notes)))]

    async def _lines(self, actor: Actor, moment: Moment, video: Record | None) -> list[Passage]:
        rows: Sequence[Record] = []
        if video is not None:
            rows = await self._database.fetch(
                _LINES, video["id"], video["start_ms"], video["end_ms"], _MOST_LINES
            )
        if video is None or not rows:
            return [
                Passage(each.text, moment.id, moment.title, each.speaker_identifier)
                for each in moment.insight.speakers
            ]
        is_hidden = await self._moments.hides(actor, [video["moment_id"]])
        names = json.loads(rows[0]["speakers"])
        return [
            Passage(
                row["text"],
                moment.id,
                moment.title,
                names.get(str(row["speaker"]), ""),
                row["start_s"],
                None if is_hidden else video["id"],
            )
            for row in rows
        ]

    async def _linked(self, actor: Actor, moment: Moment, video: Record | None) -> Sequence[Moment]:
        where = await self._moments.where(actor)
        where.add("m.deleted_at IS NULL")
        values = {
            "video": video["id"] if video else None,
            "whole": video["moment_id"] if video else None,
            "commit": moment.git.commit_hash,
            "id": moment.id,
            "source": moment.source_id,
        }
        names = {name: f"{where.argument(value)}::text" for name, value in values.items()}
        where.add(_LINKED.format(**names))
        return await self._moments.select(where, f"ORDER BY m.id DESC LIMIT {_MOST_LINKED}")


def _notes(moment: Moment) -> list[Passage]:
    start_s = float(moment.start_s) if moment.start_s is not None else None
    texts = (moment.title, *moment.description.split("\n"), moment.git.commit_message or "")
    return [
        Passage(text, moment.id, moment.title, start_s=start_s)
        for text in dict.fromkeys(texts)
        if text.strip()
    ]


def fitting(passages: Sequence[Passage], question: str, tokens: int) -> list[Passage]:
    """Return all passages if they fit, else those nearest to a question and what is around them."""
    if sum(map(_cost, passages)) <= tokens:
        return list(passages)
    asked = set(stems(question))
    words = [set(stems(f"{each.speaker} {each.text}")) for each in passages]
    known = asked & set().union(*words)
    rarity = {word: 1 / sum(word in held for held in words) for word in known}
    scores = [sum(rarity[word] for word in held if word in rarity) for held in words]
    chosen: set[int] = set()
    for best in sorted(range(len(passages)), key=lambda n: (-scores[n], n)):
        for near in range(max(0, best - _AROUND), min(len(passages), best + _AROUND + 1)):
            if near in chosen:
                continue
            tokens -= _cost(passages[near])
            if tokens < 0:
                return [passages[n] for n in sorted(chosen)]
            chosen.add(near)
    return [passages[n] for n in sorted(chosen)]


def _cost(passage: Passage) -> int:
    return tokens_of(f"{passage.speaker} {passage.text}") + 6
