"""The QR code that a phone scans to go live."""

import pytest

from webapp.app.pages.live.phone import qr_code, why_no_qr


def test_a_code_is_a_picture_that_needs_nothing_else() -> None:
    svg = qr_code("https://192.0.2.7:8000/go-live/garden")
    assert svg.startswith("<svg")
    assert "viewBox" in svg
    assert "script" not in svg


@pytest.mark.parametrize(
    "origin", ["http://localhost:8000", "https://localhost:8000", "http://192.0.2.7:8000"]
)
def test_no_code_where_a_phone_would_get_no_camera(origin: str) -> None:
    assert why_no_qr(origin)


def test_a_secure_address_of_the_network_serves() -> None:
    assert why_no_qr("https://192.0.2.7:8000") is None
