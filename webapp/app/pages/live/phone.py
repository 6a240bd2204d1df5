"""The QR code that leads a phone to its page to go live."""

from urllib.parse import urlsplit

import segno

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_INSECURE = (
    "Phones allow camera access on HTTPS pages only. Start Moments with `moments up --tls`, or "
    "set MOMENTS_PUBLIC_URL to the HTTPS address of your reverse proxy. Then a QR code appears "
    "here."
)
_ONLY_HERE = (
    "This Moments is reachable from this machine only. Start it with `moments up --tls`; then a "
    "QR code appears here."
)


def qr_code(text: str) -> str:
    """Return a QR code as SVG in the current text colour."""
    code = segno.make(text, error="m", micro=False)
    return str(code.svg_inline(border=2, dark="#090b12", light="#ffffff", omitsize=True))


def why_no_qr(origin: str) -> str | None:
    """Return why a phone cannot go live at an origin, or None if it can."""
    parts = urlsplit(origin)
    if parts.hostname in _LOOPBACK:
        return _ONLY_HERE
    return None if parts.scheme == "https" else _INSECURE
