"""A temporary MariaDB server, which speaks the MySQL protocol."""

import asyncio
import getpass
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.conftest import command
from tests.support.waiting import until


class MariaDb:
    """The command-line client of a running server, on its socket."""

    def __init__(self, socket: Path) -> None:
        self._client = [
            command("mariadb"), "--no-defaults", f"--socket={socket}", "--batch",
            "--skip-column-names", "--default-character-set=utf8mb4",
        ]  # fmt: skip

    def run(self, sql: str, database: str = "") -> list[str]:
        """Run statements and return their output, a line each.

        Raises:
            AssertionError: The server refused one.
        """
        done = subprocess.run(
            [*self._client, database], input=sql, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def answers(self) -> bool:
        """Return whether the server accepts connections yet."""
        return not subprocess.run(
            [*self._client, "-e", "SELECT 1"], capture_output=True, check=False
        ).returncode


@asynccontextmanager
async def running() -> AsyncIterator[MariaDb]:
    """Run a server on a socket in its own folder, with no network and no accounts."""
    with tempfile.TemporaryDirectory(prefix="mariadb-") as name:
        folder = Path(name)
        client = MariaDb(folder / "socket")
        with (folder / "log").open("wb") as log:
            server = await asyncio.create_subprocess_exec(
                command("mariadbd"), "--no-defaults", f"--user={getpass.getuser()}",
                f"--datadir={folder}", f"--socket={folder / 'socket'}",
                f"--pid-file={folder / 'pid'}", "--skip-networking", "--skip-grant-tables",
                stdout=log, stderr=log,
            )  # fmt: skip
        try:
            await until(lambda: server.returncode is not None or client.answers())
            assert server.returncode is None, (folder / "log").read_text()
            yield client
        finally:
            if server.returncode is None:
                server.terminate()
            await server.wait()
