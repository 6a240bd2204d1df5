"""An OpenAI-compatible endpoint, if the operator has configured one: transcripts and moments."""

import asyncio
import io
import wave
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from domain.core.errors import BadInput, Unavailable
from domain.insight import choosing
from domain.insight.chat import BadAnswer, ChatClient, Server, Sleep
from domain.insight.choosing import Chunk, Pick
from domain.insight.facts import Heard, Line, Span, Word
from domain.insight.languages import UNKNOWN, code_of
from domain.insight.lines import is_loop, lines_of, windows

_RATE: Final = 16000
_PIECE_S: Final = 600.0  # 19 MB of audio; servers usually accept 25
_HEADER_BYTES: Final = 44
OnProgress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a model chose; `note` says what was left out and why."""

    picks: tuple[Pick, ...]
    note: str | None = None


class Endpoint:
    """The configured server; without one, `picks` and `hears` are False."""

    def __init__(
        self,
        server: Server | None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._server = server or Server("")
        self._client = ChatClient(self._server, transport, sleep)

    @property
    def picks(self) -> bool:
        """Whether it can choose moments."""
        return bool(self._server.url and self._server.model)

    @property
    def hears(self) -> bool:
        """Whether it can transcribe."""
        return bool(self._server.url and self._server.speech_model)

    @property
    def context(self) -> int:
        """The tokens of a question and its answer together."""
        return self._server.context

    def stream(self, system: str, user: str, answer_tokens: int) -> AsyncGenerator[str, None]:
        """Yield the model's text as it comes.

        Raises:
            BadAnswer: The answer is not in the API's form.
            Unavailable, RateLimited: The server does not answer, or not now.
        """
        return self._client.stream(system, user, answer_tokens)

    async def choose(
        self, lines: Sequence[Line], wish: str = "", on_progress: OnProgress | None = None
    ) -> Chosen:
        """Return the parts that a model chooses; every line is shown to it once or more.

        Args:
            lines: The transcript.
            wish: What the user wants, in their words.
            on_progress: Called with the share that is done.

        Raises:
            BadInput: All the questions together would exceed the budget; nothing was sent.
            Unavailable, RateLimited: The server does not answer, or not now.
        """
        waiting = choosing.chunks(lines, self._server.context, wish)
        self._check_budget(lines, waiting, wish)
        picks: list[Pick] = []
        problems: list[str] = []
        done = 0
        while waiting:
            chunk = waiting.pop(0)
            try:
                picks += await self._choose(lines, chunk, wish)
            except BadAnswer as bad:
                smaller = list(choosing.halves(chunk)) if bad.is_cut else []
                waiting[:0] = smaller
                if not smaller:
                    problems.append(f"lines {chunk.first + 1} to {chunk.last + 1}: {bad.reason}")
            done = max(done, chunk.last + 1)
            if on_progress:
                on_progress(done / len(lines))
        return Chosen(_distinct(picks), _note(problems))

    def _check_budget(self, lines: Sequence[Line], parts: Sequence[Chunk], wish: str) -> None:
        needed = sum(choosing.question(lines, chunk, wish)[2] for chunk in parts)
        if needed > self._server.tokens:
            raise BadInput(
                f"The transcript needs about {needed} tokens; the limit for a video is "
                f"{self._server.tokens}. Ask the operator to raise MOMENTS_AI_TOKENS."
            )

    async def _choose(self, lines: Sequence[Line], chunk: Chunk, wish: str) -> list[Pick]:
        system, user, _ = choosing.question(lines, chunk, wish)
        for is_last in (False, True):
            try:
                answer = await self._client.ask(
                    system, user, choosing.SCHEMA, choosing.answer_tokens()
                )
                return choosing.checked(answer, lines, chunk)
            except BadAnswer as bad:
                if is_last or bad.is_cut:
                    raise
        return []  # pragma: no cover (the loop returns or raises)

    async def transcribe(
        self,
        audio: Path,
        speech: Sequence[Span],
        *,
        language: str | None = None,
        hotwords: Sequence[str] = (),
        on_progress: OnProgress | None = None,
    ) -> Heard:
        """Return what is said in a decoded file, by the server's `/audio/transcriptions`.

        Raises:
            Unavailable, RateLimited: The server does not answer, or not now.
        """
        pieces = _pieces(windows(speech))
        lines: list[Line] = []
        for number, piece in enumerate(pieces):
            found = await self._hear(audio, piece, language, hotwords)
            language = language or code_of(str(found.get("language") or ""))
            lines += _lines(found, piece)
            if on_progress:
                on_progress((number + 1) / len(pieces))
        return Heard(language or UNKNOWN, 1.0 if language else 0.0, tuple(lines), "endpoint")

    async def _hear(
        self, audio: Path, piece: Span, language: str | None, hotwords: Sequence[str]
    ) -> dict[str, Any]:
        data = await asyncio.to_thread(_wav, audio, piece)
        fields = {
            "model": self._server.speech_model,
            "response_format": "verbose_json",
            "timestamp_granularities[]": ["word", "segment"],
            **({"language": language} if language else {}),
            **({"prompt": ", ".join(hotwords)} if hotwords else {}),
        }
        response = await self._client.post(
            "audio/transcriptions", data=fields, files={"file": ("audio.wav", data, "audio/wav")}
        )
        try:
            found = response.json() if response.status_code == 200 else None
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Unavailable(
                f"The model endpoint cannot transcribe (error {response.status_code}). Check "
                "MOMENTS_AI_SPEECH_MODEL.",
                retry_after_s=600,
            )
        return found


def _note(problems: Sequence[str]) -> str | None:
    if not problems:
        return None
    return f"The model's answer could not be used for {'; '.join(problems[:3])}."


def _distinct(picks: Sequence[Pick]) -> tuple[Pick, ...]:
    """Drop picks that mostly repeat an earlier one: chunks overlap."""
    kept: list[Pick] = []
    for pick in picks:
        lines = set(range(pick.first_line, pick.last_line + 1))
        if all(
            len(lines & set(range(o.first_line, o.last_line + 1))) * 2 <= len(lines) for o in kept
        ):
            kept.append(pick)
    return tuple(kept)


def _pieces(spans: Sequence[Span]) -> list[Span]:
    """Join windows of speech into requests."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and end - joined[-1][0] <= _PIECE_S:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _wav(audio: Path, piece: Span) -> bytes:
    """Return a part of a decoded file as a file of its own."""
    first, last = (2 * round(at * _RATE) for at in piece)
    with audio.open("rb") as source:
        source.seek(_HEADER_BYTES + first)
        samples = source.read(last - first)
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, _RATE, 0, "NONE", ""))
        file.writeframes(samples)
    return out.getvalue()


