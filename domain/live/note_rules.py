"""What titles, notes and labels must be like, and the names that captures get by themselves."""

import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from domain.core.errors import BadFields
from domain.infra.storage import safe_file_name
from domain.live.models import CaptureChange

_MAX_TITLE: Final = 200
_MAX_NOTE: Final = 5000
_MAX_LABELS: Final = 30
_MAX_LABEL: Final = 50
_EXTENSIONS: Final = {
    "video/mp4": "mp4",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
}


def clean_notes(title: str | None, note: str | None, labels: Sequence[str] | None) -> CaptureChange:
    """Return what was given, tidied.

    Raises:
        BadFields: One of them is too long or holds control characters.
    """
    title = None if title is None else _line(title)
    note = None if note is None else note.replace("\r\n", "\n").strip()
    labels = None if labels is None else list(dict.fromkeys(filter(None, map(_line, labels))))
    problems = {
        "title": _too_long(title, _MAX_TITLE),
        "note": _too_long(note, _MAX_NOTE),
        "labels": _labels_problem(labels or ()),
    }
    wrong = {field: problem for field, problem in problems.items() if problem}
    if wrong:
        raise BadFields(wrong)
    return CaptureChange(title, note, labels)


def default_title(name: str, instant: datetime) -> str:
    """Return what a capture is called until somebody names it: where it is from, and when."""
    return f"{name} {instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def file_name(title: str, mime_type: str) -> str:
    """Return the name to save a capture under."""
    extension = _EXTENSIONS.get(mime_type, "bin")
    plain = title.replace(":", ".").translate(dict.fromkeys(map(ord, '/\\<>"|?*'), "-"))
    name = safe_file_name(f"{plain}.{extension}")
    return name if name.endswith(f".{extension}") else f"moment.{extension}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _too_long(text: str | None, limit: int) -> str | None:
    if text is None:
        return None
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t" for c in text):
        return "holds control characters"
    return f"must have at most {limit} characters" if len(text) > limit else None


def _labels_problem(labels: Sequence[str]) -> str | None:
    if len(labels) > _MAX_LABELS:
        return f"must be at most {_MAX_LABELS}"
    problems = [problem for label in labels if (problem := _too_long(label, _MAX_LABEL))]
    return f"each {problems[0]}" if problems else None
