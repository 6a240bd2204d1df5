"""The options that the embedded PostgreSQL runs with."""

from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

# The cache has at most these parts of the memory and of the data.
_OF_MEMORY: Final = 16
_OF_DATA: Final = 4
_LEAST_MB, _MOST_MB = 128, 1024
_LIMIT: Final = Path("/sys/fs/cgroup/memory.max")  # a container's
_FIXED: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "fsync": "on",
    "synchronous_commit": "on",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # a worker starts more slowly than a page is read
    "random_page_cost": "1.1",  # of a disk without a moving head, or of the cache
    "log_checkpoints": "off",
    "log_error_verbosity": "terse",  # a DETAIL line would show users' data
    "log_min_error_statement": "panic",
}


def server_options(data: Path) -> dict[str, str]:
    """Return the server's options on this machine, with what is in its data directory."""
    return {**_FIXED, "shared_buffers": shared_buffers(memory(), _size(data))}


def shared_buffers(memory: int, data: int) -> str:
    """Return the size of the server's cache, with so many bytes of memory and of data.

    A small one is kept until the data have grown: to administer 1 GB takes 32 MB.
    """
    wanted = min(memory // _OF_MEMORY, data // _OF_DATA) // 2**20
    return f"{max(_LEAST_MB, min(wanted, _MOST_MB))}MB"


def memory() -> int:
    """Return the bytes of memory of this machine, or of this container."""
    total = psutil.virtual_memory().total
    with suppress(OSError, ValueError):  # there is no limit, or it is "max"
        return min(total, int(_LIMIT.read_text()))
    return total


def _size(data: Path) -> int:
    size = 0
    for each in data.rglob("*"):
        with suppress(FileNotFoundError):  # a server that was left running may delete one
            size += each.stat().st_size
    return size
