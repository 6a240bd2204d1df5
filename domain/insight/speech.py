"""Speech recognition: Whisper by faster-whisper on the processor, a window of speech at a time.

Windows are built from the spans of speech, so silence is never recognised; nothing is conditioned
on earlier text, so an error does not spread. A window costs what it lasts: the encoder gets its
frames and a margin instead of the 30 s that Whisper was trained with. That makes no more errors and
takes a quarter of the time for short files.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from domain.insight import audio, models
from domain.insight.facts import Line, Span, Word
from domain.insight.lines import is_loop, lines_of

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

_SURE = 0.5  # of the language
_DEFAULT = "en"
_RETRY_TEMPERATURE = 0.4


def detect(file: Path, spans: Sequence[Span], choice: models.ModelChoice) -> tuple[str, float]:
    """Return the language and its probability: of the first window, or of three if unsure.

    The base model mistakes noisy English for others; if nothing is likely, English needs half as
    much as the best.
    """
    model, sums = _model(choice), Counter[str]()
    for used, span in enumerate(spans[:3], 1):
        features = model.feature_extractor(audio.read(file, *span))[..., :-1]
        _, _, odds = model.detect_language(features=features)
        sums.update({language: float(chance) for language, chance in odds})
        (best, total), *_ = sums.most_common(1)
        if total / used >= _SURE:
            return best, total / used
    if not sums:
        return _DEFAULT, 0.0
    best = _DEFAULT if sums[_DEFAULT] >= max(sums.values()) / 2 else sums.most_common(1)[0][0]
    return best, sums[best] / min(len(spans), 3)


def recognise(
    file: Path,
    spans: Sequence[Span],
    language: str,
    hotwords: str | None,
    choice: models.ModelChoice,
) -> list[Line]:
    """Return the lines that are spoken in windows of a decoded file."""
    return [
        line for span in spans for line in _recognise_window(file, span, language, hotwords, choice)
    ]


def _recognise_window(
    file: Path, span: Span, language: str, hotwords: str | None, choice: models.ModelChoice
) -> list[Line]:
    samples = audio.read(file, *span)
    for temperature in (0.0, _RETRY_TEMPERATURE):
        segments = _run(choice, samples, language, hotwords, temperature)
        if not any(_is_stuck(s) for s in segments):
            break
    words: list[Word] = []
    for segment in segments:
        if not _is_stuck(segment):
            quiet = float(segment.no_speech_prob) if segment.avg_logprob < -1 else 0.0
            words.extend(_word(word, span[0], 1 - quiet) for word in segment.words or ())
    return lines_of(words)


def _is_stuck(segment: Any) -> bool:  # noqa: ANN401 (faster-whisper's)
    return is_loop(segment.text, segment.compression_ratio, segment.avg_logprob)


def _run(
    choice: models.ModelChoice,
    samples: audio.Samples,
    language: str,
    hotwords: str | None,
    temperature: float,
) -> list[Any]:
    end_s = len(samples) / audio.RATE
    found, _ = _pipeline(choice).transcribe(
        samples,
        language=language,
        hotwords=hotwords or None,
        temperature=temperature,
        beam_size=5,
        word_timestamps=True,
        vad_filter=False,
        clip_timestamps=[{"start": 0.0, "end": end_s}],
        batch_size=1,
    )
    return list(found)


def _word(word: Any, start_s: float, weight: float) -> Word:  # noqa: ANN401 (faster-whisper's)
    return Word(
        round(float(word.start) + start_s, 3),
        round(float(word.end) + start_s, 3),
        word.word,
        round(float(word.probability) * weight, 3),
    )


@cache
def _model(choice: models.ModelChoice) -> "WhisperModel":
    from faster_whisper import WhisperModel  # noqa: PLC0415 (loaded in the worker alone)

    class Trimmed(WhisperModel):  # type: ignore[misc]  # it is untyped
        """Encodes a window's own frames and remembers the last: detection encodes it first."""

        last: tuple[Any, Any] | None = None

        def encode(self, features: Any) -> Any:  # noqa: ANN401 (as the library's)
            used = int(np.flatnonzero(np.any(features, axis=tuple(range(features.ndim - 1))))[-1])
            frames = min(features.shape[-1], max(1000, used + 300) // 2 * 2)
            features = features[..., :frames].reshape(-1, features.shape[-2], frames)
            if self.last is None or not np.array_equal(self.last[0], features):
                self.last = features, super().encode(features)
            return self.last[1]

    options: dict[str, Any] = {
        "device": "cpu",
        "compute_type": "int8",
        "cpu_threads": choice.threads,
    }
    if choice.speech:
        return Trimmed(choice.speech, local_files_only=not choice.downloads, **options)
    return Trimmed("base", files=models.speech_files(), **options)


@cache
def _pipeline(choice: models.ModelChoice) -> Any:  # noqa: ANN401 (faster-whisper is untyped)
    from faster_whisper import BatchedInferencePipeline  # noqa: PLC0415

    return BatchedInferencePipeline(_model(choice))
