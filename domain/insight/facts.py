"""What the engines return. Times are seconds from the start of the medium."""

from dataclasses import dataclass

Span = tuple[float, float]  # half-open [start, end), in seconds


@dataclass(frozen=True, slots=True)
class Word:
    """A spoken word; `confidence` is the recogniser's probability of it, 0 to 1."""

    start_s: float
    end_s: float
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a transcript: about a sentence."""

    start_s: float
    end_s: float
    text: str
    confidence: float
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """A transcript. `language` is an ISO 639-1 code, `certainty` its probability."""

    language: str
    certainty: float
    lines: tuple[Line, ...]
    source: str = "whisper"


@dataclass(frozen=True, slots=True)
class Turn:
    """A span in which one person speaks; speakers count from 0 in order of appearance."""

    start_s: float
    end_s: float
    speaker: int


@dataclass(frozen=True, slots=True)
class VoiceWindows:
    """Voice embeddings of short windows, to be stored: clustering them again is cheap.

    `times` is little-endian float32 of shape (n, 2), start and end; `vectors` is float16 of shape
    (n, 256).
    """

    times: bytes
    vectors: bytes


@dataclass(frozen=True, slots=True)
class Emotion:
    """The emotion of a text; "neutral" when no other label is certain enough."""

    label: str
    certainty: float


@dataclass(frozen=True, slots=True)
class Reason:
    """A signal that speaks for a candidate; `strength` is its share of the best in this video."""

    signal: str
    strength: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A part worth keeping, of whole lines; the end line is included.

    `score` is the rank among all parts of the same video that were considered, 0 to 1.
    """

    first_line: int
    last_line: int
    start_s: float
    end_s: float
    title: str
    score: float
    reasons: tuple[Reason, ...]
    source: str = "signals"
