"""Resumable uploads over a connection that breaks where the test says."""

import contextlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp.agent.client import Retries
from webapp.agent.errors import AgentError, Refused, Unreachable
from webapp.agent.uploads import Expired, send

SIZE = 3_000_000
Script = list[int | str]


class Server(http.server.ThreadingHTTPServer):
    """Takes an upload; each PATCH ends as the script says: bytes to take, or a status."""

    received = b""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/files/x?signature=1"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_HEAD(self) -> None:
        self.server.asked.append("HEAD")
        self._answer(200)

    def do_PATCH(self) -> None:
        offset = int(self.headers["upload-offset"])
        self.server.asked.append(f"PATCH {offset}")
        assert offset == len(self.server.received)
        step = self.server.script.pop(0) if self.server.script else SIZE
        if isinstance(step, str):
            self.close_connection = True
            self._answer(int(step))
            return
        wanted = int(self.headers["content-length"])
        self.server.received += self.rfile.read(min(step, wanted))
        if step < wanted:
            self.close_connection = True
            return
        self._answer(204)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("upload-offset", str(len(self.server.received)))
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Log nothing."""


@contextlib.contextmanager
def serving(script: Script) -> Iterator[Server]:
    with Server(script) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "video.mp4"
    made.write_bytes(bytes(range(250)) * (SIZE // 250))
    return made


def sent(path: Path, server: Server, *, is_new: bool = True) -> list[int]:
    waits: list[float] = []
    progress: list[int] = []
    send(path, server.url, Retries(waits.append, 4), progress.append, is_new=is_new)
    return progress


def test_an_upload_goes_on_where_it_broke(path: Path) -> None:
    """More breaks than attempts: each got further, so none of them counts."""
    with serving([100_000, 1_000_000, 0, 300_000, 200_000, 500_000, "503", "409"]) as server:
        progress = sent(path, server)
        assert server.received == path.read_bytes()
        assert progress[-1] == SIZE
        assert server.asked[:4] == ["PATCH 0", "HEAD", "PATCH 100000", "HEAD"]


def test_a_later_run_sends_only_what_is_missing(path: Path) -> None:
    with serving([]) as server:
        server.received = path.read_bytes()[:2_999_999]
        sent(path, server, is_new=False)
        assert server.asked == ["HEAD", "PATCH 2999999"]
        sent(path, server, is_new=False)
        assert server.asked[2:] == ["HEAD"]


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (["403"], Expired),
        (["404"], Expired),
        (["413"], Refused),
        (["503"] * 9, Unreachable),
        ([0] * 9, Unreachable),
    ],
)
def test_it_ends_with_a_sentence(path: Path, script: Script, error: type[AgentError]) -> None:
    with serving(script) as server, pytest.raises(error) as caught:
        sent(path, server)
    assert caught.value.message.endswith(".")
