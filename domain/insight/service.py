"""The face of this package: every engine as an awaitable call into one worker process.

Audio is a file made by `decode`: 16 kHz mono, cheap to read in parts. The worker starts on demand,
answers one request at a time, and exits when idle.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from domain.core.errors import Unavailable
from domain.infra.calls import Calls
from domain.infra.worker_process import WorkerLost
from domain.insight import models
from domain.insight.choosing import Pick
from domain.insight.facts import Candidate, Emotion, Heard, Line, Span, Turn, VoiceWindows
from domain.insight.lines import windows

_MODULE: Final = "domain.insight.worker"
_IDLE_S: Final = 60
_TIMEOUT_S: Final = 1800.0  # of one request; long media are requested in parts
_BATCH: Final = 6  # windows of at most 28 s in one request: others wait their turn

OnProgress = Callable[[float], None]  # the share that is done


class Insight:
    """The engines. Every call raises Unavailable if its engine is off or its process died."""

    def __init__(self, choice: models.ModelChoice, *, idle_s: int = _IDLE_S) -> None:
        self._choice = choice
        self.sentences = models.search_model()  # the name of what `embed` uses
        downloads = "1" if choice.downloads else "0"
        self._calls = Calls(_MODULE, downloads, idle_s=idle_s, timeout_s=_TIMEOUT_S)

    @property
    def pid(self) -> int | None:
        """The process's id, if there is one."""
        return self._calls.pid

    def available(self) -> dict[str, str | None]:
        """Return the engines, each with the reason why it is off, or None if it is ready."""
        return models.available(self._choice)

    async def decode(self, source: Path, target: Path) -> float:
        """Write a medium's first audio track as the engines read it; return its seconds.

        Raises:
            UnsupportedMedia: There is no audio, or it cannot be decoded.
        """
        return float(await self._ask("audio", "decode", source, target))

    async def speech(self, audio: Path) -> list[Span]:
        """Return the spans in which somebody speaks."""
        found: list[Span] = await self._ask("gaps", "speech", audio)
        return found

    async def transcribe(
        self,
        audio: Path,
        speech: Sequence[Span],
        *,
        language: str | None = None,
        hotwords: Sequence[str] = (),
        on_progress: OnProgress | None = None,
    ) -> Heard:
        """Return what is said in the spans of speech.

        `hotwords` are spellings that the recogniser should prefer, such as names.
        """
        spans = [(float(a), float(b)) for a, b in windows(speech)]
        certainty = 1.0
        if language is None:
            language, certainty = await self._ask("speech", "detect", audio, spans, self._choice)
        lines: list[Line] = []
        hints = ", ".join(hotwords) or None
        for first in range(0, len(spans), _BATCH):
            part = spans[first : first + _BATCH]
            lines += await self._ask(
                "speech", "recognise", audio, part, language, hints, self._choice
            )
            if on_progress:
                on_progress(min(1.0, (first + len(part)) / len(spans)))
        return Heard(language, certainty, tuple(lines))

    async def windows(self, audio: Path, speech: Sequence[Span]) -> VoiceWindows:
        """Return voice embeddings of the speech, to be stored for `speakers`."""
        found: VoiceWindows = await self._ask("speakers", "windows", audio, list(speech))
        return found

    async def speakers(self, windows: VoiceWindows, count: int | None = None) -> list[Turn]:
        """Return who speaks when, for a known number of people or a guessed one."""
        found: list[Turn] = await self._ask("speakers", "assign", windows, count)
        return found

    async def embed(self, texts: Sequence[str]) -> bytes:
        """Return the vectors of texts: little-endian float16 of shape (n, 384), L2-normalised."""
        found: bytes = await self._ask("sentences", "packed", list(texts), self.sentences)
        return found

    async def emotions(self, texts: Sequence[str]) -> list[Emotion]:
        """Return the emotion of each text."""
        found: list[Emotion] = await self._ask("emotions", "of_texts", list(texts))
        return found

    async def find(
        self,
        lines: Sequence[Line],
        speech: Sequence[Span],
        audio: Path | None = None,
        *,
        turns: Sequence[Turn] = (),
        instants: Sequence[float] = (),
        picks: Sequence[Pick] = (),
    ) -> list[Candidate]:
        """Return the parts worth keeping, by signals, and a model's picks; see `finding.find`."""
        known = (list(lines), list(speech), audio, list(turns), list(instants), list(picks))
        found: list[Candidate] = await self._ask("finding", "find", *known)
        return found

    async def close(self) -> None:
        """End the process."""
        await self._calls.close()

    async def _ask(self, module: str, function: str, *args: object) -> Any:  # noqa: ANN401
        try:
            return await self._calls.ask(module, function, *args)
        except WorkerLost as lost:
            raise Unavailable(
                "The analysis ended unexpectedly. Try again later.", retry_after_s=60
            ) from lost
