"""What the engines make of a video: speech, speakers, emotions and moments, as this room stores it.

An engine that is not there, or that fails, never takes more with it than what it would have said.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from domain.core.errors import BadInput, MomentsError, RateLimited, Unavailable
from domain.core.log import get_logger
from domain.infra.storage import Storage
from domain.insight import facts
from domain.insight.choosing import Pick
from domain.insight.endpoint import Endpoint
from domain.insight.service import Insight
from domain.moments.models import MediaFile
from domain.moments.processing import read_start
from domain.videos.captions import is_sound
from domain.videos.models import Candidate, Line, Reason, Transcript, TranscriptSource, Word

log = get_logger(__name__)

_NEUTRAL: Final = "neutral"
_NO_MODEL: Final = "the wish needs a model, which the operator can set (MOMENTS_AI_URL)"
_NEAR_MS: Final = 60_000
_MOST_BYTES: Final = 256 * 1024 * 1024


class Voices(msgspec.Struct, frozen=True):
    """The spans of speech and the voices in them, kept so that speakers can be told apart anew."""

    speech: list[tuple[float, float]]
    times: bytes
    vectors: bytes


@dataclass(frozen=True, slots=True)
class Understanding:
    """The engines for videos."""

    insight: Insight
    endpoint: Endpoint
    storage: Storage

    async def voices(self, audio: Path) -> Voices | None:
        """Return where somebody speaks and how they sound; None without these engines."""
        try:
            speech = await self.insight.speech(audio)
            windows = await self.insight.windows(audio, speech)
        except Unavailable as error:
            _left_out("speakers", error)
            return None
        return Voices(speech, windows.times, windows.vectors)

    async def load_voices(self, file: MediaFile | None) -> Voices | None:
        """Return stored voices."""
        if file is None:
            return None
        data = await read_start(self.storage, file, min(file.size_bytes, _MOST_BYTES))
        return msgspec.msgpack.decode(data, type=Voices)

    async def heard(
        self,
        audio: Path,
        voices: Voices | None,
        hotwords: Sequence[str],
        report: Callable[[float], None],
    ) -> Transcript:
        """Return what is said, or why it is not known.

        Raises:
            Unavailable: Speech recognition failed for now.
        """
        reason = None if self.endpoint.hears else self.insight.available()["speech"]
        if reason is None and voices is None:
            reason = "Speech could not be found in the audio."
        elif voices is not None and not voices.speech:
            reason = "Nobody speaks in this video."
        if reason is not None or voices is None:
            return Transcript(None, None, "none", reason, {}, ())
        heard = await self._transcribed(audio, voices.speech, hotwords, report)
        lines = tuple(_line(number, line) for number, line in enumerate(heard.lines))
        reason = None if lines else "No words could be understood."
        source: TranscriptSource = "speech" if heard.source == "whisper" else "endpoint"
        return Transcript(heard.language, heard.certainty, source, reason, {}, lines)

    async def _transcribed(
        self,
        audio: Path,
        speech: Sequence[facts.Span],
        hotwords: Sequence[str],
        report: Callable[[float], None],
    ) -> facts.Heard:
        """Ask the endpoint that the operator chose, and recognise speech here if it fails."""
        hints = {"hotwords": hotwords, "on_progress": report}
        if self.endpoint.hears:
            try:
                return await self.endpoint.transcribe(audio, speech, **hints)  # type: ignore[arg-type]
            except (Unavailable, RateLimited) as error:
                if self.insight.available()["speech"] is not None:
                    raise Unavailable(error.message, retry_after_s=error.retry_after_s) from error
                _left_out("endpoint", error)
        return await self.insight.transcribe(audio, speech, **hints)  # type: ignore[arg-type]

    async def with_speakers(
        self, transcript: Transcript, voices: Voices | None, count: int | None
    ) -> Transcript:
        """Return a transcript with a speaker for each line."""
        if voices is None or not transcript.lines:
            return transcript
        try:
            windows = facts.VoiceWindows(voices.times, voices.vectors)
            turns = await self.insight.speakers(windows, count)
        except Unavailable as error:
            _left_out("speakers", error)
            return transcript
        lines = tuple(
            line if is_sound(line.text) else replace(line, speaker=_speaker(line, turns))
            for line in transcript.lines
        )
        return replace(transcript, lines=lines, names=_renamed(transcript, lines))

    async def with_emotions(self, transcript: Transcript) -> Transcript:
        """Return a transcript with the emotion of the words of each line, where it is clear."""
        if not transcript.lines:
            return transcript
        try:
            found = await self.insight.emotions([line.text for line in transcript.lines])
        except Unavailable as error:
            _left_out("emotions", error)
            return transcript
        lines = tuple(
            replace(line, emotion=None if each.label == _NEUTRAL else each.label)
            for line, each in zip(transcript.lines, found, strict=True)
        )
        return replace(transcript, lines=lines)

    async def moments(
        self,
        transcript: Transcript,
        voices: Voices | None,
        audio: Path | None,
        wish: str,
        report: Callable[[float], None],
    ) -> tuple[Sequence[Candidate], str | None]:
        """Return the parts of a talk worth keeping with the reasons, and what was left out."""
        lines = [_fact(line) for line in transcript.lines]
        turns = [
            facts.Turn(line.start_ms / 1000, line.end_ms / 1000, line.speaker)
            for line in transcript.lines
            if line.speaker is not None
        ]
        picks, note = await self._picks(lines, wish, report)
        speech = voices.speech if voices else []
        found = await self.insight.find(lines, speech, audio, turns=turns, picks=picks)
        return [_candidate(each) for each in found], note

    async def refined(
        self, transcript: Transcript, span: tuple[int, int], wish: str
    ) -> tuple[int, int]:
        """Return the span of the lines near another one that a model chooses; without one, it.

        Raises:
            BadInput: There is a wish, and no model.
            Unavailable, RateLimited: The model does not answer.
        """
        if not self.endpoint.picks:
            if wish:
                raise BadInput(
                    "Refining by a prompt needs a model. Ask the operator to set MOMENTS_AI_URL."
                )
            return span
        near = [
            line
            for line in transcript.lines
            if line.end_ms > span[0] - _NEAR_MS and line.start_ms < span[1] + _NEAR_MS
        ]
        chosen = await self.endpoint.choose([_fact(line) for line in near], wish)
        spans = [
            (near[pick.first_line].start_ms, near[pick.last_line].end_ms) for pick in chosen.picks
        ]
        best = max(spans, key=lambda each: _shared(each, span), default=span)
        return best if _shared(best, span) > 0 else span

    async def _picks(
        self, lines: Sequence[facts.Line], wish: str, report: Callable[[float], None]
    ) -> tuple[Sequence[Pick], str | None]:
        """Return what a model chooses, if there is one; its failure costs only its own choice."""
        if not self.endpoint.picks:
            return (), _NO_MODEL if wish else None
        try:
            chosen = await self.endpoint.choose(lines, wish, report)
        except (BadInput, Unavailable, RateLimited) as error:
            return (), f"without the model: {error.message}"
        return chosen.picks, chosen.note


def _left_out(what: str, error: MomentsError) -> None:
    log.info("understanding_left_out", what=what, reason=error.message)


def _line(number: int, line: facts.Line) -> Line:
    start = max(0, round(line.start_s * 1000))
    return Line(
        number,
        start,
        max(start + 1, round(line.end_s * 1000)),
        " ".join(line.text.split()),
        confidence=round(line.confidence, 3),
        words=tuple(
            Word(
                round(word.start_s * 1000),
                round(word.end_s * 1000),
                word.text.strip(),
                round(word.confidence, 3),
            )
            for word in line.words
        ),
    )


def _fact(line: Line) -> facts.Line:
    words = tuple(
        facts.Word(word.start_ms / 1000, word.end_ms / 1000, word.text, word.confidence or 1.0)
        for word in line.words
    )
    confidence = 1.0 if line.confidence is None else line.confidence
    return facts.Line(line.start_ms / 1000, line.end_ms / 1000, line.text, confidence, words)


def _shared(one: tuple[int, int], other: tuple[int, int]) -> int:
    return min(one[1], other[1]) - max(one[0], other[0])


def _candidate(found: facts.Candidate) -> Candidate:
    return Candidate(
        round(found.start_s * 1000),
        round(found.end_s * 1000),
        found.title,
        found.score,
        [Reason(reason.signal, reason.strength) for reason in found.reasons],
        "signals" if found.source == "signals" else "model",
    )


def _speaker(line: Line, turns: Sequence[facts.Turn]) -> int | None:
    """Return who speaks for most of a line."""
    held: Counter[int] = Counter()
    for turn in turns:
        shared = min(line.end_ms / 1000, turn.end_s) - max(line.start_ms / 1000, turn.start_s)
        if shared > 0:
            held[turn.speaker] += round(shared * 1000)
    return held.most_common(1)[0][0] if held else None


def _renamed(old: Transcript, lines: Sequence[Line]) -> dict[int, str]:
    """Return the names that people gave, each for who speaks most of that speaker's lines now."""
    names: dict[int, str] = {}
    for number, name in old.names.items():
        now = Counter(
            new.speaker
            for before, new in zip(old.lines, lines, strict=True)
            if before.speaker == number and new.speaker is not None
        )
        if now:
            names.setdefault(now.most_common(1)[0][0], name)
    return names
