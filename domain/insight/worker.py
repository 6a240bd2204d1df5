"""The engines' process: `python -m domain.insight.worker <parent pid> <idle seconds> <1|0>`.

The last argument is 1 if models may be downloaded. It keeps models loaded between requests, and
exits when idle, which returns all memory.
"""

import os
import sys

from domain.infra.calls import serve_calls
from domain.infra.worker_process import bind_to_parent

_MEMORY = 12 * 1024**3  # of address space; models are mapped several times over


def main(parent: int, idle_s: int, *, downloads: bool) -> None:
    """Serve calls of this package."""
    bind_to_parent(parent, _MEMORY)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # more cost more than they save on small matrices
    os.environ["HF_HUB_OFFLINE"] = "0" if downloads else "1"
    serve_calls("domain.insight", "analysis", idle_s)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), downloads=sys.argv[3] == "1")
