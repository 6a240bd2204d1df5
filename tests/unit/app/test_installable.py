"""What other apps share arrives as a form, whatever they send."""

import pytest

from tests.unit.app.conftest import Visitor

_LINK = "https://youtu.be/dQw4w9WgXcQ"


async def test_a_shared_link_becomes_a_new_mark(user: Visitor) -> None:
    form = {"text": (None, f"Hear this {_LINK}"), "title": (None, "")}
    answer = await user.http_client.post("/marks/share", files=form)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/mark?text=Hear+this+https%3A%2F%2Fyoutu.be")
    answer = await user.http_client.get("/marks/share", params={"url": _LINK})
    assert answer.headers["location"].startswith("/mark?url=https")


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"a" * 100_000, 413),
        ("application/x-www-form-urlencoded", b"text=" + b"a" * 100_000, 413),
        ("multipart/form-data; boundary=x", b"--x\r\nno header", 400),
        ("multipart/form-data", b"text", 400),
        ("text/plain", b"text", 400),
    ],
)
async def test_what_is_no_small_form_is_refused(
    user: Visitor, content_type: str, body: bytes, status: int
) -> None:
    headers = {"content-type": content_type}
    answer = await user.http_client.post("/marks/share", content=body, headers=headers)
    assert answer.status_code == status
    assert "Copy the link" in answer.text
