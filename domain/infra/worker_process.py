"""A worker process: one request, one answer, over its pipes."""

import asyncio
import ctypes
import fcntl
import os
import pickle
import resource
import signal
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

_SIZE = struct.Struct("<I")
_PIPE_BYTES = 1024 * 1024
_F_SETPIPE_SZ = 1031  # Linux; a whole GOP passes with few wake-ups
_PR_SET_PDEATHSIG = 1
_CODE = Path(__file__).parents[2]


def bind_to_parent(parent: int, max_memory: int) -> None:
    """In the worker: die with the parent even if it is killed during a request; bound the memory.

    `max_memory` limits the address space, in bytes.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (max_memory, max_memory))


def serve(source: BinaryIO, target: BinaryIO, answer: Callable[[Any], bytes]) -> None:
    """In the worker: answer until the requests end."""
    while len(head := source.read(_SIZE.size)) == _SIZE.size:
        (size,) = _SIZE.unpack(head)
        data = answer(pickle.loads(source.read(size)))  # noqa: S301 (from our own parent alone)
        target.write(_SIZE.pack(len(data)))
        target.write(data)
        target.flush()


class WorkerLost(Exception):  # noqa: N818 (it says what happened)
    """The process died or hung."""


class Worker:
    """A process of ours. It exits when this process does, however this one ends."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise WorkerLost
        self._process = process
        self._to, self._from = process.stdin, process.stdout
        self._used_at = time.monotonic()

    @classmethod
    async def start(cls, module: str, *arguments: str) -> "Worker":
        """Start a process that runs a module; its first argument is our process id."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            str(os.getpid()),
            *arguments,
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
                answer = await self._from.readexactly(size)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            raise WorkerLost from error
        self._used_at = time.monotonic()
        return answer

    async def stop(self) -> None:
        """Kill it."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._to.close()
        await self._process.wait()
