"""yt-dlp in its child process, against a site full of traps on a local port."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from domain.core.errors import BadInput, MomentsError, TooLarge, Unavailable
from domain.infra.http.safe_http import Policy
from domain.infra.ytdlp.client import Budget, YtDlp
from tests.fakes.hostile_site import FILM, HostileSite, hostile_site

BUDGET = Budget(1_000_000, 60)
CLIENT = YtDlp(("generic",), Policy.PULL, ("127.0.0.1/32",))


@pytest_asyncio.fixture
async def site() -> AsyncIterator[HostileSite]:
    async with hostile_site() as site:
        yield site


def children() -> list[str]:
    """Return the running children with yt-dlp."""
    found = (child.cmdline() for child in psutil.Process().children(recursive=True))
    return [line[-1] for line in found if line and "ytdlp" in line[-1]]


def names(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


@pytest.mark.parametrize(
    ("path", "size"),
    [("/film.mp4", len(FILM)), ("/page", len(FILM)), ("/list.m3u8", 2 * len(FILM))],
)
async def test_media_arrives_whole(site: HostileSite, tmp_path: Path, path: str, size: int) -> None:
    facts = await CLIENT.fetch(site.url(path), tmp_path / "film", BUDGET)
    assert await asyncio.to_thread(os.path.getsize, tmp_path / "film") == size
    assert facts.site in {"generic", "html5mediaembed"}
    assert names(tmp_path) == ["film"]
    assert not children()


async def test_words_of_a_page_are_cleaned(site: HostileSite) -> None:
    facts = await CLIENT.facts(site.url("/words"))
    assert (facts.title, facts.duration_ms) == ("Drop <script>alert(1)</script>", 216_000)
    assert "/film.mp4" not in site.calls
    assert (await CLIENT.facts(site.url("/huge"))).title == "x" * 300


TRAPS: list[tuple[str, type[MomentsError], str | None]] = [
    ("/to-loopback", BadInput, "unsafe_url"),
    ("/to-mapped", BadInput, "unsafe_url"),
    ("/to-metadata", BadInput, "unsafe_url"),
    ("/to-file", BadInput, "unsafe_url"),
    ("/page-to-loopback", BadInput, "unsafe_url"),
    ("/trap.m3u8", BadInput, "unsafe_url"),
    ("/live.m3u8", BadInput, None),
    ("/nothing", BadInput, "no_media"),
    ("/missing", BadInput, "no_media"),
    ("/down", Unavailable, None),
    ("/endless.mp4", TooLarge, None),
    ("/endless.html", TooLarge, None),
]


@pytest.mark.parametrize(("path", "kind", "code"), TRAPS)
async def test_traps_end_in_a_sentence(
    site: HostileSite, tmp_path: Path, path: str, kind: type[MomentsError], code: str | None
) -> None:
    with pytest.raises(kind) as caught:
        await CLIENT.fetch(site.url(path), tmp_path / "film", BUDGET)
    assert caught.value.message.endswith(".")
    assert code is None or caught.value.code == code
    assert not names(tmp_path)


async def test_time_ends_the_child(site: HostileSite, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        await CLIENT.fetch(site.url("/silent"), tmp_path / "film", Budget(1_000_000, 2))
    assert not children()


async def test_a_cancelled_call_leaves_nothing(site: HostileSite, tmp_path: Path) -> None:
    task = asyncio.create_task(CLIENT.fetch(site.url("/silent"), tmp_path / "film", BUDGET))
    await site.is_asked.wait()
    assert len(children()) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not children()
    assert not names(tmp_path)


async def test_what_is_not_allowed_is_not_asked(site: HostileSite) -> None:
    with pytest.raises(BadInput) as caught:
        await YtDlp(("all",)).facts(site.url("/film.mp4"))  # public addresses only
    assert caught.value.code == "unsafe_url"
    with pytest.raises(BadInput, match="terms"):
        await YtDlp(("all",)).facts("https://www.youtube.com/watch?v=dQw4w9WgXcQ")
    with pytest.raises(BadInput) as caught:
        await YtDlp(("archive.org",), Policy.PULL, ("127.0.0.0/8",)).facts(site.url("/film.mp4"))
    assert caught.value.code == "no_media"
    with pytest.raises(BadInput) as caught:
        await YtDlp(()).facts(site.url("/film.mp4"))
    assert caught.value.code == "ytdlp_off"
    assert not site.calls


def test_names_allow_sites() -> None:
    everything = YtDlp(("all",))
    assert everything.allows("soundcloud")
    assert not everything.allows("youtube")
    assert YtDlp(("all", "youtube")).allows("youtube")
    assert not YtDlp(("generic",)).allows("soundcloud")


ATTEMPTS = """
import errno, os, pathlib, socket, subprocess, sys
from domain.infra.http.addresses import AddressRules, Policy
from domain.infra.ytdlp import guard
folder = pathlib.Path(sys.argv[1])
guard.limit(1000, 60)
guard.lock(AddressRules(Policy.PUBLIC_ONLY), folder / "own")
(folder / "own" / "kept").write_text("x")
attempts = {
    "run": lambda: subprocess.run(["true"]),
    "system": lambda: os.system("true"),
    "fork": os.fork,
    "write": lambda: (folder / "elsewhere").write_text("x"),
    "append": lambda: (folder / "theirs").open("a"),
    "escape": lambda: (folder / "own" / ".." / "elsewhere").write_text("x"),
    "through a link": lambda: (folder / "own" / "link").write_text("x"),
    "move": lambda: (folder / "own" / "kept").rename(folder / "moved"),
    "remove": lambda: (folder / "theirs").unlink(),
    "make": lambda: (folder / "made").mkdir(),
    "loopback": lambda: socket.create_connection(("127.0.0.1", 9)),
    "by name": lambda: socket.socket().connect(("localhost", 9)),
    "mapped": lambda: socket.create_connection(("::ffff:127.0.0.1", 9)),
    "unix": lambda: socket.socket(socket.AF_UNIX).connect("socket"),
    "datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("10.0.0.1", 9)),
    "fill": lambda: (folder / "own" / "large").write_bytes(bytes(2_000_000)),
    "listen": lambda: socket.socket().bind(("127.0.0.1", 0)),
}
if sys.platform == "linux":
    attempts["memory"] = lambda: bytes(2 * 1024**3)
for name, attempt in attempts.items():
    try:
        attempt()
    except (guard.RefusedError, MemoryError):
        continue
    except OSError as error:
        if error.errno == errno.EFBIG:
            continue
        print(name, repr(error))
    else:
        print(name, "was possible")
"""


def test_the_interpreter_refuses_what_the_child_may_not_do(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "theirs").write_text("x")
    (tmp_path / "own" / "link").symlink_to(tmp_path / "theirs")
    command = [sys.executable, "-B", "-c", ATTEMPTS, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert sorted(names(tmp_path)) == ["own", "theirs"]
