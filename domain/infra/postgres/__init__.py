"""The embedded PostgreSQL: one supervised child, on 127.0.0.1, with a password.

On Linux the kernel signals the child when its supervisor dies; elsewhere the next start stops what
a killed supervisor left behind. So there is never an orphan.
"""

import asyncio
import ctypes
import fcntl
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

import asyncpg
import psutil

from domain.core.errors import DatabaseUnavailable
from domain.core.log import get_logger
from domain.core.settings import Settings
from domain.infra.postgres.data_dir import DATABASE, Cluster, prepare, write_private
from domain.infra.postgres.options import server_options

_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

log = get_logger(__name__)

_PR_SET_PDEATHSIG = 1
_START_S = 120  # wait at most this long for crash recovery
# A fast shutdown ends with a checkpoint, however long the disk takes. After an immediate one the
# next start has to recover; SIGKILL is the last resort.
_STOP: Final = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
STOP_S: Final = sum(patience_s for _, patience_s in _STOP)


async def dsn(settings: Settings, *, wait_s: float = 30) -> str:
    """Return the database's URL: `DATABASE_URL`, or the embedded server's once it is up.

    Raises:
        DatabaseUnavailable: The embedded server did not start in time.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    path = _address_file(settings)
    deadline = time.monotonic() + wait_s
    while not path.exists():
        if time.monotonic() > deadline:
            raise DatabaseUnavailable(
                "The embedded PostgreSQL is not running. "
                "Start it with `moments up` or `moments postgres`, or set DATABASE_URL."
            )
        await asyncio.sleep(0.05)
    return str(json.loads(path.read_text())["dsn"])


async def serve(settings: Settings) -> int:
    """Run the embedded server until SIGTERM or SIGINT; return the process's exit code."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        async with running(settings) as server:
            await server.watch(stopping)
    except RuntimeError as error:
        log.error("postgres_failed", reason=str(error))
        return 1
    return 0


@asynccontextmanager
async def running(settings: Settings, **options: str) -> AsyncIterator["Server"]:
    """Run the embedded server for the duration of the context; `options` are for tests.

    Raises:
        RuntimeError: It cannot start; the sentence says what to do.
    """
    with _only_one(settings.home / "run" / "postgres.lock"):
        cluster = prepare(settings.home)
        server = Server(cluster, {**server_options(cluster.data), **options})
        path = _address_file(settings)
        try:
            await server.start()
            write_private(path, {"dsn": server.cluster.dsn(), "port": server.cluster.port})
            yield server
        finally:
            path.unlink(missing_ok=True)
            await server.stop()


