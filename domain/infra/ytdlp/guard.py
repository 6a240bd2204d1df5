"""What the child may do, checked by the interpreter itself (audit events, PEP 578).

The hook cannot be removed. It is the second lock: requests already go through `SafeFetcher`, and
this refuses whatever a part of yt-dlp might do around it.
"""

import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from domain.infra.http.addresses import AddressRules

_MEMORY: Final = 1024**3
_SPARE_S: Final = 5
_FILE_SPARE: Final = 1024 * 1024
_PROGRAMS: Final = frozenset(
    {"subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn",
     "os.startfile", "os.system", "pty.spawn"}
)  # fmt: skip
# Events of changed files, with the number of paths that they begin with.
_CHANGES: Final = {
    "os.chflags": 1, "os.chmod": 1, "os.chown": 1, "os.link": 2, "os.mkdir": 1, "os.remove": 1,
    "os.rename": 2, "os.rmdir": 1, "os.setxattr": 1, "os.symlink": 2, "os.truncate": 1,
    "os.utime": 1,
}  # fmt: skip
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class RefusedError(PermissionError):
    """The child tried something that it may not do."""


def limit(max_file_bytes: int, total_s: float) -> None:
    """Bound memory, files and time, even if the parent is gone."""
    seconds = int(total_s) + _SPARE_S
    signal.alarm(seconds)
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, max_file_bytes + _FILE_SPARE),
    ):
        with suppress(ValueError, OSError):  # macOS cannot limit the address space
            resource.setrlimit(kind, (most, most))


def lock(rules: AddressRules, folder: Path) -> None:
    """Refuse other addresses, other folders for writing, and all programs, from now on."""
    root = os.path.realpath(folder) + os.sep

    def check_path(path: object) -> None:
        if isinstance(path, int):
            return  # an open file, checked when it was opened
        name = os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]
        if not name.startswith(root) and name != os.devnull:
            raise RefusedError

    sys.addaudithook(_hook(rules, check_path))


def _hook(
    rules: AddressRules, check_path: Callable[[object], None]
) -> Callable[[str, tuple[Any, ...]], None]:
    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in _PROGRAMS:
            raise RefusedError
        if event in {"socket.connect", "socket.sendto", "socket.bind"}:
            _check_address(rules, event, args[1])
        elif event == "open" and args[2] & _WRITES:
            check_path(args[0])
        elif event in _CHANGES:
            for path in args[: _CHANGES[event]]:
                check_path(path)

    return hook


def _check_address(rules: AddressRules, event: str, address: Any) -> None:  # noqa: ANN401 (any family's)
    """Refuse all but connections to allowed addresses: numbers, so that none is resolved again."""
    try:
        is_allowed = event == "socket.connect" and rules.allows(address[0])
    except (TypeError, ValueError, LookupError):
        is_allowed = False
    if not is_allowed:
        raise RefusedError
