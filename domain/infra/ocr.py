"""Words in pictures, where the optional package `rapidocr` is installed.

A picture of a stranger is read in a process of its own: `python -m domain.infra.ocr`, the picture
on standard input, the words on standard output.
"""

import asyncio
import os
import resource
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from domain.core.log import get_logger

log = get_logger(__name__)

_CODE: Final = Path(__file__).parents[2]
_LIMIT_S: Final = 120
_MEMORY: Final = 4 * 1024**3
_MAX_CHARS: Final = 10_000


def is_installed() -> bool:
    """Return whether pictures can be read here."""
    return find_spec("rapidocr") is not None


async def words_in(picture: bytes) -> str:
    """Return the words in a picture, line by line; nothing if it cannot be read."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "domain.infra.ocr",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=_CODE,
    )
    try:
        async with asyncio.timeout(_LIMIT_S):
            words, _ = await process.communicate(picture)
    except TimeoutError:
        words = b""
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode != 0:
        log.warning("picture_not_read", code=process.returncode)
        return ""
    return words.decode(errors="replace").replace("\0", "")[:_MAX_CHARS].strip()


def main() -> None:
    """Read one picture."""
    os.nice(10)  # live captures first
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    picture = sys.stdin.buffer.read()
    out = os.dup(1)
    os.dup2(2, 1)  # what libraries print is none of the words
    from rapidocr import RapidOCR  # type: ignore[import-not-found]  # noqa: PLC0415 (optional)

    found = RapidOCR()(picture)
    with os.fdopen(out, "w", encoding="utf-8") as words:
        words.write("\n".join(found.txts or ()))


if __name__ == "__main__":
    main()
