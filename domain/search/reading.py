"""Reads what passages are made of: moments, transcripts and messages."""

import json
from collections.abc import Sequence
from typing import Final

from domain.infra.database import Database, Record
from domain.infra.indexing import Source
from domain.search.models import Draft
from domain.search.passages import MOST_PASSAGES, Said, joined, pieces

_MOMENT: Final = """
SELECT m.id, m.organization_id, m.title, m.description, m.git_commit_message, m.git_commit_hash,
    m.git_branch, m.git_author, m.source_name, m.tags, m.topic_tags, m.key_emotions,
    m.emotion_tags, m.start_s, m.created_at,
    CASE WHEN EXISTS (SELECT 1 FROM videos d WHERE d.moment_id = m.id)
        OR EXISTS (SELECT 1 FROM video_moments f WHERE f.moment_id = m.id)
        THEN '[]' ELSE m.speakers END AS speakers,
    (SELECT string_agg(a.metadata ->> 'text', E'\n' ORDER BY a.id) FROM moment_assets a
        WHERE a.moment_id = m.id AND a.metadata ? 'text') AS seen
FROM moments m WHERE m.id = $1
"""
_LINES: Final = """
SELECT v.organization_id, v.moment_id, v.created_at, t.speakers,
    l.start_ms / 1000.0::float8 AS start_s, l.end_ms / 1000.0::float8 AS end_s, l.text, l.speaker,
    l.emotion
FROM videos v JOIN transcripts t ON t.video_id = v.id JOIN transcript_lines l ON l.video_id = v.id
WHERE v.id = $1 ORDER BY l.number
"""
_MESSAGE: Final = """
SELECT s.organization_id, c.session_id, c.moment_id, c.content, c.citations, c.created_at
FROM messages c JOIN sessions s ON s.id = c.session_id
WHERE c.id = $1 AND c.role <> 'system' AND c.state IN ('done', 'stopped')
"""


class Reader:
    """Reads a source's texts, cut into passages; none if the source is gone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def drafts(self, source: Source, source_id: str) -> Sequence[Draft]:
        """Return a source's passages."""
        if source == "moment":
            row = await self._database.fetchrow(_MOMENT, source_id)
            return [] if row is None else _of_moment(row)
        if source == "transcript":
            return _of_lines(source_id, await self._database.fetch(_LINES, source_id))
        row = await self._database.fetchrow(_MESSAGE, source_id)
        return [] if row is None else _of_message(row)


def _of_moment(row: Record) -> list[Draft]:
    title, message = row["title"], row["git_commit_message"] or ""
    texts = [row["description"], "" if message in row["description"] else message, row["seen"]]
    facts = ("source_name", "git_branch", "git_commit_hash", "git_author")
    labels = (*row["tags"], *row["topic_tags"], *row["key_emotions"], *row["emotion_tags"])
    more = " ".join(filter(None, (*labels, *(row[name] for name in facts))))
    parts = pieces("\n".join((title, *filter(None, texts)))) or [title]
    drafts = [
        Draft(
            row["organization_id"],
            "moment",
            number,
            row["id"],
            text,
            row["created_at"],
            start_s=row["start_s"],
            more="" if number else more,
        )
        for number, text in enumerate(parts)
    ]
    said = [
        Said(0, 0, entry["text"], entry["speaker_identifier"], entry["emotion"])
        for entry in json.loads(row["speakers"])
    ]
    return drafts + [
        Draft(
            row["organization_id"],
            "line",
            MOST_PASSAGES + number,
            row["id"],
            line.text,
            row["created_at"],
            author=line.author,
            emotion=line.emotion,
        )
        for number, line in enumerate(joined(said))
    ]


def _of_lines(video_id: str, rows: Sequence[Record]) -> list[Draft]:
    names = json.loads(rows[0]["speakers"]) if rows else {}
    said = [
        Said(
            row["start_s"],
            row["end_s"],
            row["text"],
            names.get(str(row["speaker"]), ""),
            row["emotion"],
        )
        for row in rows
    ]
    return [
        Draft(
            rows[0]["organization_id"],
            "line",
            number,
            rows[0]["moment_id"],
            line.text,
            rows[0]["created_at"],
            video_id=video_id,
            start_s=line.start_s,
            author=line.author,
            emotion=line.emotion,
        )
        for number, line in enumerate(joined(said))
    ]


def _of_message(row: Record) -> list[Draft]:
    """Return the passages of a message; an answer starts where its first citation plays."""
    cited = [each["start_s"] for each in json.loads(row["citations"])]
    return [
        Draft(
            row["organization_id"],
            "message",
            number,
            row["moment_id"],
            text,
            row["created_at"],
            session_id=row["session_id"],
            start_s=next((start_s for start_s in cited if start_s is not None), None),
        )
        for number, text in enumerate(pieces(row["content"]))
    ]
