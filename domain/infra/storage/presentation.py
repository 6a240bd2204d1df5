"""Response headers of stored files: user uploads must never run in a browser."""

from urllib.parse import quote

_SHOWN = ("video/", "audio/")
_SHOWN_TYPES = frozenset(
    {"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "text/plain"}
)
# Types that a browser could run; never declared as such, even in a download.
_ACTIVE = ("html", "xml", "svg", "script", "css", "shockwave", "wasm")


def served_type(content_type: str) -> str:
    """Return a file's served type: anything runnable becomes plain bytes."""
    kind = _kind(content_type)
    return "application/octet-stream" if any(w in kind for w in _ACTIVE) else content_type


def disposition(filename: str, content_type: str, *, inline: bool) -> str:
    """Return a file's `Content-Disposition`: inline only if requested and harmless.

    Names in any language are encoded as in RFC 6266 and RFC 8187.
    """
    kind = _kind(served_type(content_type))
    is_shown = inline and (kind.startswith(_SHOWN) or kind in _SHOWN_TYPES)
    plain = "".join(c if _is_plain(c) else "_" for c in filename)
    how = "inline" if is_shown else "attachment"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _is_plain(letter: str) -> bool:
    return letter.isascii() and letter.isprintable() and letter not in '"\\%'


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
