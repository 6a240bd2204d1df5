"""Error pages keep the frame for signed-in people."""

import httpx
import pytest

from domain.accounts.models import Caller
from tests.fakes.house import FakeHouse
from tests.unit.app.conftest import Visitor

FRAME = (
    '<header class="m-top">',
    'aria-label="Main, below"',
    'popovertarget="m-account"',
    'href="/library"',
)


@pytest.fixture
def library() -> FakeHouse:
    return FakeHouse()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/settings/nowhere", 404),
        ("/library/moment_nowhere", 404),
        ("/streams/nowhere", 404),
        ("/settings/vms/nowhere", 404),
        ("/settings/tokens", 500),
    ],
)
async def test_the_frame_stays_around_an_error(
    user: Visitor, library: FakeHouse, path: str, status: int
) -> None:
    async def broken(caller: Caller) -> list[object]:
        raise RuntimeError("a bug")

    library.tokens.list = broken  # type: ignore[method-assign,assignment]
    app = user.http_client._transport.app  # type: ignore[attr-defined]
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    cookies = {"moments_session": "ms_x"}
    async with httpx.AsyncClient(transport=transport, base_url="http://x", cookies=cookies) as http:
        answer = await http.get(path)
    assert answer.status_code == status
    assert all(part in answer.text for part in FRAME)
    assert answer.text.count("<main") == 1
    assert "a bug" not in answer.text


async def test_a_stranger_sees_no_frame(user: Visitor, library: FakeHouse) -> None:
    library.signed_in = False
    answer = await user.http_client.get("/nowhere")
    assert answer.status_code == 404
    assert "Page not found" in answer.text
    assert "m-top" not in answer.text


async def test_a_page_has_one_main(user: Visitor, library: FakeHouse) -> None:
    for path in ("/settings/profile", "/library"):
        await user.open(path)
        assert [each for each in user.page.elements.values() if each.tag == "main"] == []
        [main] = [each for each in user.page.elements.values() if each.props.get("id") == "main"]
        assert main.tag == "q-page"  # which Quasar draws as <main>
