"""Detects a file's type from its first bytes, if possible (WHATWG MIME Sniffing, 6)."""

from typing import Final

HEAD_BYTES: Final = 512

_MAGIC: Final = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"AVI ", "video/avi"),
    (8, b"WAVE", "audio/wave"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"MZ", "application/x-msdownload"),
)
# Containers with either audio only or video too.
_MEDIA: Final = frozenset({"video", "audio"})
_KNOWN: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def sniff(head: bytes) -> str | None:
    """Return the media type that a file's first bytes show, or None."""
    for offset, magic, media_type in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return media_type
    return None


def mismatch(declared: str, head: bytes) -> str | None:
    """Return why a file cannot be what it was declared as, or None."""
    kind = declared.partition(";")[0].strip().lower()
    major = kind.partition("/")[0]
    found = sniff(head)
    if found is None:
        is_binary = major == "text" and b"\0" in head
        is_wrong = is_binary or kind in _KNOWN
        return (
            (f"The file is not {kind}, as declared. Correct the type or the file.")
            if is_wrong
            else None
        )
    family = _MEDIA if major in _MEDIA else {major}
    is_checked = major in {"image", "text", *_MEDIA} and kind != "image/svg+xml"
    if is_checked and found.partition("/")[0] not in family:
        return f"The file is {found}, but {kind} was declared. Correct the type or the file."
    return None
