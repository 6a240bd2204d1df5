"""How many public pages one core serves, against the same page in NiceGUI and a static file.

Run: python -m benchmarks.public [--requests 2000] [--profile]
A mark that four people saved is asked for as fast as a web process answers. Requests are divided by
that process's processor time, so the result applies to one core; PostgreSQL's is in its own column.
The alternative shows the same view with NiceGUI's elements, in a bare app without our middleware.
Fails when the page is less than 20 times as fast. `--profile` prints where the time is spent.
"""

import argparse
import asyncio
import cProfile
import itertools
import json
import pstats
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import uvicorn

from domain.accounts.models import Caller, Role
from domain.bootstrap import Services, running
from domain.core.log import configure
from domain.core.settings import Settings
from domain.infra import postgres
from domain.marks.models import NewMark
from domain.sharing.models import NewShare
from tests.support.stack import free_port

_AIM = 20
_CLIENTS = 4
_NEW = "new"  # replaced by a number, so that no answer is kept
_PASSWORD = "a good long password"
_URL = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


@dataclass(frozen=True, slots=True)
class Speed:
    """Requests a second of processor time: of the web process, and with PostgreSQL's."""

    web: float
    whole: float
    size: int


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--requests", type=int, default=2000)
    options.add_argument("--profile", action="store_true")
    options.add_argument("--serve", choices=("ours", "nicegui"))
    options.add_argument("--settings")
    chosen = options.parse_args()
    if chosen.serve:
        _serve(chosen.serve, json.loads(chosen.settings), profile=chosen.profile)
        return 0
    with tempfile.TemporaryDirectory(prefix="moments-public-") as name:
        Path(name).chmod(0o711)
        return asyncio.run(_measure(Path(name), chosen))


