"""Stores transcripts; lines that a person edited survive every new run."""

import json
from collections.abc import Sequence
from typing import Any, Final

from domain.accounts.models import Actor, Role
from domain.core.time import Clock
from domain.infra.database import Database, Record
from domain.infra.indexing import index_later
from domain.infra.queue import Queue
from domain.moments.models import MomentChange, Speaker
from domain.moments.records import MomentRecords
from domain.videos.captions import numbered
from domain.videos.models import Line, Transcript, VideoRow, Word
from domain.videos.tables import TranscriptLines, Transcripts

_LINES: Final = "SELECT * FROM transcript_lines WHERE video_id = $1 ORDER BY number"
_SPEAKERS: Final = "SELECT speakers FROM moments WHERE id = $1"
_NAMES: Final = """
SELECT name.value AS name FROM transcripts t JOIN videos v ON v.id = t.video_id
JOIN moments m ON m.id = v.moment_id, jsonb_each_text(t.speakers) AS name
WHERE {where} GROUP BY name.value ORDER BY max(t.updated_at) DESC LIMIT 50
"""
# Capitalised words inside lines that people corrected are names more often than not.
_HOTWORDS: Final = """
WITH seen AS (
    SELECT t.* FROM transcripts t JOIN videos v ON v.id = t.video_id
    JOIN moments m ON m.id = v.moment_id WHERE m.deleted_at IS NULL AND {where}
)
(SELECT name.value AS word FROM seen t, jsonb_each_text(t.speakers) AS name
    ORDER BY t.updated_at DESC LIMIT 20)
UNION ALL
(SELECT word[1] FROM seen t JOIN transcript_lines l ON l.video_id = t.video_id,
    regexp_matches(l.text, '[[:alpha:]]+ ([[:upper:]][[:alpha:]]{{2,30}})', 'g') AS word
    WHERE l.is_edited ORDER BY t.updated_at DESC LIMIT 40)
"""
_MOST_LINES_OF_MOMENT: Final = 10_000
_MOST_TAGS: Final = 30


class TranscriptStore:
    """Reads and writes; the caller opens the transaction."""

    def __init__(self, database: Database, clock: Clock, records: MomentRecords) -> None:
        self._database = database
        self._clock = clock
        self._records = records
        self._queue = Queue(database)

    async def get(self, video_id: str) -> Transcript | None:
        """Return a video's transcript; None until its stage has ended."""
        row = await self._database.fetchrow(
            "SELECT * FROM transcripts WHERE video_id = $1", video_id
        )
        if row is None:
            return None
        lines = await self._database.fetch(_LINES, video_id)
        return Transcript(
            row["language"],
            row["certainty"],
            row["source"],
            row["reason"],
            {int(number): name for number, name in json.loads(row["speakers"]).items()},
            tuple(map(_line_of, lines)),
        )

    async def hotwords(self, video: VideoRow) -> list[str]:
        """Return the words that the recogniser should prefer: names, and what people corrected.

        They come from transcripts that a viewer could read who submitted this one: an admin's video
        may be for everybody, what they can read besides is not.
        """
        where = await self._records.where(
            Actor(video.created_by, video.organization_id, Role.VIEWER)
        )
        rows = await self._database.fetch(_HOTWORDS.format(where=where.sql), *where.arguments)
        return list(dict.fromkeys(row["word"] for row in rows))

    async def names(self, actor: Actor) -> list[str]:
        """Return the names that people gave to speakers of videos that an actor can see."""
        where = await self._records.where(actor)
        rows = await self._database.fetch(_NAMES.format(where=where.sql), *where.arguments)
        return [row["name"] for row in rows]

    async def replace(self, video: VideoRow, found: Transcript) -> Transcript:
        """Store a new transcript, keep what people edited, and tell the moment about it."""
        old = await self.get(video.id)
        kept = [line for line in old.lines if line.is_edited] if old else []
        merged = Transcript(
            found.language,
            found.certainty,
            found.source if found.lines or not kept else (old.source if old else found.source),
            found.reason if not kept else None,
            {**found.names, **(old.names if old else {})},
            _merged(found.lines, kept),
        )
        await self.write(video, old, merged)
        return merged

    async def write(self, video: VideoRow, old: Transcript | None, new: Transcript) -> None:
        """Store a transcript as it is, and update the moment's unless a person changed that."""
        await self._database.execute("DELETE FROM transcripts WHERE video_id = $1", video.id)
        await Transcripts.insert(
            Transcripts(
                video_id=video.id,
                organization_id=video.organization_id,
                language=new.language,
                certainty=new.certainty,
                source=new.source,
                reason=new.reason,
                speakers=json.dumps(dict(new.names)),
                updated_at=self._clock.now(),
            )
        )
        await self._insert_lines(video.id, new.lines)
        await index_later(self._queue, "transcript", video.id)
        await self.describe(video.moment_id, old, new)

    async def describe(self, moment_id: str, old: Transcript | None, new: Transcript) -> None:
        """Update what a moment says of its transcript, unless a person changed that."""
        if await self._is_ours(moment_id, old):
            await self._records.change(moment_id, change_of(new), is_by_job=True)

    async def _insert_lines(self, video_id: str, lines: Sequence[Line]) -> None:
        for start in range(0, len(lines), 1000):
            await TranscriptLines.insert(
                *(
                    TranscriptLines(
                        video_id=video_id,
                        number=line.number,
                        start_ms=line.start_ms,
                        end_ms=line.end_ms,
                        speaker=line.speaker,
                        text=line.text,
                        emotion=line.emotion,
                        confidence=line.confidence,
                        words=_words_json(line.words),
                        is_edited=line.is_edited,
                    )
                    for line in lines[start : start + 1000]
                )
            )

    async def _is_ours(self, moment_id: str, old: Transcript | None) -> bool:
        """Return whether the moment's speakers are what a transcript put there, or nothing."""
        present = json.loads(await self._database.fetchval(_SPEAKERS, moment_id) or "[]")
        ours = [line.text for line in old.lines] if old else []
        return [entry["text"] for entry in present] == ours[:_MOST_LINES_OF_MOMENT]


