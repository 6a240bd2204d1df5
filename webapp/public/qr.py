"""Addresses as QR codes."""

import io
from functools import lru_cache

import segno
from litestar import Response

_KEPT = {"cache-control": "public, max-age=86400"}


def qr_answer(url: str) -> Response[bytes]:
    """Return an address as a QR code."""
    return Response(qr_svg(url), media_type="image/svg+xml", headers=_KEPT)


@lru_cache(maxsize=128)
def qr_svg(url: str) -> bytes:
    """Return a QR code as SVG, dark on white: as cameras read it best."""
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, scale=6, border=3, dark="#0b0e18", light="#ffffff"
    )
    return out.getvalue()
