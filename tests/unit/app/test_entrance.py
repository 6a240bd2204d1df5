"""The forms before sign-in, as a browser without scripts sends them."""

import pytest
from httpx import Response

from domain.core.errors import StorageUnavailable
from domain.core.settings import Settings
from tests.fakes.house import FakeHouse
from tests.fakes.people import FIRST_LINK, INVITATION, PASSWORD
from tests.unit.app.conftest import Visitor

ORIGIN = {"Origin": "http://localhost:8000"}
NEW = {"email": "nia@example.org", "password": PASSWORD, "name": "Nia", "organization": "Lab"}
FORMS = (
    "/sign-in",
    "/sign-up",
    "/sign-out",
    "/settings/password",
    "/switch-organisation",
    "/forgot-password",
    "/reset/reset",
)
EXPIRED = "/invite/gone"


@pytest.fixture
def library() -> FakeHouse:
    house = FakeHouse(Settings(demo=True))
    house.signed_in = False
    return house


async def post(user: Visitor, path: str, **values: str) -> Response:
    return await user.http_client.post(path, data=values, headers=ORIGIN)


async def test_signing_in_leads_to_where_one_wanted_to_go(
    user: Visitor, library: FakeHouse
) -> None:
    shown = await user.http_client.get("/sign-in?next=%2Fgallery%3Ftab%3Dsnapshots")
    assert 'name="next" value="/gallery?tab=snapshots"' in shown.text
    assert "<script>" not in shown.text
    values = {"email": " Ada@example.org", "next": "/gallery?tab=snapshots"}
    wrong = await post(user, "/sign-in", password="not that one", **values)
    assert wrong.status_code == 401
    assert "The email or the password is wrong. Try again." in wrong.text
    assert "Ada@example.org" in wrong.text
    assert "not that one" not in wrong.text
    right = await post(user, "/sign-in", password=PASSWORD, **values)
    assert right.status_code == 303
    assert right.headers["location"] == "/gallery?tab=snapshots"
    assert "moments_session=ms_new; Path=/;" in right.headers["set-cookie"]
    again = await user.http_client.get("/sign-in?next=https://evil.example")
    assert again.headers["location"] == "/library"


async def test_guessing_is_limited(user: Visitor, library: FakeHouse) -> None:
    library.accounts.is_limited = True
    answer = await post(user, "/sign-in", email="ada@example.org", password="x")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"
    assert "Too many attempts." in answer.text


