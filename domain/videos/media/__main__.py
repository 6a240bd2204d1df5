"""The process: `python -m domain.videos.media <parent pid>`, its task as JSON on standard input.

It prints lines of JSON: `{"progress": 0.5}`, and at the end `{"result": …}` or `{"error": …}`.
"""

import ctypes
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from domain.core.errors import MomentsError
from domain.videos.media import excerpt, join, probe, sound, still, texts, vertical
from domain.videos.media.subtitles import Spoken

_PR_SET_PDEATHSIG = 1
_MEMORY = 4 * 1024**3
_NICE = 10  # live captures first


def _bind_to_parent(parent: int) -> None:
    """Die with the parent, however it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(0)
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


def _say(**values: object) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def _reporter() -> Callable[[float], None]:
    last = 0.0

    def report(fraction: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > 1:
            last = now
            _say(progress=fraction)

    return report


def _run(task: dict[str, Any]) -> object:
    path = Path(task["path"])
    match task["do"]:
        case "probe":
            return asdict(probe.probe(path, Path(task["poster"])))
        case "sound":
            return asdict(sound.extract(path, Path(task["target"]), _reporter()))
        case "join":
            join.join([path, *map(Path, task["others"])], Path(task["target"]))
        case "excerpt":
            target = Path(task["target"])
            return excerpt.excerpt(path, task["start_ms"], task["end_ms"], target)
        case "vertical":
            words = [Spoken(*word) for word in task["words"]]
            target = Path(task["target"])
            vertical.render(path, target, crop=task["crop"], words=words, report=_reporter())
        case "still":
            return still.still(path, task["at_ms"], Path(task["target"]))
        case "captions":
            return texts.extract(path, task["index"], Path(task["target"]))
        case _:
            raise ValueError(task["do"])
    return None


def main() -> None:
    """Do the task."""
    _bind_to_parent(int(sys.argv[1]))
    try:
        _say(result=_run(json.load(sys.stdin)))
    except MomentsError as error:
        _say(error=error.message)
    except MemoryError:
        _say(error="The file needs too much memory. Use a smaller one.")


if __name__ == "__main__":
    main()
