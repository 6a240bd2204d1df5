"""The real engines in their process, on a short speech.

It is from President Kennedy's inaugural address of 1961, which is in the public domain.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from domain.core.errors import Unavailable, UnsupportedMedia
from domain.insight.models import ModelChoice
from domain.insight.service import Insight

_SPEECH = Path(__file__).with_name("speech.opus")


@pytest.fixture(scope="module")
async def insight() -> AsyncIterator[Insight]:
    engines = Insight(ModelChoice())
    yield engines
    await engines.close()


async def test_speech_becomes_lines_with_words(insight: Insight, tmp_path: Path) -> None:
    audio, shares = tmp_path / "audio.wav", list[float]()
    assert await insight.decode(_SPEECH, audio) == pytest.approx(11.0, abs=0.05)
    heard = await insight.transcribe(audio, await insight.speech(audio), on_progress=shares.append)
    assert heard.language == "en"
    assert heard.certainty > 0.9
    assert " ".join(line.text for line in heard.lines).startswith("And so my fellow Americans")
    assert all(0 <= w.start_s <= w.end_s <= 11 for line in heard.lines for w in line.words)
    assert shares == [1.0]


async def test_what_has_no_audio_is_refused(insight: Insight, tmp_path: Path) -> None:
    empty, page = tmp_path / "empty.mp4", tmp_path / "page.mp4"
    empty.touch()
    page.write_text("<html>not a video</html>")
    for file in (empty, page, tmp_path / "absent.mp4"):
        with pytest.raises(UnsupportedMedia):
            await insight.decode(file, tmp_path / "audio.wav")


async def test_a_process_that_dies_costs_one_request(insight: Insight, tmp_path: Path) -> None:
    audio = tmp_path / "audio.wav"
    audio.write_bytes(bytes(44) + np.zeros(16000, np.int16).tobytes())
    assert await insight.speech(audio) == []
    assert insight.pid is not None
    os.kill(insight.pid, signal.SIGSTOP)
    asked = asyncio.create_task(insight.speech(audio))
    await asyncio.sleep(0)
    os.kill(insight.pid, signal.SIGKILL)
    with pytest.raises(Unavailable, match="unexpectedly"):
        await asked
    assert await insight.speech(audio) == []
    with pytest.raises(Unavailable, match="AttributeError"):
        await insight._ask("audio", "absent")
    assert await insight.speech(audio) == []


def test_who_only_asks_loads_no_engine() -> None:
    """Idle processes build all services; engines and media are for processes of their own."""
    code = "import sys, domain.bootstrap; print([m for m in sys.argv[1:] if m in sys.modules])"
    heavy = ("numpy", "av", "onnxruntime", "faster_whisper", "tokenizers", "ctranslate2")
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


def test_a_missing_model_is_a_reason() -> None:
    reasons = Insight(ModelChoice(speech="/nowhere")).available()
    assert "make models" in (reasons["speech"] or "")
    assert Insight(ModelChoice(speech="small", downloads=True)).available()["speech"] is None