async def _measure(home: Path, chosen: argparse.Namespace) -> int:
    values: dict[str, Any] = {"home": str(home / "home"), "provider_metadata": False}
    values |= {"database_url": None, "demo": False, "log_level": "warning"}
    settings = Settings(**values, _env_file=None)
    async with postgres.running(settings):
        async with running(settings, "cli") as services:
            mark = await _fill(services)
        paths = {
            "mark, /m/{slug}": f"/m/{mark['slug']}",
            "the same, not modified": f"/m/{mark['slug']}",
            "the same, drawn each time": f"/m/{mark['slug']}?{_NEW}",
            "embedded, /m/{slug}/embed": f"/m/{mark['slug']}/embed",
            "track, /t/{id}": f"/t/{mark['track']}",
            "share link, /s/{token}": f"/s/{mark['share']}",
            "static file": mark["static"],
        }
        found = {}
        with _serving("ours", values, profile=chosen.profile) as (port, process):
            for name, path in paths.items():
                known = "not modified" in name
                found[name] = await _ask(port, process, path, chosen.requests, is_known=known)
        with _serving("nicegui", values) as (port, process):
            path = f"/m/{mark['slug']}"
            found["the mark in NiceGUI"] = await _ask(port, process, path, chosen.requests // 10)
    base, file = found["the mark in NiceGUI"], found["static file"]
    print(f"{'':28} {'bytes':>8} {'per s, web':>12} {'with PostgreSQL':>16}  NiceGUI  static file")
    for name, speed in found.items():
        print(
            f"{name:28} {speed.size:8} {speed.web:12.0f} {speed.whole:16.0f}"
            f"  {speed.web / base.web:6.1f}x  {speed.web / file.web:6.2f}x"
        )
    return 0 if found["mark, /m/{slug}"].web >= _AIM * base.web else 1


async def _fill(services: Services) -> dict[str, str]:
    from webapp import assets  # noqa: PLC0415 (only here)

    await services.accounts.create_user("owner@example.org", _PASSWORD, organization="Garden")
    signed_in = await services.accounts.sign_in("owner@example.org", _PASSWORD, ip="192.0.2.1")
    owner = await services.accounts.authenticate(signed_in.token)
    people = [owner]
    for number in range(3):
        invitation = await services.members.invite(owner, Role.MEMBER)
        joined = await services.members.join_as_new(
            invitation.url.rpartition("/")[2], f"w{number}@example.org", _PASSWORD, name="W"
        )
        people.append(await services.accounts.authenticate(joined.token))
    new = NewMark(_URL, 450, 600, note="That drop!\nEvery time.", visibility="public",
                  tags=("drop", "live"), seen_duration_ms=216_000)  # fmt: skip
    marks = [await services.marks.create(each, new) for each in people]
    await _more(services, people)
    link = await services.sharing.share(owner, [marks[0].id], NewShare())
    return {
        "slug": marks[0].slug or "",
        "track": marks[0].track_id,
        "share": link.token,
        "static": assets.url("js/mark-public.js"),
    }


async def _more(services: Services, people: list[Caller]) -> None:
    for n, each in enumerate(people):
        for start in range(0, 2000, 100):
            new = NewMark(_URL, start + 25 * n, start + 80 + 25 * n, visibility="public")
            await services.marks.create(each, new)


@contextmanager
def _serving(
    kind: str, values: dict[str, Any], *, profile: bool = False
) -> Iterator[tuple[int, psutil.Process]]:
    port = free_port()
    values = {**values, "port": port, "public_url": f"http://127.0.0.1:{port}"}
    command = [sys.executable, "-m", "benchmarks.public", "--serve", kind]
    command += ["--settings", json.dumps(values), *(["--profile"] if profile else [])]
    child = subprocess.Popen(command)
    try:
        yield port, psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait()


def _serve(kind: str, values: dict[str, Any], *, profile: bool) -> None:
    settings = Settings(**values, _env_file=None)
    configure(settings, kind)
    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    if kind == "ours":
        from webapp.asgi import serve  # noqa: PLC0415 (only in this process)

        serve(settings)
    else:
        from benchmarks._nicegui_mark import app_of  # noqa: PLC0415 (one NiceGUI per process)

        uvicorn.run(app_of(settings), port=settings.port, log_level="critical", ws="none")
    profiler.disable()
    if profile:
        pstats.Stats(profiler).sort_stats("tottime").print_stats(45)


async def _ask(
    port: int, process: psutil.Process, path: str, count: int, *, is_known: bool = False
) -> Speed:
    await _up(port)
    head, size = await _one(port, path)
    etag = re.search(rb"etag: (\S+)", head)
    more = b"If-None-Match: " + etag[1] + b"\r\n" if is_known and etag else b""
    await _many(port, path, 50, more)
    web, whole = _processor_s(process)
    await _many(port, path, count, more)
    web_after, whole_after = _processor_s(process)
    return Speed(count / (web_after - web), count / (whole_after - whole), size)


def _processor_s(process: psutil.Process) -> tuple[float, float]:
    """Return the processor time so far of the web, and with that of PostgreSQL's backends."""
    web = sum(process.cpu_times()[:2])
    whole = web
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            whole += sum(child.cpu_times()[:2]) if child.name() == "postgres" else 0
    return web, whole


async def _up(port: int) -> None:
    for _ in range(600):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        writer.close()
        return
    raise SystemExit("The server did not start.")


async def _one(port: int, path: str) -> tuple[bytes, int]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head, size = await _answer(reader, writer, path, b"")
    writer.close()
    if not head.startswith(b"http/1.1 200"):
        raise SystemExit(f"{path}: {head.decode()}")
    return head, size


async def _many(port: int, path: str, count: int, more: bytes) -> None:
    numbers = itertools.count()

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(count // _CLIENTS):
            await _answer(reader, writer, path.replace(_NEW, str(next(numbers))), more)
        writer.close()

    await asyncio.gather(*(client() for _ in range(_CLIENTS)))


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, more: bytes
) -> tuple[bytes, int]:
    """Return an answer's head in lower case, and its size."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n".encode() + more + b"\r\n")
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = re.search(rb"content-length: (\d+)", head)
    size = int(length[1]) if length else 0
    await reader.readexactly(size)
    return head, size


if __name__ == "__main__":
    sys.exit(main())
