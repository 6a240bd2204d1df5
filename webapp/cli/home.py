"""The home folder of a running `moments up`: created, locked, and held until all has stopped."""

import fcntl
import os
import time
from pathlib import Path

from domain.core.errors import Conflict, Unavailable
from webapp.cli.formation import DATABASE_PATIENCE_S, PATIENCE_S

LEFTOVERS_S = PATIENCE_S + DATABASE_PATIENCE_S + 1  # until a killed `up` is cleaned up
SAY_AFTER_S = 1.0
DYING_S = 0.3  # one that was just killed may still look alive


def prepare(home: Path) -> None:
    """Create the home, readable only by its owner; an existing home keeps its permissions.

    As root it is traversable, so that PostgreSQL's own user reaches its folder below.

    Raises:
        Unavailable: It cannot be created or written to.
    """
    try:
        home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        (home / "run").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"The home folder {home} cannot be used: {error.strerror}. Choose another one with "
            "--home or MOMENTS_HOME."
        ) from error


def lock(home: Path) -> int:
    """Lock the home for this process and return the lock's file descriptor.

    Raises:
        Conflict: Another `moments up` uses it.
    """
    descriptor = os.open(home / "run" / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    begun = time.monotonic()
    has_said = False
    while not _try_lock(descriptor):
        holder = _holder(descriptor)
        waited_s = time.monotonic() - begun
        if waited_s > (DYING_S if _is_alive(holder) else LEFTOVERS_S):
            os.close(descriptor)
            raise Conflict(
                f"Moments is already running in {home} (process {holder}). Stop it first, or "
                "choose another home with --home or MOMENTS_HOME."
            )
        if waited_s > SAY_AFTER_S and not has_said:
            has_said = True
            print("Waiting for the processes of a killed `moments up` to end …", flush=True)
        time.sleep(0.05)  # the orphan reaper is still ending them
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(descriptor: int) -> int:
    text = os.pread(descriptor, 32, 0)
    return int(text) if text.isdigit() else 0


def _is_alive(pid: int) -> bool:
    import psutil  # noqa: PLC0415 (wanted only when the home is taken)

    try:
        # A zombie counts as dead.
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE) if pid else False
    except psutil.NoSuchProcess:
        return False