class Server:
    """The child process and its lifetime."""

    def __init__(self, cluster: Cluster, options: dict[str, str]) -> None:
        self.cluster = cluster
        self._options = options
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The postmaster's process id while it runs."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    async def start(self) -> None:
        """Start the child and wait until it answers, recovery included.

        Raises:
            RuntimeError: It exited, or did not answer in time.
        """
        await _stop_left_over(self.cluster.data)
        self._child = self._spawn()
        deadline = time.monotonic() + _START_S
        while not await self.is_ready():
            if self.pid is None:
                raise RuntimeError(
                    f"PostgreSQL ended with code {self._child.returncode} while starting."
                )
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not answer within {_START_S} s.")
            await asyncio.sleep(0.05)
        log.info("postgres_ready", port=self.cluster.port, pid=self.pid)

    async def watch(self, stopping: asyncio.Event) -> None:
        """Restart the child whenever it dies, until stopped."""
        wait_s = 0.1
        while not stopping.is_set():
            if self.pid is not None:
                await self._ended_or(stopping)
            else:
                log.warning("postgres_died", code=self._child and self._child.returncode)
                try:
                    await self.start()
                    wait_s = 0.1
                except RuntimeError as error:
                    wait_s = min(wait_s * 2, 5)
                    log.warning("postgres_not_started", reason=str(error), again_in_s=wait_s)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(wait_s):
                            await stopping.wait()

    async def _ended_or(self, stopping: asyncio.Event) -> None:
        """Return when the child has exited, or on a stop request."""
        if self._child is None:
            return
        ended = asyncio.create_task(asyncio.to_thread(self._child.wait))
        told = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait({ended, told}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            told.cancel()

    async def stop(self) -> None:
        """Stop, allowing time for a last checkpoint."""
        child = self._child
        if child is None:
            return
        if child.poll() is None:
            await end(child.send_signal, lambda: child.poll() is not None)
        log.info("postgres_stopped", code=child.returncode)

    def _spawn(self) -> "subprocess.Popen[bytes]":
        cluster = self.cluster
        command = [str(cluster.binaries / "postgres"), "-D", str(cluster.data)]
        for name, value in {**self._options, "port": str(cluster.port)}.items():
            command += ["-c", f"{name}={value}"]
        return subprocess.Popen(  # noqa: S603 (our own binary and arguments)
            command,
            stdin=subprocess.DEVNULL,
            cwd=cluster.data.parent,
            env={"LC_ALL": "C", "TZ": "UTC"},
            user=cluster.uid,
            group=cluster.uid,
            extra_groups=[] if cluster.uid is not None else None,
            start_new_session=True,  # Ctrl-C reaches only the supervisor, which stops it in order
            preexec_fn=_die_with_parent(),  # noqa: PLW1509 (nothing but one system call)
        )

    async def is_ready(self) -> bool:
        """Return whether it accepts connections; create the database if it is missing.

        The server can die at any point of this too: then it is not ready.
        """
        try:
            connection = await asyncpg.connect(self.cluster.dsn("postgres"), timeout=5)
        except _AWAY:
            return False
        try:
            found = await connection.fetchval(
                "SELECT true FROM pg_database WHERE datname = $1", DATABASE
            )
            if not found:
                await connection.execute(f'CREATE DATABASE "{DATABASE}"')
        except _AWAY:
            return False
        finally:
            connection.terminate()
        return True


def _address_file(settings: Settings) -> Path:
    return settings.home / "run" / "postgres.json"


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Hold a lock that the kernel releases when this process ends, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RuntimeError(
                "Another `moments postgres` uses this home. Stop it first."
            ) from error
        yield


def _die_with_parent() -> Callable[[], None] | None:
    """Return a function that makes the kernel send SIGINT when the supervisor dies."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGINT)

    return ask


async def _stop_left_over(data: Path) -> None:
    """Stop a killed supervisor's server that still uses the data folder."""
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        is_ours = str(data) in process.cmdline()
    except (FileNotFoundError, ValueError, psutil.Error):
        is_ours = False
    if is_ours:
        log.warning("postgres_left_over", pid=pid)
        await end(partial(_send, process), lambda: not _runs(process))
    # Backends of a killed postmaster notice and exit; they hold shared memory until then.
    await _until(lambda: not _backends(data), 5)
    pid_file.unlink(missing_ok=True)


async def _until(condition: Callable[[], bool], patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


async def end(
    send: Callable[[signal.Signals], None],
    has_ended: Callable[[], bool],
    wait: Callable[[Callable[[], bool], float], Awaitable[bool]] = _until,
) -> None:
    """Stop a server: request a fast shutdown, and escalate when its time is up."""
    for number, patience_s in _STOP:
        send(number)
        if await wait(has_ended, patience_s):
            return
        log.warning("postgres_not_stopped", signal=number.name, after_s=patience_s)


def _send(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.Error):
        process.send_signal(number)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _backends(data: Path) -> bool:
    """Return whether a process still has the data folder as its working directory."""
    for process in psutil.process_iter(["cwd", "status"]):
        if process.info["cwd"] == str(data) and process.info["status"] != psutil.STATUS_ZOMBIE:
            return True
    return False
