"""`Content-Disposition` for names in any language (RFC 6266, RFC 8187)."""

from urllib.parse import quote


def attachment(file_name: str, *, inline: bool = False) -> str:
    """Return the header that saves (or shows) a file under a name."""
    plain = "".join(
        c if c.isascii() and c.isprintable() and c not in '"\\' else "_" for c in file_name
    )
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
