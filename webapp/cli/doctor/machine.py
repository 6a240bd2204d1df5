"""Checks this machine: the home folder, its disk, the port, the clock, models, test commands."""

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from domain.core.errors import MomentsError
from domain.core.settings import Settings
from domain.infra import ocr
from domain.insight import wiring as insight_wiring
from domain.insight.models import LARGE
from webapp.cli import ports
from webapp.cli.doctor.finding import Finding, bad, ok, warn

GIB = 1024**3
BUILT_BY = 1_760_000_000  # no machine that runs this has an earlier clock
TOOLS = (("chromium", "browser tests"), ("ffmpeg", "media tests"), ("redis-server", "Redis tests"))


def check(settings: Settings, *, is_running: bool) -> Iterator[Finding]:
    """Check the machine."""
    yield _home(settings.home)
    yield _secret(settings)
    yield _disk(settings.home)
    yield _port(settings, is_running=is_running)
    yield _clock()
    yield from _models(settings)
    yield _pictures()
    yield _tools()


def _home(home: Path) -> Finding:
    if not home.exists():
        return warn("home", f"{home} does not exist yet", "`moments up` creates it.")
    try:
        with tempfile.TemporaryFile(dir=home) as file:
            file.write(b"x")
            os.fsync(file.fileno())
    except OSError as error:
        fix = "Give it to the user that runs Moments, or choose another one with MOMENTS_HOME."
        return bad("home", f"{home} is not writable: {error.strerror}", fix)
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        return warn("home", f"{home} is writable by others", f"chmod go-w {home}")
    return ok("home", f"{home}, {oct(mode)[2:]}")


def _secret(settings: Settings) -> Finding:
    file = settings.home / "secret"
    if settings.secret is not None:
        if len(settings.secret.get_secret_value()) < 32:
            fix = "Set one of at least 32 random characters."
            return bad("secret", "MOMENTS_SECRET is short", fix)
        return ok("secret", "from MOMENTS_SECRET")
    if not file.exists():
        return ok("secret", "is created on first start")
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        return bad("secret", f"{file} is readable by others", f"chmod 600 {file}")
    return ok("secret", "in the home, readable only by its owner")


def _disk(home: Path) -> Finding:
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    usage = shutil.disk_usage(place)
    detail = f"{usage.free / GIB:.1f} GiB of {usage.total / GIB:.0f} GiB free"
    fix = f"Free some space on the disk of {place}, delete captures, or use an S3 store."
    if usage.free < GIB // 4:
        return bad("disk", detail, fix)
    if usage.free < 2 * GIB or usage.free < usage.total * 0.03:
        return warn("disk", detail, fix)
    return ok("disk", detail)


def _port(settings: Settings, *, is_running: bool) -> Finding:
    where = f"{settings.host}:{settings.port}"
    if is_running:
        return ok("port", f"Moments answers on {where}")
    try:
        ports.claim(settings.host, settings.port)
    except MomentsError as error:
        detail, _, fix = error.message.partition(". ")
        return bad("port", detail, fix)
    return ok("port", f"{where} is free")


def _clock() -> Finding:
    fix = "Set the machine's clock, preferably with NTP: clips, links and sign-ins depend on it."
    if time.time() < BUILT_BY:
        return bad("clock", time.strftime("it says %Y-%m-%d", time.gmtime()), fix)
    return ok("clock", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()))


def _models(settings: Settings) -> Iterator[Finding]:
    insight = insight_wiring.wire(settings)
    for engine, reason in insight.available().items():
        if reason:
            what, _, fix = reason.partition(". ")
            yield warn(engine, what, fix)
        else:
            yield ok(engine, "ready")
    yield search_model(insight.sentences)


def search_model(name: str) -> Finding:
    """Tell which model search finds meanings with."""
    if name == LARGE:
        return ok("search by meaning", f"with {name}")
    return warn("search by meaning", f"with {name}, which finds less", "Run `make models`.")


def _pictures() -> Finding:
    if ocr.is_installed():
        return ok("text in pictures", "ready")
    return ok("text in pictures", "off: `pip install rapidocr` lets search find screenshots by it")


def _tools() -> Finding:
    missing = [f"{tool} ({use})" for tool, use in TOOLS if shutil.which(tool) is None]
    if missing:
        fix = "Only `make test` needs them. Install them with the system's package manager."
        return warn("test tools", "not found: " + ", ".join(missing), fix)
    return ok("test tools", ", ".join(tool for tool, _ in TOOLS))