@pytest.mark.parametrize(
    "path", ["/sign-in", "/sign-out", "/settings/password", "/sign-up", "/switch-organisation"]
)
async def test_a_foreign_page_s_form_is_refused(
    user: Visitor, library: FakeHouse, path: str
) -> None:
    for headers in ({}, {"Origin": "https://evil.example"}):
        answer = await user.http_client.post(path, data={"email": "a"}, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


async def test_a_form_of_nonsense_is_refused(user: Visitor) -> None:
    huge = await post(user, "/sign-in", email="x" * 70_000)
    many = await post(user, "/sign-in", **{f"f{number}": "x" for number in range(60)})
    odd = await user.http_client.post("/sign-in", content=b"email=%00%ff&\xff", headers=ORIGIN)
    assert [huge.status_code, many.status_code, odd.status_code] == [400, 400, 401]


@pytest.mark.parametrize("library", [FakeHouse(Settings(sign_up="open"))])
async def test_an_account_of_ones_own_where_sign_up_is_open(
    user: Visitor, library: FakeHouse
) -> None:
    refused = await post(user, "/sign-up", **{**NEW, "email": "no", "password": "short"})
    assert refused.status_code == 400
    assert "Email is not an email address." in refused.text
    assert "Password must have at least 8 characters." in refused.text
    assert 'value="Lab"' in refused.text
    taken = await post(user, "/sign-up", **{**NEW, "email": "taken@example.org"})
    assert "There is already an account with this email address." in taken.text
    made = await post(user, "/sign-up", **NEW)
    assert made.headers["location"] == "/library"


async def test_sign_up_is_closed_by_default(user: Visitor, library: FakeHouse) -> None:
    closed = await user.http_client.get("/sign-up")
    assert closed.status_code == 404
    assert "Sign-up is closed here" in closed.text


async def test_the_first_start_works_once(user: Visitor, library: FakeHouse) -> None:
    path = f"/first-start/{FIRST_LINK}"
    assert "Make it yours" in (await user.http_client.get(path)).text
    made = await post(user, path, **NEW)
    assert made.headers["location"] == "/watch/demo"
    assert "moments_session=" in made.headers["set-cookie"]
    again = await user.http_client.get(path)
    assert again.status_code == 404
    assert "This link has expired" in again.text


async def test_the_first_start_says_what_does_not_run_yet(
    user: Visitor, library: FakeHouse
) -> None:
    path = f"/first-start/{FIRST_LINK}"
    assert "Everything is running." in (await user.http_client.get(path)).text
    assert "Everything is running." not in (await user.http_client.get("/sign-in")).text
    library.store.has_node = False
    assert "The media node is not answering yet." in (await user.http_client.get(path)).text
    library.store.trouble = StorageUnavailable("The disk is full.")
    shown = (await user.http_client.get(path)).text
    assert "The database and the storage and the media node are not answering yet." in shown


async def test_an_invitation_makes_an_account(user: Visitor, library: FakeHouse) -> None:
    path = f"/invite/{INVITATION}"
    shown = await user.http_client.get(path)
    assert "Join Acme" in shown.text
    assert "Ada invites you to capture together, as member." in shown.text
    assert "/sign-in?next=%2Finvite%2Finvited" in shown.text
    made = await post(user, path, **{**NEW, "organization": ""})
    assert made.headers["location"] == "/library"
    assert library.accounts.user.name == "Nia"
    assert (await user.http_client.get(EXPIRED)).status_code == 404
    assert (await post(user, EXPIRED, **NEW)).status_code == 404


async def test_somebody_signed_in_joins_as_themselves(user: Visitor, library: FakeHouse) -> None:
    library.signed_in = True
    path = f"/invite/{INVITATION}"
    assert "Join as ada@example.org" in (await user.http_client.get(path)).text
    answer = await post(user, path)
    assert "You are already a member of this organization." in answer.text


async def test_another_organisation_is_opened_by_a_form(user: Visitor, library: FakeHouse) -> None:
    values = {"id": "org_2", "next": "/settings/members"}
    signed_out = await post(user, "/switch-organisation", **values)
    assert signed_out.headers["location"] == "/sign-in?next=%2Fsettings%2Fmembers"
    library.signed_in = True
    answer = await post(user, "/switch-organisation", **values)
    assert answer.headers["location"] == "/settings/members"
    assert library.accounts.switched == ["org_2"]
    refused = await post(user, "/switch-organisation", id="org_of_others")
    assert refused.status_code == 404


async def test_signing_out_ends_one_session_or_all(user: Visitor, library: FakeHouse) -> None:
    library.signed_in = True
    answer = await post(user, "/sign-out")
    assert answer.headers["location"] == "/sign-in"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert not library.signed_in
    library.signed_in = True
    await post(user, "/sign-out", everywhere="yes")
    assert library.accounts.logins == []
    await post(user, "/sign-out", everywhere="yes")  # nobody is signed in any more


async def test_the_password_is_changed_by_a_form(user: Visitor, library: FakeHouse) -> None:
    async def code(**values: str) -> str:
        answer = await post(user, "/settings/password", **values)
        return answer.headers["location"]

    assert await code(current="", new="") == "/sign-in?next=%2Fsettings%2Fprofile"
    library.signed_in = True
    page = "/settings/profile?password="
    assert await code(current="wrong", new="another long one") == page + "wrong"
    assert await code(current=PASSWORD, new="short") == page + "invalid"
    assert await code(current=PASSWORD, new="another long one") == page + "changed"
    library.accounts.is_limited = True
    assert await code(current=PASSWORD, new="another long one") == page + "limited"


async def test_what_was_typed_is_only_text(user: Visitor) -> None:
    hostile = '"><script>alert(1)</script>{{ 7*7 }}'
    answer = await post(user, "/sign-in", email=hostile, password="x")
    assert "<script>alert" not in answer.text
    assert "{{ 7*7 }}" in answer.text


async def test_a_forgotten_password_is_set_by_a_link(user: Visitor, library: FakeHouse) -> None:
    assert 'href="/forgot-password"' in (await user.http_client.get("/sign-in")).text
    wrong = await post(user, "/forgot-password", email="nonsense")
    assert "Email is not an email address." in wrong.text
    known = await post(user, "/forgot-password", email="ada@example.org")
    unknown = await post(user, "/forgot-password", email="nobody@example.org")
    assert known.status_code == unknown.status_code == 200
    assert known.text == unknown.text
    assert library.resets.asked == ["ada@example.org", "nobody@example.org"]
    assert "For ada@example.org." in (await user.http_client.get("/reset/reset")).text
    short = await post(user, "/reset/reset", password="short")
    assert "Password must have at least 8 characters." in short.text
    done = await post(user, "/reset/reset", password="another long one")
    assert done.headers["location"] == "/library"
    assert "moments_session=ms_new" in done.headers["set-cookie"]
    assert library.accounts.password == "another long one"
    for again in (
        await user.http_client.get("/reset/reset"),
        await post(user, "/reset/reset", password="another long one"),
    ):
        assert again.status_code == 404
        assert "This link has expired" in again.text
    library.accounts.is_limited = True
    limited = await post(user, "/forgot-password", email="ada@example.org")
    assert limited.status_code == 429


async def test_without_a_mail_server_an_admin_is_asked(user: Visitor, library: FakeHouse) -> None:
    library.resets.is_by_mail = False
    shown = await user.http_client.get("/forgot-password")
    assert "Ask an owner or admin of your organisation for a link" in shown.text
    assert "<form" not in shown.text
