"""A virtual display: a real X server without a screen."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import command


@contextmanager
def display_of(size: str) -> Iterator[str]:
    """Run a white display of a size such as `320x200`, and give its name."""
    ours, theirs = os.pipe()
    options = ["-displayfd", str(theirs), "-screen", "0", f"{size}x24", "-wr", "-nolisten", "tcp"]
    with subprocess.Popen(
        [command("Xvfb"), *options], pass_fds=[theirs], stderr=subprocess.DEVNULL
    ) as server:
        os.close(theirs)
        with os.fdopen(ours) as numbers:
            yield f":{numbers.readline().strip()}"
        server.terminate()
