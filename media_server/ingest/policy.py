"""Where pulls may connect to, and how a name resolves to one checked address."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult

from domain.core.errors import BadInput, MomentsError
from domain.infra.http.safe_http import SafeFetcher
from media_server.ingest.reasons import Kind, SourceError

PORTS = {"rtsp": 554, "rtsps": 322, "rtmp": 1935, "rtmps": 443}


@dataclass(frozen=True)
class PullPolicy:
    """The pull policy: how to resolve and check names, and the folder of files."""

    fetcher: SafeFetcher
    resolve: Callable[[str, int], list[str]]  # raises a MomentsError for a refused address
    folder: Path | None = None

    def pin(self, parts: SplitResult) -> tuple[str, int]:
        """Return the checked address and the port of a URL.

        Raises:
            SourceError: It is not allowed, or not found.
        """
        try:
            port = parts.port or PORTS.get(parts.scheme)
        except ValueError:
            port = None
        if not parts.hostname or port is None:
            raise SourceError(
                "The URL needs a host and a port, such as tcp://192.168.1.20:9000.",
                kind="refused",
            )
        try:
            return self.resolve(parts.hostname, port)[0], port
        except MomentsError as error:
            kind: Kind = "refused" if isinstance(error, BadInput) else "unreachable"
            raise SourceError(error.message.rstrip(".") + ".", kind=kind) from error


def host_in_url(host: str) -> str:
    """Return a host or an address in URL syntax."""
    return f"[{host}]" if ":" in host else host
