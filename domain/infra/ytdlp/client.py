"""Starts a child process with yt-dlp for one address, bounds it, and checks what it says.

The child reads hostile pages with a large library, so it gets nothing of ours: no secrets in its
environment, no address but those that `SafeFetcher` allows, no programs, no files outside its
temporary folder. Whatever happens, it is killed with its process group and its folder is removed.
"""

import asyncio
import os
import signal
import stat
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from domain.core.errors import BadInput, TooLarge, Unavailable
from domain.core.untrusted import duration_ms, json_object, text
from domain.infra.http.safe_http import Policy

_CODE: Final = Path(__file__).parents[3]
_MAX_ANSWER: Final = 64 * 1024
_RETRY_S: Final = 60
# Their terms forbid downloads: neither `all` nor `generic` allows them, only their names do.
_FORBIDDEN: Final = {
    "youtube": ("youtube.com", "youtu.be", "youtube-nocookie.com", "googlevideo.com"),
    "spotify": ("spotify.com", "spotify.link", "scdn.co"),
}


class Job(msgspec.Struct, frozen=True):
    """What the child is to do; its folder is its only place to write."""

    url: str
    extractors: tuple[str, ...]
    refused_hosts: tuple[str, ...]
    folder: str
    file_name: str | None  # None: only say what is there
    max_bytes: int
    total_s: float
    policy: Policy
    networks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits for everything that one call receives, stores and takes."""

    max_bytes: int
    total_s: float


FACTS_BUDGET: Final = Budget(16 * 1024 * 1024, 30)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a site says of its media: clean lines, bounded; an empty text or None if unknown."""

    site: str  # yt-dlp's name of it, in lower case
    title: str
    artist: str
    album: str
    channel: str
    duration_ms: int | None


class YtDlp:
    """Asks sites about media, and fetches it, where the operator allows it."""

    def __init__(
        self,
        sites: Sequence[str],
        policy: Policy = Policy.PUBLIC_ONLY,
        networks: Sequence[str] = (),
    ) -> None:
        """Take the allowed sites: names of yt-dlp's extractors, or `all`."""
        self.sites = tuple(sites)
        self._policy = policy
        self._networks = tuple(networks)

    @property
    def is_on(self) -> bool:
        """Whether any site is allowed."""
        return bool(self.sites)

    def allows(self, site: str) -> bool:
        """Return whether a site is allowed, by the name of its extractor."""
        return site in self.sites or ("all" in self.sites and site not in _FORBIDDEN)

    async def facts(self, url: str, budget: Budget = FACTS_BUDGET) -> Facts:
        """Return what a site says of the media at an address; nothing is downloaded.

        Raises:
            BadInput: The address or its site is not allowed, or there is no media.
            Unavailable: The site is down or too slow.
            TooLarge: It sends more than the budget.
        """
        with tempfile.TemporaryDirectory(prefix="ytdlp-") as folder:
            return await self._run(self._job(url, Path(folder), None, budget), budget)

    async def fetch(self, url: str, into: Path, budget: Budget) -> Facts:
        """Download the media at an address into a new file, which appears when it is complete.

        Its folder must exist. The file can be of any type: check it before it is served.

        Raises:
            BadInput, Unavailable, TooLarge: As `facts`.
        """
        with tempfile.TemporaryDirectory(prefix=".ytdlp-", dir=into.parent) as folder:
            path = Path(folder)
            facts = await self._run(self._job(url, path, "media", budget), budget)
            _check_file(path / "media", budget)
            (path / "media").replace(into)
            return facts

    def _job(self, url: str, folder: Path, file_name: str | None, budget: Budget) -> Job:
        if not self.is_on:
            raise BadInput(
                "This server does not fetch media from other sites. Upload the file instead, or "
                "ask the operator to allow yt-dlp.",
                code="ytdlp_off",
            )
        return Job(
            url,
            _extractors(self.sites),
            tuple(
                host for site in _FORBIDDEN if site not in self.sites for host in _FORBIDDEN[site]
            ),
            str(folder.resolve()),
            file_name,
            budget.max_bytes,
            budget.total_s,
            self._policy,
            self._networks,
        )

    async def _run(self, job: Job, budget: Budget) -> Facts:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-B",
            "-m",
            "domain.infra.ytdlp.child",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=_CODE,
            env={"HOME": job.folder, "TMPDIR": job.folder, "LANG": "C.UTF-8", "PATH": ""},
            limit=_MAX_ANSWER,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(budget.total_s):
                return _read(await _ask(process, job))
        except TimeoutError as error:
            raise Unavailable(
                "The site did not answer in time. Try again later.", retry_after_s=_RETRY_S
            ) from error
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def _ask(process: asyncio.subprocess.Process, job: Job) -> bytes:
    if process.stdin is None or process.stdout is None:
        raise Unavailable("yt-dlp did not start. Try again later.", retry_after_s=_RETRY_S)
    with suppress(OSError):  # it died: its answer will be empty
        process.stdin.write(msgspec.json.encode(job) + b"\n")
        await process.stdin.drain()
    try:
        return await process.stdout.readuntil(b"\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return b""


def _read(answer: bytes) -> Facts:
    """Return the facts of a child's answer.

    Raises:
        BadInput, Unavailable, TooLarge: As the child says, or it said nothing usable.
    """
    said = json_object(answer)
    if said is None:
        raise Unavailable(
            "The site's answer could not be read. Try again later.", retry_after_s=_RETRY_S
        )
    if "error" in said:
        raise _error(said["error"], text(said.get("message")), text(said.get("code")))
    return Facts(
        site=text(said.get("site")).lower(),
        title=text(said.get("title")),
        artist=text(said.get("artist")),
        album=text(said.get("album")),
        channel=text(said.get("channel")),
        duration_ms=duration_ms(said.get("duration")),
    )


def _error(kind: Any, message: str, code: str) -> Exception:  # noqa: ANN401 (the child says it)
    if kind == "too_large":
        return TooLarge(message)
    if kind == "unavailable":
        return Unavailable(message, retry_after_s=_RETRY_S)
    return BadInput(message, code=code or None)


def _check_file(path: Path, budget: Budget) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError as error:
        raise BadInput("There is no video or audio at this address. Try another link.") from error
    if not stat.S_ISREG(found.st_mode) or not found.st_size:
        raise BadInput("There is no video or audio at this address. Try another link.")
    if found.st_size > budget.max_bytes:
        raise TooLarge("This media is larger than the limit. Use a smaller file.")


def _extractors(sites: Sequence[str]) -> tuple[str, ...]:
    """Return yt-dlp's rules: names, which are never patterns; `all` without those forbidden."""
    rules: list[str] = []
    if "all" in sites:
        rules += ["default", *(f"-{site}.*" for site in _FORBIDDEN)]
    for site in sites:
        if site in _FORBIDDEN:
            rules.append(f"{site}.*")
        elif site == "generic":
            rules += ["generic", "html5"]  # files, and pages with a plain player
        elif site != "all":
            rules.append(site.replace(".", r"\.").replace("+", r"\+"))
    return tuple(rules)
