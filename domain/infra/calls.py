"""Calls of functions in a worker process that starts on demand and exits when idle.

Requests name a module of one package, a function of it and arguments; answers are pickled.
"""

import asyncio
import os
import pickle
import signal
import sys
from importlib import import_module
from typing import Any

from domain.core.errors import MomentsError, Unavailable
from domain.infra.worker_process import Worker, serve

_ABOUT_TO_EXIT_S = 2


class Calls:
    """One process, one call at a time. Its module ends with `serve_calls`."""

    def __init__(self, module: str, *arguments: str, idle_s: int, timeout_s: float) -> None:
        self._module = module
        self._arguments = arguments
        self._idle_s = idle_s
        self._timeout_s = timeout_s
        self._turn = asyncio.Lock()
        self._worker: Worker | None = None

    @property
    def pid(self) -> int | None:
        """The process's id, if there is one."""
        return self._worker.pid if self._worker else None

    async def ask(self, module: str, function: str, *args: object) -> Any:  # noqa: ANN401
        """Call a function and return its result.

        Raises:
            WorkerLost: The process died, or took too long.
            MomentsError: The function raised it.
            Unavailable: The function raised anything else.
        """
        async with self._turn:
            worker = await self._ready()
            try:
                data = await worker.ask((module, function, args), self._timeout_s)
            except BaseException:
                await self.close()  # an answer that nobody reads would be taken for the next one
                raise
        done, result = pickle.loads(data)  # noqa: S301 (from our own process)
        if not done:
            raise result
        return result

    async def close(self) -> None:
        """End the process."""
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.stop()

    async def _ready(self) -> Worker:
        worker = self._worker
        # One that is about to exit could take a request with it.
        if worker and worker.is_alive and worker.unused_s < self._idle_s - _ABOUT_TO_EXIT_S:
            return worker
        await self.close()
        self._worker = await Worker.start(self._module, str(self._idle_s), *self._arguments)
        return self._worker


def serve_calls(package: str, what: str, idle_s: int) -> None:
    """In the process: answer until the parent closes the pipe or nothing is asked for a while.

    Args:
        package: The package whose modules may be named.
        what: What failed, in the sentence for an error of a library.
        idle_s: How long to wait for a request.
    """
    os.nice(10)  # live streams come first
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not be taken for an answer

    def packed(request: tuple[str, str, tuple[Any, ...]]) -> bytes:
        signal.alarm(0)
        data = pickle.dumps(_answer(package, what, request), protocol=5)
        signal.alarm(idle_s)  # ends the process unless another request arrives
        return data

    signal.alarm(idle_s)
    serve(requests, answers, packed)


def _answer(
    package: str, what: str, request: tuple[str, str, tuple[Any, ...]]
) -> tuple[bool, object]:
    """Call a function; return whether it succeeded, and its result or a domain error."""
    module, function, args = request
    try:
        return True, getattr(import_module(f"{package}.{module}"), function)(*args)
    except MomentsError as error:
        return False, error
    except Exception as error:  # noqa: BLE001 (of any library; the caller reports it)
        reason = f"{type(error).__name__}: {error}"[:300]
        return False, Unavailable(f"The {what} failed ({reason}). Try again later.")
