"""Where the server is and who asks, from options and environment variables."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from webapp.agent.errors import UsageError

_HOW = (
    "Set MOMENTS_VM_ID and MOMENTS_VM_TOKEN (Settings, VMs), or MOMENTS_TOKEN (Settings, "
    "API tokens)."
)


@dataclass(frozen=True, slots=True)
class Server:
    """A server, and the headers that identify the caller."""

    url: str  # scheme://host[:port]
    headers: Mapping[str, str]
    is_vm: bool

    @property
    def api(self) -> str:
        """The path of moments: VMs have their own."""
        return "/api/moments/vm" if self.is_vm else "/api/moments"

    def page(self, moment_id: str) -> str:
        """Return the address of a moment's page."""
        return f"{self.url}/library/{moment_id}"


def server_of(environment: Mapping[str, str], url: str | None = None) -> Server:
    """Return the server that the options and the environment name.

    Raises:
        UsageError: The address or the credentials are missing or malformed.
    """
    url = (url or environment.get("MOMENTS_URL", "")).rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path:
        raise UsageError(
            "Set MOMENTS_URL to the server's address, for example https://moments.example.org."
        )
    return Server(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", *_credentials(environment))


def _credentials(environment: Mapping[str, str]) -> tuple[dict[str, str], bool]:
    vm_id, vm_token = environment.get("MOMENTS_VM_ID"), environment.get("MOMENTS_VM_TOKEN")
    token = environment.get("MOMENTS_TOKEN")
    if token:
        headers = {"Authorization": f"Bearer {token}"}
        if organization := environment.get("MOMENTS_ORGANIZATION"):
            headers["x-organization-id"] = organization
        return _checked(headers), False
    if vm_id and vm_token:
        return _checked({"X-VM-ID": vm_id, "X-VM-Token": vm_token}), True
    raise UsageError(f"The agent has no credentials. {_HOW}")


def _checked(headers: dict[str, str]) -> dict[str, str]:
    if all(value.isascii() and value.isprintable() for value in headers.values()):
        return headers
    raise UsageError(f"The credentials contain characters that no token has. {_HOW}")


def state_dir(environment: Mapping[str, str]) -> Path:
    """Return the folder of unfinished uploads."""
    if chosen := environment.get("MOMENTS_AGENT_STATE"):
        return Path(chosen)
    base = environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "moments-agent"
