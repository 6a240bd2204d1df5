"""Files to send: what globs name, what kind each is, and texts without their secrets."""

import glob
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from webapp.agent import png
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
# How files begin that are no text, whatever their name is.
_BINARY = tuple(
    (re.compile(start, re.DOTALL), kind)
    for start, kind in (
        (rb"\x89PNG\r\n\x1a\n", "image/png"),
        (rb"\xff\xd8\xff", "image/jpeg"),
        (rb"GIF8", "image/gif"),
        (rb"RIFF.{4}WEBP", "image/webp"),
        (rb"%PDF-", "application/pdf"),
        (rb"PK\x03\x04", "application/zip"),
        (rb"\x1f\x8b", "application/gzip"),
    )
)
_SHOWN = ("image/", "video/", "application/pdf")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
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
    paths: Sequence[Path],
    folder: Path,
    also: re.Pattern[str] | None,
    *,
    is_masked: bool,
    rectangles: Sequence[tuple[int, int, int, int]] = (),
) -> list[Upload]:
    """Return what to send of some files; masked copies are written to a folder.

    Raises:
        UsageError: A file is too large, cannot be read, or is a picture that cannot be blackened.
    """
    found = [
        _prepared(path, folder / str(number), also, is_masked=is_masked)
        for number, path in enumerate(paths)
        if _size(path) > 0
    ]
    if not rectangles:
        return found
    return [
        _blackened(each, folder / f"{number}.png", rectangles)
        if each.mime_type.startswith(_SHOWN)
        else each
        for number, each in enumerate(found)
    ]


def _blackened(file: Upload, copy: Path, rectangles: Sequence[tuple[int, int, int, int]]) -> Upload:
    try:
        copy.write_bytes(png.blacken(file.path.read_bytes(), rectangles))
    except png.PngError as error:
        raise UsageError(
            f"--mask cannot blacken {file.path}: it takes only PNG files that are whole."
            " Save it as one, or blacken it first."
        ) from error
    return replace(file, path=copy)


def _size(path: Path) -> int:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise UsageError(f"{path} has {size} bytes; a file can have at most {MAX_BYTES}.")
    return size


def _prepared(path: Path, copy: Path, also: re.Pattern[str] | None, *, is_masked: bool) -> Upload:
    try:
        head = _head(path)
        text, encoding = _text(path, head)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    mime_type, asset_type = kind_of(path, head, is_text=text is not None)
    if text is None:
        return Upload(path, path.name, mime_type, asset_type)
    masked = mask(text, also)
    if masked.findings and is_masked:
        copy.write_bytes(masked.text.encode(encoding, "surrogateescape"))
        path, name = copy, path.name
    else:
        name = path.name
    return Upload(path, name, mime_type, asset_type, masked.findings)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


def _text(path: Path, head: bytes) -> tuple[str | None, str]:
    """Return a file's text and its encoding, or None if it is not text."""
    encoding = "utf-16" if head.startswith(_UTF_16) else "utf-8"
    if _by_content(head) or (encoding == "utf-8" and b"\0" in head):
        return None, ""
    if path.stat().st_size > _MASKED_BYTES:
        raise UsageError(
            f"{path} is too large to look for secrets in. Send its end, or use --no-mask."
        )
    errors = "surrogateescape" if encoding == "utf-8" else "replace"
    return path.read_bytes().decode(encoding, errors), encoding


def is_picture(path: Path) -> bool:
    """Whether a file's name or content says that it shows something, documents too."""
    return kind_of(path, _head(path), is_text=False)[0].startswith(_SHOWN)


def _by_content(head: bytes) -> str:
    return next((kind for start, kind in _BINARY if start.match(head)), "")


def kind_of(path: Path, head: bytes, *, is_text: bool) -> tuple[str, str]:
    """Return a file's media type and the kind of asset it is; a name is believed if it can be."""
    suffix = path.suffix.lower() or path.name.lower()
    plain = "text/plain" if is_text else "application/octet-stream"
    mime_type = _TYPES.get(suffix) or _by_content(head) or plain
    if is_text and mime_type not in {"text/html", "image/svg+xml"}:
        mime_type = plain
    if mime_type in {"image/png", "image/jpeg", "image/webp", "image/gif"}:
        return mime_type, "screenshot"
    if mime_type.startswith("video/"):
        return mime_type, "screen_recording"
    if suffix in _LOGS:
        return mime_type, "log_file"
    return mime_type, "config_file" if suffix in _CONFIGS else "other"
