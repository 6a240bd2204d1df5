"""Runs a task on a media file in a process of its own, with progress and a time limit."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from domain.core.errors import UnsupportedMedia
from domain.core.log import get_logger

log = get_logger(__name__)

_CODE: Final = Path(__file__).parents[2]
_LIMIT_S: Final = 3 * 3600
Report = Callable[[float], Awaitable[None]]


async def run(do: str, path: Path, *, report: Report | None = None, **task: object) -> Any:  # noqa: ANN401 (each task's own)
    """Return a task's result; the process dies with this call.

    Raises:
        UnsupportedMedia: The file cannot be processed, or crashed the decoder.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "domain.videos.media",
        str(os.getpid()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=_CODE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_LIMIT_S):
            text = json.dumps({"do": do, "path": str(path), **task})
            return await _conversation(process, text.encode(), report)
    except (TimeoutError, BrokenPipeError, ConnectionResetError) as error:
        raise _crashed(do, None) from error
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _conversation(
    process: asyncio.subprocess.Process, task: bytes, report: Report | None
) -> object:
    if process.stdin is None or process.stdout is None:
        raise AssertionError
    process.stdin.write(task)
    process.stdin.close()
    async for line in process.stdout:
        said = json.loads(line)
        if "result" in said:
            return said["result"]
        if "error" in said:
            raise UnsupportedMedia(said["error"])
        if report is not None:
            await report(said["progress"])
    raise _crashed("", await process.wait())


def _crashed(do: str, code: int | None) -> UnsupportedMedia:
    log.warning("media_process_lost", task=do, code=code)
    return UnsupportedMedia(
        "The file could not be decoded: it is damaged or too demanding. Convert it and try again."
    )
