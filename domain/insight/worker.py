"""The engines' process: `python -m domain.insight.worker <parent pid> <idle seconds> <1|0>`.

The last argument is 1 if models may be downloaded.
Requests name a function of this package and its arguments; answers are pickled. It runs at low
priority, keeps models loaded between requests, and exits when idle, which returns all memory.
"""

import os
import pickle
import signal
import sys
from importlib import import_module
from typing import Any

from domain.core.errors import MomentsError, Unavailable
from domain.infra.worker_process import bind_to_parent, serve

_MEMORY = 12 * 1024**3  # of address space; models are mapped several times over


def answer(request: tuple[str, str, tuple[Any, ...]]) -> tuple[bool, object]:
    """Call a function; return whether it succeeded, and its result or a domain error."""
    module, function, args = request
    try:
        return True, getattr(import_module(f"domain.insight.{module}"), function)(*args)
    except MomentsError as error:
        return False, error
    except Exception as error:  # noqa: BLE001 (of any library; the caller reports it)
        reason = f"{type(error).__name__}: {error}"[:300]
        return False, Unavailable(f"The analysis failed ({reason}). Try again later.")


def main(parent: int, idle_s: int, *, downloads: bool) -> None:
    """Serve until the parent closes the pipe or nothing is requested for a while."""
    bind_to_parent(parent, _MEMORY)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # more cost more than they save on small matrices
    os.environ["HF_HUB_OFFLINE"] = "0" if downloads else "1"
    os.nice(10)  # live streams come first
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not be taken for an answer

    def packed(request: tuple[str, str, tuple[Any, ...]]) -> bytes:
        signal.alarm(0)
        data = pickle.dumps(answer(request), protocol=5)
        signal.alarm(idle_s)  # ends the process unless another request arrives
        return data

    signal.alarm(idle_s)
    serve(requests, answers, packed)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), downloads=sys.argv[3] == "1")
