"""Transcripts in wire format, and how people correct them: snake_case."""

from typing import Annotated

from msgspec import Meta

from domain.videos.correcting import Correction, LineChange
from domain.videos.models import (
    Transcript,
    TranscriptSource,
)
from webapp.api.schemas import In, Out


class SegmentIn(In, frozen=True, kw_only=True):
    """A correction of one segment; a new `speaker_id` splits a speaker."""

    number: Annotated[int, Meta(ge=0, le=1_000_000)]
    text: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None
    speaker_id: Annotated[int, Meta(ge=0, le=49)] | None = None


class MergeIn(In, frozen=True, kw_only=True):
    """Two speakers who are one person."""

    speaker_id: Annotated[int, Meta(ge=0, le=49)]
    into: Annotated[int, Meta(ge=0, le=49)]


class SpeakerNameIn(In, frozen=True, kw_only=True):
    """A speaker's name; an empty one takes it away."""

    speaker_id: Annotated[int, Meta(ge=0, le=49)]
    name: Annotated[str, Meta(max_length=100)]


class TranscriptPatch(In, frozen=True, kw_only=True):
    """Corrections; `speaker_count` tells how many speak, 0 lets it be estimated."""

    segments: Annotated[list[SegmentIn], Meta(max_length=1000)] = []  # noqa: RUF012
    names: Annotated[list[SpeakerNameIn], Meta(max_length=50)] = []  # noqa: RUF012
    merge: Annotated[list[MergeIn], Meta(max_length=50)] = []  # noqa: RUF012
    speaker_count: Annotated[int, Meta(ge=0, le=20)] | None = None

    def change(self) -> Correction:
        """Return the corrections."""
        return Correction(
            [LineChange(each.number, each.text, each.speaker_id) for each in self.segments],
            {each.speaker_id: each.name for each in self.names},
            [(each.speaker_id, each.into) for each in self.merge],
            self.speaker_count,
        )


class WordOut(Out, frozen=True, kw_only=True):
    """A word and its time."""

    start_s: float
    end_s: float
    text: str
    confidence: float | None


class SegmentOut(Out, frozen=True, kw_only=True):
    """A line of a transcript."""

    number: int
    start_s: float
    end_s: float
    speaker: str | None
    speaker_id: int | None
    text: str
    emotion: str | None
    confidence: float | None
    words: list[WordOut]
    edited: bool


class TranscriptOut(Out, frozen=True, kw_only=True):
    """What is said; `reason` says why there are no segments."""

    language: str | None
    language_certainty: float | None
    source: TranscriptSource
    reason: str | None
    segments: list[SegmentOut]


def transcript_out(transcript: Transcript) -> TranscriptOut:
    """Return a transcript in wire format."""
    return TranscriptOut(
        language=transcript.language,
        language_certainty=transcript.certainty,
        source=transcript.source,
        reason=transcript.reason,
        segments=[
            SegmentOut(
                number=line.number,
                start_s=line.start_ms / 1000,
                end_s=line.end_ms / 1000,
                speaker=transcript.name_of(line.speaker),
                speaker_id=line.speaker,
                text=line.text,
                emotion=line.emotion,
                confidence=line.confidence,
                words=[
                    WordOut(
                        start_s=word.start_ms / 1000,
                        end_s=word.end_ms / 1000,
                        text=word.text,
                        confidence=word.confidence,
                    )
                    for word in line.words
                ],
                edited=line.is_edited,
            )
            for line in transcript.lines
        ],
    )
