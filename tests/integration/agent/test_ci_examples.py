"""The CI examples of docs/agent.md: their steps run as a runner would, against a real server.

The pages, the forge and the package managers are stand-ins; the steps, the agent, jq, curl and
Chromium are real.
"""

import asyncio
import json
import os
import re
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import pytest_asyncio
import yaml  # type: ignore[import-untyped]

from tests.conftest import command
from tests.support.agent import Repository, repository
from tests.support.web import Person, Web

DOCS = Path(__file__).parents[3] / "docs/agent.md"
GH = """#!/bin/bash
# `gh api`: notes each call; lists the comments through jq, as --jq does.
set -e
jq -cn '$ARGS.positional' --args -- "$@" >> "$STAND_IN/calls"
for word in "$@"; do
  if [ "$previous" = --jq ]; then jq -r "$word" "$STAND_IN/comments"; fi
  previous=$word
done
"""


def _examples() -> Sequence[Any]:
    """Return the workflows in the order of the document."""
    blocks = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(), re.DOTALL)
    return [each for block in blocks for each in yaml.safe_load_all(block)]


class Forge(BaseHTTPRequestHandler):
    """The site that is captured, in a chosen colour, and GitLab's notes of a merge request."""

    colour = "blue"
    notes: list[dict[str, Any]]

    def do_GET(self) -> None:
        if self.path.startswith("/api/v4/"):
            assert self.headers["PRIVATE-TOKEN"] == "a note token"
            self._answer("application/json", json.dumps(self.notes))
        else:
            self._answer("text/html", f"<body style='background:{self.colour}'>Shop")

    def do_POST(self) -> None:
        self.notes.append({"id": 7, "body": self._body()})
        self._answer("application/json", "{}")

    def do_PUT(self) -> None:
        assert self.path.endswith("/notes/7")
        self.notes[-1]["body"] = self._body()
        self._answer("application/json", "{}")

    def _body(self) -> str:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        return parse_qs(sent)["body"][0]

    def _answer(self, kind: str, text: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_words: object) -> None:
        """Log nothing."""


