"""The agent and the server are killed, each at its worst moment; `resume` completes the capture."""

import asyncio
import hashlib
import json
import os
import pty
import termios
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx

from tests.support.agent import Agent, ended
from tests.support.waiting import eventually
from tests.support.web import Person, Web

DATA = hashlib.sha256(b"").digest() * 250_000


class Terminal:
    """A terminal that is stopped, as by Ctrl-S: a program that prints to it stands still."""

    def __init__(self, theirs: int, ours: int) -> None:
        self.file = theirs
        self._ours = ours
        termios.tcflow(theirs, termios.TCOOFF)

    def go_on(self) -> None:
        """Let the program print, and read what it does."""
        asyncio.get_running_loop().add_reader(self._ours, os.read, self._ours, 65_536)
        termios.tcflow(self.file, termios.TCOON)


@contextmanager
def stopped_terminal() -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    try:
        yield Terminal(theirs, ours)
    finally:
        asyncio.get_running_loop().remove_reader(ours)
        os.close(theirs)
        os.close(ours)


async def offset_of(agent: Agent) -> int:
    """Return how many bytes of the agent's unfinished upload the server has."""
    for path in agent.state.glob("*/capture.json"):
        if url := json.loads(path.read_text())["files"][0]["url"]:
            async with httpx.AsyncClient() as http:
                answer = await http.head(url, headers={"Tus-Resumable": "1.0.0"})
            return int(answer.headers["upload-offset"])
    return 0


async def test_a_killed_agent_and_a_killed_server_resume(
    agent: Agent, ada: Person, web: Web, tmp_path: Path
) -> None:
    (tmp_path / "video.bin").write_bytes(DATA)

    async def has_more_than(offset: int) -> int:
        found = await offset_of(agent)
        return found if found > offset else 0

    with stopped_terminal() as terminal:
        command = ("capture", "--no-git", "--file", "video.bin")
        first = await agent.start(*command, stderr=terminal.file)
        before = await eventually(lambda: has_more_than(0))
        first.kill()
        await first.wait()
    with stopped_terminal() as terminal:
        second = await agent.start("resume", stderr=terminal.file)
        after = await eventually(lambda: has_more_than(before))
        assert after < len(DATA)
        await web.kill()
        await web.start()
        terminal.go_on()
        done = await ended(second)
    assert done.code == 0
    moment = done.out.splitlines()[0].rpartition("/")[2]
    [file] = (await ada.http.get(f"/api/moments/{moment}")).json()["assets"]
    assert file["asset"]["sha256"] == hashlib.sha256(DATA).hexdigest()
    assert (await agent.run("resume")).out == "No upload was interrupted.\n"


class Relay:
    """Forwards connections; it holds back what the server answers until it is opened."""

    def __init__(self, web: Web) -> None:
        self._port = web.settings.port
        self.answered = asyncio.Event()
        self.opened = asyncio.Event()

    async def serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        server, requests = await asyncio.open_connection("127.0.0.1", self._port)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._pump(client, requests))
            tasks.create_task(self._pump(server, answers, is_held=True))

    async def _pump(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, is_held: bool = False
    ) -> None:
        while data := await source.read(65_536):
            if is_held:
                self.answered.set()
                await self.opened.wait()
            target.write(data)
        target.close()


@asynccontextmanager
async def relayed(web: Web) -> AsyncIterator[tuple[Relay, str]]:
    relay = Relay(web)
    async with await asyncio.start_server(relay.serve, "127.0.0.1", 0) as server:
        yield relay, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_kill_before_the_answer_leaves_no_empty_moment(
    agent: Agent, ada: Person, web: Web, tmp_path: Path
) -> None:
    """The server created the moment, and the agent never learned its id."""
    (tmp_path / "app.log").write_text("started\n")
    async with relayed(web) as (relay, url):
        agent.environment["MOMENTS_URL"] = url
        command = ("capture", "--no-git", "--title", "Killed early", "--file", "app.log")
        killed = await agent.start(*command)
        await relay.answered.wait()
        killed.kill()
        await killed.wait()
        relay.opened.set()
        done = await agent.run("resume", "--json")
    assert done.code == 0, done.err
    found = (await ada.http.get("/api/moments/list", params={"q": "Killed early"})).json()
    [moment] = found["moments"]
    assert (moment["moment"]["id"], moment["assetCount"]) == (done.json()["id"], 1)
