"""The agent's single file against a real server: what it captures, sends and prints."""

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import command
from tests.support.agent import Agent, repository
from tests.support.web import Person, Web

SECRET = "ghp_" + "a1B2" * 9
PAGE = """<title>Shop</title>
<style>@keyframes slide { to { transform: translateX(300px) } }
div { width: 50px; height: 50px; background: %s; animation: slide 1s infinite }
p:hover { color: red }</style>
<p>Welcome</p><input autofocus><div></div>"""


class Site(http.server.BaseHTTPRequestHandler):
    """A page whose colour is in its address."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write((PAGE % self.path[1:]).encode())

    def log_message(self, *_words: object) -> None:
        """Log nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.browser
async def test_a_page_is_captured_with_its_commit(
    agent: Agent, ada: Person, site: str, tmp_path: Path
) -> None:
    """Twice the same: nothing moves, blinks or is hovered; and no secret leaves the machine."""
    command("chromium")
    repo = repository(tmp_path / "repo")
    repo.commit("First", page_html="<p>")
    commit = repo.commit("Make it blue", page_html="<b>", env_txt=f"TOKEN={SECRET}\n")
    repo.git("checkout", "--quiet", "--detach")
    (tmp_path / "app.log").write_text(f"started\nAuthorization: Bearer {SECRET}\n")
    agent.environment["GITHUB_HEAD_REF"] = "feature/blue"
    options = ("--repo", str(repo.folder), "--size", "400x300")
    done = await agent.run(
        "capture", "--url", f"{site}/blue", "--url", f"{site}/blue", "--file", "*.log", *options
    )
    assert (done.code, done.err) == (0, "")
    url, markdown = done.out.splitlines()
    moment_id = url.rpartition("/")[2]
    assert markdown == f"[Make it blue]({url})"
    found = (await ada.http.get(f"/api/moments/{moment_id}")).json()
    moment = found["moment"]["moment"]
    assert (moment["gitCommitHash"], moment["gitBranch"]) == (commit, "feature/blue")
    assert (moment["kind"], moment["gitAuthor"]) == ("commit", "Ada")
    assert "+<b>" in moment["gitDiff"]
    assert moment["metadata"]["agent"] == {"masked": 2}
    assert SECRET not in str(found)
    first, second, log = found["assets"]
    assert first["previewUrl"]  # the picture was ready when the address was printed
    assert first["asset"]["sha256"] == second["asset"]["sha256"]
    status = await agent.run("status", moment_id)
    assert status.code == 0
    assert status.out.startswith("success: There is no baseline yet")
    assert (first["asset"]["metadata"]["width"], first["asset"]["assetType"]) == (400, "screenshot")
    text = (await ada.http.get(log["downloadUrl"])).text
    assert text == f"started\nAuthorization: Bearer ****{SECRET[-4:]}\n"
    assert not list(agent.state.iterdir())
    assert repo.git("status", "--porcelain") == ""  # nothing is written to the repository
    assert repo.git("for-each-ref", "--format=%(refname)") == "refs/heads/main"


async def test_a_moment_with_unmasked_secrets_is_not_published(ada: Person) -> None:
    agent = {"agent": {"unmasked": 2}}
    body: dict[str, object] = {"title": "x", "metadata": agent}
    made = (await ada.http.post("/api/moments/create", json=body)).json()
    path = f"/api/moments/{made['moment']['id']}"
    refused = [
        await ada.http.patch(path, json={"visibility": "unlisted"}),
        await ada.http.post(f"{path}/share", json={}),
        await ada.http.post("/api/moments/create", json={**body, "visibility": "public"}),
    ]
    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (409, "unmasked_secrets")
    assert (await ada.http.patch(path, json={"visibility": "private"})).status_code == 200
    masked = {**body, "visibility": "public", "metadata": {"agent": {"unmasked": 0, "masked": 9}}}
    assert (await ada.http.post("/api/moments/create", json=masked)).status_code == 200


async def test_the_doctor_says_what_works(agent: Agent) -> None:
    done = await agent.run("doctor")
    assert done.code == 0, done.err
    assert f"ok Server: {agent.environment['MOMENTS_URL']} knows the VM's token" in done.out
    assert "-- Screen: neither WAYLAND_DISPLAY nor DISPLAY is set." in done.out
    assert "-- Comparing offline: pip install numpy pillow." in done.out
    agent.environment["MOMENTS_VM_TOKEN"] = "vmt_wrong"
    done = await agent.run("doctor", "--json")
    assert done.code == 1
    checks = {each["name"]: each for each in json.loads(done.out)}
    assert (checks["Server"]["is_good"], checks["Python"]["is_good"]) == (False, True)
    assert checks["Server"]["words"] == "Missing or invalid authentication"


async def test_failures_are_a_sentence_and_a_code(agent: Agent, web: Web) -> None:
    agent.environment["MOMENTS_VM_TOKEN"] = "vmt_wrong"
    done = await agent.run("capture", "--file", "moments-agent.pyz", "--no-git", "--json")
    assert (done.code, done.json()["exitCode"]) == (5, 5)
    assert done.err == "Missing or invalid authentication\n"
    done = await agent.run("capture", "--file", "absent.png")
    assert (done.code, done.err) == (2, "There is no file 'absent.png'. Check the path.\n")
    downloaded = await web.http.get("/moments-agent.pyz")
    assert downloaded.content == agent.file.read_bytes()
    del agent.environment["MOMENTS_URL"]
    done = await agent.run("resume")
    assert (done.code, done.err.endswith("moments.example.org.\n")) == (2, True)
    assert "Traceback" not in done.err