@pytest.fixture
def forge() -> Iterator[tuple[type[Forge], str]]:
    handler = type("Handler", (Forge,), {"notes": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield handler, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class Runner:
    """A CI machine with a checkout; what the examples call and must not run is a stand-in."""

    def __init__(self, repo: Repository, web: Web, site: str, token: str) -> None:
        self.repo, self._site, self._web = repo, site, web
        self.stand_in = repo.folder.parent / "stand-in"
        self.stand_in.mkdir()
        for name in ("npm", "npx", "pip", "apt-get"):
            self._install(name, "#!/bin/sh\nexit 0\n")
        self._install("python3", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        self._install("gh", GH)
        (self.stand_in / "comments").write_text("[]")
        (self.stand_in / "calls").write_text("")
        self.environment = {
            "PATH": f"{self.stand_in}:{os.environ['PATH']}",
            "HOME": str(repo.folder.parent),
            "STAND_IN": str(self.stand_in),
            "MOMENTS_URL": web.url,
            "MOMENTS_TOKEN": token,
        }

    def _install(self, name: str, text: str) -> None:
        (self.stand_in / name).write_text(text)
        (self.stand_in / name).chmod(0o755)

    @property
    def calls(self) -> Sequence[Sequence[str]]:
        """What `gh` was called with."""
        return [json.loads(line) for line in (self.stand_in / "calls").read_text().splitlines()]

    async def run(self, script: str, facts: Mapping[str, str] | None = None) -> int:
        """Run a step as the runners do; return its exit code."""
        for name, value in (facts or {}).items():
            script = script.replace(f"${{{{ {name} }}}}", value)
        assert "${{" not in script, "an expression that this test does not know"
        script = script.replace("http://localhost:3000", self._site)
        script = script.replace("https://moments.example.org", self._web.url)
        bash = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
        process = await asyncio.create_subprocess_exec(
            *bash, cwd=self.repo.folder, env=self.environment
        )
        return await process.wait()


@pytest_asyncio.fixture
async def runner(web: Web, ada: Person, forge: tuple[type[Forge], str], tmp_path: Path) -> Runner:
    for name in ("chromium", "jq", "curl"):
        command(name)
    repo = repository(tmp_path / "repo")
    repo.git("remote", "add", "origin", "https://github.com/acme/shop.git")
    repo.commit("First", page_html="<p>")
    return Runner(repo, web, forge[1], await ada.token())


def _steps(workflow: Any, job: str) -> Sequence[Mapping[str, Any]]:  # noqa: ANN401 (YAML)
    return [step for step in workflow["jobs"][job]["steps"] if "run" in step]


@pytest.mark.browser
async def test_github_gets_a_status_one_comment_and_forks_are_compared(
    runner: Runner, forge: tuple[type[Forge], str], ada: Person
) -> None:
    main, fork, send, _ = _examples()
    sha = runner.repo.git("rev-parse", "HEAD")
    runner.environment |= {"GITHUB_REPOSITORY": "acme/shop", "SHA": sha}
    *steps, comment, accepted = _steps(main, "moments")
    event = {"github.event.number": "5"}
    for step in (*steps, comment):
        assert await runner.run(step["run"], event) == 0, step
    moment = json.loads((runner.repo.folder / "moment.json").read_text())
    body = runner.calls[-1][-1].removeprefix("body=")
    (runner.stand_in / "comments").write_text(json.dumps([{"id": 41, "body": body}]))
    assert await runner.run(comment["run"], event) == 0
    status, listed, made, _, edited = runner.calls
    assert status[1] == f"repos/acme/shop/statuses/{sha}"
    assert {"context=moments", "state=success", f"target_url={moment['url']}"} <= set(status)
    assert listed[2] == made[1] == "repos/acme/shop/issues/5/comments"
    assert made[-1].startswith(f"body=<!-- moments -->{moment['markdown']}: There is no base")
    assert edited[1:4] == ["-X", "PATCH", "repos/acme/shop/issues/comments/41"]
    runner.repo.commit("Second")
    approved = {"verdict": "approved"}
    path = f"/api/commits/moments/{moment['id']}/decisions"
    assert (await ada.http.post(path, json=approved)).is_success
    assert await runner.run(accepted["run"]) == 0
    # A fork's pull request: no token, another colour.
    token = runner.environment.pop("MOMENTS_TOKEN")
    forge[0].colour = "red"
    *before, compare = _steps(fork, "capture")
    for step in before:
        assert await runner.run(step["run"]) == 0
    assert await runner.run(compare["run"]) == 3
    runner.environment["MOMENTS_TOKEN"] = token
    [step] = _steps(send, "send")
    assert await runner.run(step["run"], {"github.event.workflow_run.head_sha": sha}) == 0
    assert {"context=moments", "state=failure"} <= set(runner.calls[-1])
    sent = json.loads((runner.repo.folder / "moment.json").read_text())
    assert any(each["name"].endswith(".png") for each in sent["files"])


@pytest.mark.browser
async def test_gitlab_gets_one_note(runner: Runner, forge: tuple[type[Forge], str]) -> None:
    *_, example = _examples()
    script: Sequence[str] = example["moments"]["script"]
    runner.environment |= {
        "CI_API_V4_URL": f"{forge[1]}/api/v4",
        "CI_PROJECT_ID": "3",
        "NOTE_TOKEN": "a note token",
    }
    assert await runner.run("\n".join(script)) == 0  # of a branch without a merge request
    assert forge[0].notes == []
    moment = json.loads((runner.repo.folder / "moment.json").read_text())
    runner.environment["CI_MERGE_REQUEST_IID"] = "9"
    for _ in range(2):  # the second time the note is there
        assert await runner.run(script[-1]) == 0
        [note] = forge[0].notes
        assert note["body"] == f"<!-- moments -->{moment['markdown']}"
