"""The visual diff's process: `python -m domain.commits.differ_process <parent pid> <idle seconds>`.

Decoded pictures are large, and a stranger's: here they can neither crowd out the web's memory nor
take the web down.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from domain.commits import visual
from domain.commits.visual import Calibration, Comparison, Settings
from domain.core.errors import BadInput
from domain.infra.calls import serve_calls
from domain.infra.worker_process import bind_to_parent

_MEMORY: Final = 3 * 1024**3  # of address space; two pictures of 50 million pixels take 2.1 GB


def compare(before: bytes, after: bytes, settings: Settings) -> Comparison:
    """Return the verdict on two pictures.

    Raises:
        BadInput: One of them cannot be read.
    """
    with _readable():
        return visual.compare(before, after, settings).comparison


def draw(before: bytes, after: bytes, settings: Settings) -> bytes:
    """Return a PNG of what changed.

    Raises:
        BadInput: One of them cannot be read.
    """
    with _readable():
        return visual.draw(after, visual.compare(before, after, settings))


def calibrate(first: bytes, second: bytes, settings: Settings) -> Calibration:
    """Measure the noise between two captures of the same thing.

    Raises:
        BadInput: One of them cannot be read.
    """
    with _readable():
        return visual.calibrate(first, second, settings)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except visual.PictureError as error:
        raise BadInput(str(error), code="bad_image") from error
    except MemoryError as error:
        raise BadInput(
            "Comparing these pictures takes too much memory. Capture a part of them.",
            code="bad_image",
        ) from error


if __name__ == "__main__":
    bind_to_parent(int(sys.argv[1]), _MEMORY)
    serve_calls("domain.commits", "comparison", int(sys.argv[2]))
