"""Files to send: what globs name, what kind each is, and texts without their secrets."""

import glob
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from webapp.agent.errors import UsageError
from webapp.agent.masking import mask

MAX_BYTES = 524_288_000  # what the server takes
MAX_FILES = 500
_MASKED_BYTES = 64 * 1024 * 1024  # a larger text would need too much memory
_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".mov": "video/quicktime",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
    ".gz": "application/gzip",
    ".html": "text/html",
    ".svg": "image/svg+xml",
}
_LOGS = frozenset({".log", ".txt", ".out", ".err", ".trace"})
_CONFIGS = frozenset(
    {".json", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".env", ".xml", ".properties"}
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send under a name."""

    path: Path
    name: str
    mime_type: str
    asset_type: str
    findings: int = 0


def expand(patterns: Iterable[str]) -> list[Path]:
    """Return the files that paths and globs name, each once, in order.

    Raises:
        UsageError: One names nothing, or there are too many.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        names = [pattern] if Path(pattern).is_file() else glob.glob(pattern, recursive=True)  # noqa: PTH207 (absolute ones too)
        files = [path for name in sorted(names) if (path := Path(name)).is_file()]
        if not files:
            raise UsageError(f"There is no file {pattern!r}. Check the path.")
        found.update(dict.fromkeys(files))
    if len(found) > MAX_FILES:
        raise UsageError(f"{len(found)} files match; a moment holds {MAX_FILES}. Choose fewer.")
    return list(found)


def prepare(
    paths: Sequence[Path], folder: Path, also: re.Pattern[str] | None, *, is_masked: bool
) -> list[Upload]:
    """Return what to send of some files; masked copies of texts are written to a folder.

    Raises:
        UsageError: A file is too large or cannot be read.
    """
    return [
        _prepared(path, folder / str(number), also, is_masked=is_masked)
        for number, path in enumerate(paths)
        if _size(path) > 0
    ]


def _size(path: Path) -> int:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise UsageError(f"{path} has {size} bytes; a file can have at most {MAX_BYTES}.")
    return size


def _prepared(path: Path, copy: Path, also: re.Pattern[str] | None, *, is_masked: bool) -> Upload:
    try:
        text = _text(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    mime_type, asset_type = kind_of(path, is_text=text is not None)
    if text is None:
        return Upload(path, path.name, mime_type, asset_type)
    masked = mask(text, also)
    if masked.findings and is_masked:
        copy.write_text(masked.text, "utf-8", errors="surrogateescape", newline="")
        path, name = copy, path.name
    else:
        name = path.name
    return Upload(path, name, mime_type, asset_type, masked.findings)


def _text(path: Path) -> str | None:
    """Return a file's text, or None if it is not text."""
    with path.open("rb") as file:
        head = file.read(4096)
        if b"\0" in head or kind_of(path, is_text=False)[0].startswith(("image/p", "image/j")):
            return None
        if path.stat().st_size > _MASKED_BYTES:
            raise UsageError(
                f"{path} is too large to look for secrets in. Send its end, or use --no-mask."
            )
        return (head + file.read()).decode("utf-8", errors="surrogateescape")


def is_picture(path: Path) -> bool:
    """Whether a file's name says that it shows something: an image, a video or a document."""
    return kind_of(path, is_text=False)[0].startswith(("image/", "video/", "application/pdf"))


def kind_of(path: Path, *, is_text: bool) -> tuple[str, str]:
    """Return a file's media type and the kind of asset it is."""
    suffix = path.suffix.lower() or path.name.lower()
    mime_type = _TYPES.get(suffix) or ("text/plain" if is_text else "application/octet-stream")
    if mime_type in {"image/png", "image/jpeg", "image/webp", "image/gif"}:
        return mime_type, "screenshot"
    if mime_type.startswith("video/"):
        return mime_type, "screen_recording"
    if suffix in _LOGS:
        return mime_type, "log_file"
    return mime_type, "config_file" if suffix in _CONFIGS else "other"
