"""The agent's MCP server, as a coding agent uses it: over its pipes, against a real server."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from tests.integration.api.test_hostile import invited
from tests.support.agent import Agent, repository
from tests.support.web import Person, Web
from webapp.agent.settings import server_of

VERSION = {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}
META = {**VERSION, "io.modelcontextprotocol/clientCapabilities": {}}


class Client:
    """A coding agent with a person's token, in a repository."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent

    async def call(self, name: str, **arguments: object) -> dict[str, Any]:
        """Call a tool in a new process; return its result."""
        process = await self.agent.start("mcp", "--root", "repo")
        parameters = {"name": name, "arguments": arguments, "_meta": META}
        request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": parameters}
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request).encode() + b"\n")
        line = await process.stdout.readline()
        process.stdin.close()
        out, err = await process.communicate()
        assert (out, process.returncode) == (b"", 0), err.decode()
        answer: dict[str, dict[str, Any]] = json.loads(line)
        assert "result" in answer, (answer, err.decode())
        return answer["result"]


def picture_of(result: dict[str, Any]) -> Image.Image:
    """Return a result's picture, of at most 1 MB."""
    [found] = [each for each in result["content"] if each["type"] == "image"]
    data = base64.b64decode(found["data"])
    assert len(data) <= 1_000_000
    return Image.open(io.BytesIO(data))


def text_of(result: dict[str, Any]) -> str:
    return "\n".join(each["text"] for each in result["content"] if each["type"] == "text")


async def client_of(web: Web, person: Person, folder: Path) -> Client:
    token = await person.token()
    return Client(Agent(folder, {"MOMENTS_URL": web.url, "MOMENTS_TOKEN": token}))


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    made = repository(tmp_path / "repo")
    made.git("remote", "add", "origin", "git@example.org:acme/shop.git")
    for number, deviation in enumerate((20, 90)):
        noise = Image.effect_noise((2000, 1000), deviation)  # megabytes
        noise.save(made.folder / f"shot-{number}.png")
        made.commit(f"Commit {number}")
    return made.folder


async def test_a_coding_agent_captures_compares_and_approves(
    web: Web, ada: Person, repo: Path, tmp_path: Path
) -> None:
    client = await client_of(web, ada, tmp_path)
    first = await client.call("capture", files=["shot-0.png"], title="Before [x]")
    assert not first["isError"], text_of(first)
    url, markdown = text_of(first).splitlines()
    assert markdown == f"[Before (x)]({url})"
    assert picture_of(first).size == (640, 320)
    assert "signature" not in json.dumps(first["structuredContent"])
    assert "/files/" not in text_of(first)
    moment = first["structuredContent"]["id"]
    approved = await client.call("approve", moment=moment, note="As designed")
    assert not approved["isError"], text_of(approved)
    repository(repo).commit("Third")
    second = await client.call("capture", files=["shot-1.png"], share="1h")
    shared = second["structuredContent"]["share_url"]
    assert f"]({shared}/thumbnail.jpg)](" in text_of(second)
    compared = await client.call("compare", moment=second["structuredContent"]["id"])
    assert "changed" in text_of(compared), compared
    assert compared["structuredContent"]["beforeId"] == moment
    drawing = picture_of(compared).convert("RGB")
    assert drawing.width == 1280
    red, _, blue = drawing.split()
    reddish = ImageChops.subtract(red, blue).histogram()
    assert sum(reddish[100:]) > 1000  # boxes, on what was grey
    found = await client.call("find", query="Before")
    assert moment in text_of(found)
    assert picture_of(found).size == (640, 320)


async def test_a_viewer_looks_and_decides_nothing(
    web: Web, ada: Person, repo: Path, tmp_path: Path
) -> None:
    ours = await (await client_of(web, ada, tmp_path)).call("capture", files=["shot-0.png"])
    moment = ours["structuredContent"]["id"]
    async with await invited(web, ada, "viewer") as viewer:
        token = (await viewer.post("/api/tokens", json={"name": "test"})).json()["token"]
    client = Client(Agent(tmp_path, {"MOMENTS_URL": web.url, "MOMENTS_TOKEN": token}))
    for name, more in (("approve", {"moment": moment}), ("capture", {"files": ["shot-1.png"]})):
        refused = await client.call(name, **more)
        assert refused["isError"]
        assert "needs a higher role" in text_of(refused)
    seen = await client.call("compare", moment=moment)
    assert not seen["isError"], text_of(seen)
    assert (await ada.http.get(f"/api/commits/moments/{moment}/decisions")).json()["items"] == []


async def test_nobody_gets_what_is_not_theirs(
    web: Web, ada: Person, repo: Path, tmp_path: Path
) -> None:
    ours = await (await client_of(web, ada, tmp_path)).call("capture", files=["shot-0.png"])
    moment = ours["structuredContent"]["id"]
    client = await client_of(web, await web.person(), tmp_path)
    for name, more in (
        ("attach", {"files": ["shot-0.png"]}),
        ("compare", {}),
        ("approve", {}),
    ):
        refused = await client.call(name, moment=moment, **more)
        assert refused["isError"]
        assert text_of(refused) == "Moment not found"
    found = await client.call("find")
    assert found["structuredContent"] == {"moments": [], "total": 0}
    outside = await client.call("capture", files=["../moments-agent.pyz"])
    assert "is outside of" in text_of(outside)
    local = await client.call("capture", urls=["file:///etc/hostname"])
    assert local["isError"]
    assert server_of(client.agent.environment).headers["Authorization"] not in str(refused)
