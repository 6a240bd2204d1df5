"""Signing in and out, people, roles, invitations and tokens, over HTTP."""

import io
import zipfile

import asyncpg

from domain.core.secrets import hash_token
from tests.support.web import PASSWORD, Person, Web


async def test_who_is_nobody_is_told_so(web: Web) -> None:
    answer = await web.http.get("/api/auth/session")
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["x-request-id"]


async def test_signing_up_in_and_out(web: Web, ada: Person) -> None:
    me = await ada.http.get("/api/auth/session")
    assert me.status_code == 200
    assert me.json()["user"]["email"] == ada.email
    assert me.json()["organization"]["role"] == "owner"

    answer = await web.http.post(
        "/api/auth/sign-in", json={"email": ada.email, "password": PASSWORD}
    )
    assert answer.status_code == 200
    line = answer.headers["set-cookie"]
    assert "HttpOnly" in line
    assert "SameSite=Lax" in line
    web.http.cookies.clear()
    cookie = {"Cookie": f"moments_session={answer.cookies['moments_session']}", "Origin": web.url}
    assert (await web.http.get("/api/auth/session", headers=cookie)).status_code == 200

    out = await web.http.post("/api/auth/sign-out", headers=cookie)
    assert out.json() == {"success": True}
    assert "Max-Age=0" in out.headers["set-cookie"]
    web.http.cookies.clear()
    assert (await web.http.get("/api/auth/session", headers=cookie)).status_code == 401


async def test_a_wrong_password_and_an_unknown_address_look_the_same(web: Web, ada: Person) -> None:
    wrong = await web.http.post("/api/auth/sign-in", json={"email": ada.email, "password": "no"})
    unknown = await web.http.post(
        "/api/auth/sign-in", json={"email": "nobody@example.org", "password": "no"}
    )
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


async def test_guessing_passwords_is_limited(web: Web, bob: Person) -> None:
    for _ in range(30):
        answer = await web.http.post(
            "/api/auth/sign-in", json={"email": bob.email, "password": "guess"}
        )
        if answer.status_code == 429:
            break
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.json()["code"] == "rate_limited"


async def test_a_new_address_wants_the_password(web: Web) -> None:
    ada = await web.person()
    body = {"name": "Ada", "email": f"new.{ada.email}"}
    refused = await ada.http.patch("/api/auth/profile", json=body)
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["password"])
    changed = await ada.http.patch("/api/auth/profile", json=body | {"password": PASSWORD})
    assert changed.json()["email"] == body["email"]
    named = await ada.http.patch("/api/auth/profile", json=body | {"name": "Ada L."})
    assert named.json()["name"] == "Ada L."


async def test_a_cookie_writes_for_our_own_pages_only(web: Web, ada: Person) -> None:
    cookie = f"moments_session={ada.cookie}"
    for origin in ("https://evil.example", "null", None):
        headers = {"Cookie": cookie} | ({"Origin": origin} if origin else {})
        answer = await web.http.post("/api/tokens", json={"name": "x"}, headers=headers)
        assert answer.status_code == 403, origin
        assert answer.json()["code"] == "foreign_origin"
        out = await web.http.post("/api/auth/sign-out", headers=headers)
        assert out.status_code == 403, origin
    assert (await ada.http.get("/api/auth/session")).status_code == 200


async def test_a_token_is_shown_once_and_revoked(web: Web, ada: Person) -> None:
    made = (await ada.http.post("/api/tokens", json={"name": "laptop"})).json()
    bearer = {"Authorization": f"Bearer {made['token']}"}
    assert (await web.http.get("/api/auth/session", headers=bearer)).status_code == 200
    listed = (await ada.http.get("/api/tokens")).json()
    assert listed["total"] == 1
    assert "token" not in listed["items"][0]
    assert made["token"].startswith(listed["items"][0]["prefix"])
    assert (await ada.http.delete(f"/api/tokens/{made['id']}")).json() == {"success": True}
    assert (await web.http.get("/api/auth/session", headers=bearer)).status_code == 401


