"""Speech recognition: word errors, processor time and memory, against pocketsphinx.

Run: python -m benchmarks.hearing [--media FOLDER]
Needs speech with known words (see `_speech_files`); skipped without. `pip install pocketsphinx`
adds the comparison. Also says how many cuts at sentences would be inside speech. Fails above .05
word errors on 30 s of clean English, .25 processor seconds per second, or 650 MB.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks._speech_files import FOLDER, Spoken, cpu_s, errors, files, join, words
from domain.insight import audio, gaps, signals
from domain.insight.facts import Line, Span
from domain.insight.models import ModelChoice
from domain.insight.service import Insight

_INSIDE_S = 0.03
_RANDOM = 2000


@dataclass
class Sum:
    """What an engine did on all files."""

    wrong: int = 0
    words: int = 0
    cpu_s: float = 0.0
    audio_s: float = 0.0

    def add(self, wrong: int, known: int, cpu_s: float, audio_s: float) -> None:
        """Add a file."""
        self.wrong, self.words = self.wrong + wrong, self.words + known
        self.cpu_s, self.audio_s = self.cpu_s + cpu_s, self.audio_s + audio_s

    def __str__(self) -> str:
        share = self.cpu_s / max(self.audio_s, 1e-9)
        return f"WER {self.wrong / max(self.words, 1):.3f}  {share:.3f} CPU s per audio s"


@dataclass
class Cuts:
    """Instants to cut, and those inside speech."""

    inside: dict[str, int] = field(default_factory=dict)
    all_: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, instant: float, speech: Sequence[Span]) -> None:
        """Count a cut."""
        is_in = any(a + _INSIDE_S < instant < b - _INSIDE_S for a, b in speech)
        self.inside[name] = self.inside.get(name, 0) + is_in
        self.all_[name] = self.all_.get(name, 0) + 1

    def share(self, name: str) -> float:
        """Return the share inside speech."""
        return self.inside.get(name, 0) / max(self.all_.get(name, 0), 1)


async def ours(spoken: Sequence[Spoken], folder: Path, cuts: Cuts) -> tuple[Sum, float, bool]:
    """Measure our engine; return its sum, its most memory, and whether it is good enough."""
    insight, total, is_good = Insight(ModelChoice()), Sum(), True
    decoded = folder / "decoded.wav"
    for number, each in enumerate((spoken[0], *spoken)):  # the first one loads the models
        started = cpu_s(insight)
        seconds = await insight.decode(each.path, decoded)
        speech = await insight.speech(decoded)
        heard = await insight.transcribe(decoded, speech)
        used = cpu_s(insight) - started
        said = words(" ".join(line.text for line in heard.lines))
        wrong = errors(each.words, said)
        one = Sum(wrong, len(each.words), used, seconds)
        print(f"{'loading, ' if not number else ''}{each.name:45} {seconds:5.1f} s  {one}")
        if not number:
            continue
        total.add(wrong, len(each.words), used, seconds)
        _cut(cuts, heard.lines, speech, decoded)
        if each.is_clean and seconds >= 30:
            is_good &= wrong <= 0.05 * len(each.words) and used <= 0.25 * seconds
    peak = _peak_mb(insight)
    await insight.close()
    return total, peak, is_good and peak <= 650


def _peak_mb(insight: Insight) -> float:
    pid = insight.pid or 0
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        held = status.read_text(encoding="utf-8")
        return int(held.split("VmHWM:")[1].split()[0]) / 1000
    return float(psutil.Process(pid).memory_info().rss) / 1e6


def _cut(cuts: Cuts, lines: Sequence[Line], speech: Sequence[Span], file: Path) -> None:
    end_s, chance = audio.duration(file), random.Random(1)
    for _ in range(_RANDOM // 10):
        cuts.add("random instants", chance.uniform(0, end_s), speech)
    for sentence in signals.sentences_of(lines):
        for instant, is_start in ((sentence.start_s, True), (sentence.end_s, False)):
            cuts.add("sentences as recognised", instant, speech)
            snapped = gaps.snap(instant, speech, end_s, is_start=is_start)
            if snapped == instant:
                snapped = gaps.quietest(file, instant)
            cuts.add("the same, moved into gaps", snapped, speech)


def pocketsphinx(spoken: Sequence[Spoken], folder: Path) -> Sum | None:
    """Measure pocketsphinx, if it is installed."""
    try:
        from pocketsphinx import Decoder  # noqa: PLC0415
    except ImportError:
        return None
    decoder, total, decoded = Decoder(samprate=audio.RATE), Sum(), folder / "decoded.wav"
    for each in spoken:
        seconds = audio.decode(each.path, decoded)
        started = time.process_time()
        decoder.start_utt()
        decoder.process_raw(decoded.read_bytes()[44:], full_utt=True)
        decoder.end_utt()
        said = words(decoder.hyp().hypstr if decoder.hyp() else "")
        used = time.process_time() - started
        total.add(errors(each.words, said), len(each.words), used, seconds)
    return total


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--media", type=Path, default=FOLDER)
    spoken = list(files(options.parse_args().media))
    reason = Insight(ModelChoice()).available()["speech"]
    if not spoken or reason:
        print(f"skipped: {reason or 'no speech with known words'}")
        return 0
    with tempfile.TemporaryDirectory(prefix="moments-hearing-") as name:
        folder, cuts = Path(name), Cuts()
        clean = [each for each in spoken if each.is_clean]
        spoken.append(join(clean, 30, folder / "joined.wav"))
        total, peak, is_good = asyncio.run(ours(spoken, folder, cuts))
        other = pocketsphinx(spoken, folder)
    print(f"ours          {total}  at most {peak:.0f} MB")
    print(f"pocketsphinx  {other or 'is not installed'}")
    for kind in cuts.all_:
        print(f"cuts inside speech, {kind:26} {cuts.share(kind):.2f} of {cuts.all_[kind]}")
    return 0 if is_good and cuts.share("the same, moved into gaps") <= 0.25 else 1


if __name__ == "__main__":
    sys.exit(main())