def _lines(found: dict[str, Any], piece: Span) -> list[Line]:
    """Return an answer's lines: by its words, else its segments, else its text as one line."""
    words = [w for each in _listed(found, "words") if (w := _word(each, piece, "word"))]
    if words:
        return [line for line in lines_of(words) if not is_loop(line.text)]
    segments = [w for each in _listed(found, "segments") if (w := _word(each, piece, "text"))]
    if not segments and str(found.get("text") or "").strip():
        segments = [Word(*piece, str(found["text"]), 0.5)]
    return [
        Line(each.start_s, each.end_s, each.text.strip(), each.confidence)
        for each in segments
        if not is_loop(each.text)
    ]


def _listed(found: dict[str, Any], name: str) -> list[dict[str, Any]]:
    held = found.get(name)
    return [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []


def _word(found: dict[str, Any], piece: Span, name: str) -> Word | None:
    """Return a word or segment inside its piece; wrong times are cut to it."""
    try:
        start, end = float(found["start"]) + piece[0], float(found["end"]) + piece[0]
    except (LookupError, TypeError, ValueError):
        return None
    start, end = max(start, piece[0]), min(end, piece[1])
    text = str(found.get(name) or "")
    if not text.strip() or not start < end:  # NaN, too
        return None
    spaced = f" {text.strip()}" if name == "word" else text
    return Word(round(start, 3), round(end, 3), spaced, 0.9)
