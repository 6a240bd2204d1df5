"""A worker process that decodes: one request, one answer, over its pipes."""

import asyncio
import fcntl
import os
import pickle
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path

_SIZE = struct.Struct("<I")
_PIPE_BYTES = 1024 * 1024
_F_SETPIPE_SZ = 1031  # Linux; a whole GOP passes with few wake-ups
_CODE = Path(__file__).parents[2]


class WorkerLost(Exception):  # noqa: N818 (it says what happened)
    """The process died or hung."""


class Worker:
    """A decoder process. It exits when this process does, however this one ends."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise WorkerLost
        self._process = process
        self._to, self._from = process.stdin, process.stdout
        self._used_at = time.monotonic()

    @classmethod
    async def start(cls, module: str) -> "Worker":
        """Start a process that runs a module."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            str(os.getpid()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=_CODE,
            limit=_PIPE_BYTES,
            start_new_session=True,  # Ctrl-C in a terminal is for the node alone
        )
        worker = cls(process)
        pipe = worker._to.transport.get_extra_info("pipe")
        with suppress(OSError, AttributeError):
            fcntl.fcntl(pipe.fileno(), _F_SETPIPE_SZ, _PIPE_BYTES)
        return worker

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it still runs, as far as is known."""
        return self._process.returncode is None

    @property
    def unused_s(self) -> float:
        """How long it has been idle."""
        return time.monotonic() - self._used_at

    async def ask(self, question: object, timeout_s: float) -> bytes:
        """Send a request and wait for the answer.

        Raises:
            WorkerLost: It died or timed out; it is unusable from now on.
        """
        self._used_at = time.monotonic()
        data = pickle.dumps(question, protocol=5)
        try:
            async with asyncio.timeout(timeout_s):
                self._to.write(_SIZE.pack(len(data)))
                self._to.write(data)
                await self._to.drain()
                (size,) = _SIZE.unpack(await self._from.readexactly(_SIZE.size))
                return await self._from.readexactly(size)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            raise WorkerLost from error

    async def stop(self) -> None:
        """Kill it."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._to.close()
        await self._process.wait()