def change_of(transcript: Transcript) -> MomentChange:
    """Return what a moment says about a transcript, or a part of one: speakers and emotions."""
    emotions = [line.emotion for line in transcript.lines if line.emotion]
    ranked = sorted(dict.fromkeys(emotions), key=emotions.count, reverse=True)
    return MomentChange(
        speakers=[
            Speaker(line.text, transcript.name_of(line.speaker) or "Speaker", None, line.emotion)
            for line in transcript.lines[:_MOST_LINES_OF_MOMENT]
        ],
        emotion_tags=ranked[:_MOST_TAGS],
        key_emotions=[emotion for emotion in ranked if emotions.count(emotion) > 1][:3],
    )


def part_of(transcript: Transcript, start_ms: int, end_ms: int) -> Transcript:
    """Return the lines within a span, those that are mostly in it."""
    lines = [
        line
        for line in transcript.lines
        if min(line.end_ms, end_ms) - max(line.start_ms, start_ms)
        > (line.end_ms - line.start_ms) / 2
    ]
    return Transcript(
        transcript.language,
        transcript.certainty,
        transcript.source,
        transcript.reason,
        transcript.names,
        tuple(lines),
    )


def _merged(found: Sequence[Line], kept: Sequence[Line]) -> tuple[Line, ...]:
    """Return new lines, except where an edited one says the same time."""
    free = [line for line in found if not any(_covers(other, line) for other in kept)]
    return numbered(sorted([*free, *kept], key=lambda line: (line.start_ms, line.end_ms)))


def _covers(one: Line, other: Line) -> bool:
    shared = min(one.end_ms, other.end_ms) - max(one.start_ms, other.start_ms)
    return shared > (other.end_ms - other.start_ms) / 2


def _line_of(row: Record) -> Line:
    words: list[list[Any]] = json.loads(row["words"])
    return Line(
        row["number"],
        row["start_ms"],
        row["end_ms"],
        row["text"],
        row["speaker"],
        row["emotion"],
        row["confidence"],
        tuple(Word(*word) for word in words),
        row["is_edited"],
    )


def _words_json(words: Sequence[Word]) -> str:
    return json.dumps([[w.start_ms, w.end_ms, w.text, w.confidence] for w in words])