async def test_an_invitation_lets_one_person_in(web: Web, ada: Person, bob: Person) -> None:
    made = await ada.http.post("/api/invitations", json={"role": "member"})
    assert made.status_code == 201
    assert made.json()["url"].startswith(f"{web.url}/invite/")
    token = made.json()["url"].rsplit("/", 1)[1]
    seen = (await web.http.get(f"/api/auth/invitations/{token}")).json()
    assert seen["role"] == "member"

    joined = await bob.http.post(f"/api/auth/invitations/{token}/join")
    assert joined.status_code == 200
    assert joined.json()["id"] == ada.organization_id
    assert (await web.http.get(f"/api/auth/invitations/{token}")).status_code == 404

    members = (await ada.http.get("/api/members")).json()
    assert members["total"] == 2
    roles = {m["email"]: m["role"] for m in members["items"]}
    assert roles == {ada.email: "owner", bob.email: "member"}
    bob_id = next(m["user_id"] for m in members["items"] if m["email"] == bob.email)

    as_member = {"x-organization-id": ada.organization_id}
    refused = await bob.http.post("/api/invitations", json={}, headers=as_member)
    assert refused.status_code == 403
    changed = await ada.http.patch(f"/api/members/{bob_id}", json={"role": "admin"})
    assert changed.json()["role"] == "admin"
    allowed = await bob.http.post("/api/invitations", json={}, headers=as_member)
    assert allowed.status_code == 201
    assert (await ada.http.delete(f"/api/members/{bob_id}")).status_code == 200
    gone = await bob.http.get("/api/members", headers=as_member)
    assert gone.status_code == 404


async def test_an_organisation_of_somebody_else_is_not_there(ada: Person, bob: Person) -> None:
    headers = {"x-organization-id": bob.organization_id}
    answer = await ada.http.get("/api/streams", headers=headers)
    assert answer.status_code == 404


async def test_preflights_are_for_configured_front_ends(web: Web) -> None:
    asked = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
    }
    answer = await web.http.options("/api/clips", headers=asked)
    assert "access-control-allow-origin" not in answer.headers
    assert "access-control-allow-methods" not in answer.headers


async def test_sign_in_takes_no_foreign_form(web: Web) -> None:
    answer = await web.http.post("/api/auth/sign-in", data={"email": "a", "password": "b"})
    assert answer.status_code == 415


async def test_first_start_is_over_once_somebody_is_there(web: Web, ada: Person) -> None:
    answer = await web.http.get("/api/auth/first-start/not-the-link-at-all")
    assert answer.status_code == 404


async def test_a_browser_stays_signed_in_while_it_is_used(web: Web) -> None:
    ada = await web.person()

    async def set_again(method: str, path: str) -> str:
        """Return the cookie that a request sets when the last one was a while ago."""
        await _pass_time(web, ada)
        answer = await ada.http.request(method, path, headers={"Idempotency-Key": "a"})
        assert answer.headers["cache-control"] == "no-store"
        return ", ".join(answer.headers.get_list("set-cookie"))

    for path in ("/api/streams", "/live"):
        kept = await set_again("GET", path)
        assert kept.startswith(f"moments_session={ada.cookie}; Path=/; Max-Age=2592000;"), path
        assert "set-cookie" not in (await ada.http.get(path)).headers  # it has just been set
    ended = await set_again("POST", "/api/auth/sign-out")
    assert ended.startswith("moments_session=; Path=/; Max-Age=0;")
    assert ada.cookie not in ended


async def _pass_time(web: Web, person: Person) -> None:
    assert web.settings.database_url is not None
    database = await asyncpg.connect(web.settings.database_url.get_secret_value())
    try:
        await database.execute(
            "UPDATE login_session SET last_seen_at = last_seen_at - interval '2 minutes'"
            " WHERE token_hash = $1",
            hash_token(person.cookie),
        )
    finally:
        await database.close()


async def test_an_account_is_taken_along_and_ends(web: Web) -> None:
    zoe = await web.person()
    made = await zoe.http.get("/api/auth/export")
    assert made.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(made.content)) as found:
        assert zoe.email in found.read("account.json").decode()
    assert (await web.http.get("/api/auth/export")).status_code == 401
    assert (await zoe.http.put("/api/profiles/me", json={"handle": "zoe"})).status_code == 200
    assert (await web.http.get("/u/zoe")).status_code == 200
    wrong = await zoe.http.post("/api/auth/delete", json={"password": "wrong"})
    assert (wrong.status_code, wrong.json()["fields"]) == (400, {"password": "is wrong"})
    token = await zoe.token()
    ended = await zoe.http.post("/api/auth/delete", json={"password": PASSWORD})
    assert (ended.status_code, ended.json()) == (202, {"success": True})
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await web.http.get("/api/marks", headers=bearer)).status_code == 401
    assert (await zoe.http.get("/api/marks")).status_code == 401
    body = {"email": zoe.email, "password": PASSWORD}
    assert (await web.http.post("/api/auth/sign-in", json=body)).status_code == 401
    gone = await web.http.get("/u/zoe")
    assert gone.status_code == 410
    assert "deleted their account" in gone.text
