"""Rules for a stream's fields; a sentence for each invalid one."""

import asyncio
import unicodedata
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from domain.core.errors import BadFields, BadInput, Unavailable
from domain.core.settings import Settings
from domain.core.slugs import slug_problem
from domain.infra.http.addresses import Policy, resolve_checked
from domain.live.models import Source

MIN_BUFFER_S: Final = 10
MAX_BUFFER_S: Final = 3600
VISIBILITIES: Final = ("private", "organization", "unlisted", "public")
_MAX_NAME: Final = 100
_MAX_URL: Final = 2000
_PORTS: Final = {"rtsp": 554, "rtsps": 322, "rtmp": 1935, "rtmps": 443, "http": 80, "https": 443}
_SCHEMES: Final = frozenset({*_PORTS, "tcp", "udp", "file"})


def check_stream(
    *, name: str | None, slug: str | None, buffer_s: int | None, visibility: str | None
) -> None:
    """Validate the given fields.

    Raises:
        BadFields: One or more are invalid.
    """
    problems = {
        "name": None if name is None else _name_problem(name),
        "slug": None if slug is None else slug_problem(slug),
        "buffer_s": None if buffer_s is None else _buffer_problem(buffer_s),
        "visibility": None
        if visibility in {None, *VISIBILITIES}
        else "is not one of " + ", ".join(VISIBILITIES),
    }
    wrong = {field: problem for field, problem in problems.items() if problem}
    if wrong:
        raise BadFields(wrong)


def mask_url(url: str) -> str:
    """Return a source's URL without possible credentials: user, password and query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(
        parts._replace(
            netloc=f"***@{host}" if "@" in parts.netloc else host,
            query="***" if parts.query else "",
            fragment="",
        )
    )


class SourceRules:
    """Which sources can be pulled, by the operator's settings."""

    def __init__(self, settings: Settings) -> None:
        self._networks = settings.pull_networks
        self._folder = settings.pull_folder

    async def check(self, source: Source) -> None:
        """Validate a stream's source; resolves a host's name.

        Raises:
            BadFields: The kind, the URL or its address is not allowed.
        """
        if source.kind not in {"push", "pull", "demo"}:
            raise BadFields({"source": "kind must be push, pull or demo"})
        if source.kind != "pull":
            if source.url is not None:
                raise BadFields({"source": f"a {source.kind} source has no url"})
            return
        problem = await self._url_problem(source.url or "")
        if problem:
            raise BadFields({"source": problem}, f"The source's url {problem}")

    async def _url_problem(self, url: str) -> str | None:
        if not url:
            return "is required for a pull source"
        if len(url) > _MAX_URL or any(c.isspace() or not c.isprintable() for c in url):
            return "is too long or contains spaces or control characters"
        return await self._parts_problem(url)

    async def _parts_problem(self, url: str) -> str | None:
        try:
            parts = urlsplit(url)
            port = parts.port or _PORTS.get(parts.scheme)
        except ValueError:
            return "is not a URL"
        if parts.scheme not in _SCHEMES:
            return "must begin with rtsp, rtmp, http, https, tcp, udp or file (://)"
        if parts.scheme == "file":
            return await asyncio.to_thread(self._file_problem, parts)
        if not parts.hostname or port is None:
            return "needs a host" + ("" if port else " and a port")
        return await asyncio.to_thread(self._address_problem, parts.hostname, port)

    def _address_problem(self, host: str, port: int) -> str | None:
        try:
            resolve_checked(host, port, Policy.PULL, self._networks)
        except BadInput:
            return (
                "leads to an address that is not permitted: loopback, link-local and metadata "
                "addresses are blocked unless the operator lists their network in "
                "MOMENTS_PULL_NETWORKS"
            )
        except Unavailable:
            return f"has a host name that was not found ({host})"
        return None

    def _file_problem(self, parts: SplitResult) -> str | None:
        if self._folder is None:
            return (
                "is a file, and the operator has not configured a folder for files "
                "(MOMENTS_PULL_FOLDER)"
            )
        path = Path(unquote(parts.path)).resolve()
        if parts.netloc not in {"", "localhost"} or not path.is_relative_to(self._folder.resolve()):
            return "is outside the operator's folder for files"
        return None if path.is_file() else "is a file that does not exist"


def _name_problem(name: str) -> str | None:
    if not name.strip():
        return "is required"
    if any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in name):
        return "contains control characters"
    return f"must have at most {_MAX_NAME} characters" if len(name) > _MAX_NAME else None


def _buffer_problem(buffer_s: int) -> str | None:
    if MIN_BUFFER_S <= buffer_s <= MAX_BUFFER_S:
        return None
    return f"must be between {MIN_BUFFER_S} and {MAX_BUFFER_S} seconds"
