"""How a stored file is shown: what people uploaded must be able to do nothing where it is shown."""

from urllib.parse import quote

_SHOWN = ("video/", "audio/")
_SHOWN_TYPES = frozenset(
    {"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "text/plain"}
)
# What a browser could run; never named as such, even in a download.
_ACTIVE = ("html", "xml", "svg", "script", "css", "shockwave", "wasm")


def served_type(content_type: str) -> str:
    """Return the type that a file is served as: what could run is only bytes."""
    kind = _kind(content_type)
    return "application/octet-stream" if any(w in kind for w in _ACTIVE) else content_type


def disposition(filename: str, content_type: str, *, inline: bool) -> str:
    """Return the `Content-Disposition` of a file: shown only when wanted and harmless.

    Names in any language are carried as RFC 6266 and RFC 8187 say.
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
