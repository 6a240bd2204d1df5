"""Speech with known words for the benchmarks: `INSIGHT_MEDIA`, or ../shared/media.

An audio file counts if its words are known: a text beside it (`name.txt`), its captions
(`name.vtt`), or, for a famous speech, below.
"""

import os
import re
import wave
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from domain.insight import audio
from domain.insight.service import Insight

_SHARED: Final = Path(__file__).resolve().parents[2] / "shared" / "media"
FOLDER: Final = Path(os.environ.get("INSIGHT_MEDIA", _SHARED))
_KNOWN: Final = {
    "jfk": "And so my fellow Americans, ask not what your country can do for you, ask what you can "
    "do for your country."
}
_KINDS: Final = frozenset({".flac", ".wav", ".mp4", ".mp3", ".m4a", ".ogg"})
_DIGITS: Final = "zero one two three four five six seven eight nine ten eleven twelve"
_SPELLINGS: Final = {
    "mr": "mister",
    **{str(number): word for number, word in enumerate(_DIGITS.split())},
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A file and what is said in it."""

    name: str
    path: Path
    words: tuple[str, ...]
    is_clean: bool  # read speech without music or noise


def files(folder: Path = FOLDER) -> Iterator[Spoken]:
    """Yield what there is."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in _KINDS:
            continue
        text, captions = path.with_suffix(".txt"), path.with_suffix(".vtt")
        if path.stem in _KNOWN:
            yield Spoken(path.name, path, words(_KNOWN[path.stem]), is_clean=True)
        elif text.exists():
            yield Spoken(path.name, path, words(text.read_text(encoding="utf-8")), is_clean=True)
        elif captions.exists():
            yield Spoken(path.name, path, words(_of_captions(captions)), is_clean=False)


def _of_captions(path: Path) -> str:
    blocks = path.read_text(encoding="utf-8").replace("\r", "").split("\n\n")
    texts = [block.split("-->", 1)[1].split("\n", 1)[1:] for block in blocks if "-->" in block]
    return re.sub(r"<[^>]*>", "", " ".join(text[0] for text in texts if text))


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text in one spelling."""
    plain = text.lower().replace("\u2019", "'")
    found = re.findall(r"[\w']+", re.sub(r"</?s>|\(.*?\)", "", plain))
    return tuple(_SPELLINGS.get(word, word) for word in found)


def join(parts: Iterable[Spoken], least_s: float, target: Path) -> Spoken:
    """Write files one after another, with half a second between, until it is long enough."""
    held = list(parts)
    said: list[str] = []
    part = target.with_name("part.wav")
    with wave.open(str(target), "wb") as out:
        out.setparams((1, 2, audio.RATE, 0, "NONE", ""))
        while out.tell() < least_s * audio.RATE:
            for spoken in held:
                audio.decode(spoken.path, part)
                out.writeframes(part.read_bytes()[44:] + bytes(audio.RATE))
                said += spoken.words
    return Spoken("the clean ones, joined", target, tuple(said), is_clean=True)


def errors(known: tuple[str, ...], heard: tuple[str, ...]) -> int:
    """Return the fewest insertions, deletions and replacements of words (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(known, 1):
        above, row[0] = row[0], number
        for at, other in enumerate(heard, 1):
            above, row[at] = row[at], min(above + (word != other), row[at] + 1, row[at - 1] + 1)
    return row[-1]


def cpu_s(insight: Insight) -> float:
    """Return the processor time of the engines' process; 0 before it runs."""
    if insight.pid is None:
        return 0.0
    times = psutil.Process(insight.pid).cpu_times()
    return float(times.user + times.system)
