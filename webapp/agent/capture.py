"""Makes a moment: announces it, sends its files, and waits until its pictures are ready."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from webapp.agent import journal, uploads
from webapp.agent.client import Client, Retries
from webapp.agent.errors import AgentError, Refused, Unreachable
from webapp.agent.files import Upload
from webapp.agent.journal import Entry, Sending

_POLL_S = (0.2, 2.0)
Report = Callable[[str, int, int], None]  # a file's name, the bytes sent, all of them


@dataclass(frozen=True, slots=True)
class Made:
    """A finished capture, as it is printed."""

    id: str
    title: str
    url: str
    markdown: str
    share_url: str | None = None
    files: list[dict[str, Any]] = field(default_factory=list)

    def json(self) -> dict[str, Any]:
        """Return it for `--json`."""
        return {name: value for name, value in asdict(self).items() if value is not None}


class Sender:
    """Sends captures to a server."""

    def __init__(self, client: Client, report: Report, wait_s: float) -> None:
        self._client = client
        self._report = report
        self._wait_s = wait_s

    @property
    def is_vm(self) -> bool:
        """Whether a VM sends."""
        return self._client.server.is_vm

    @property
    def url(self) -> str:
        """The server's address."""
        return self._client.server.url

    def page(self, moment_id: str) -> str:
        """Return the address of a moment's page."""
        return self._client.server.page(moment_id)

    def create(self, body: dict[str, object], files: Sequence[Upload], folder: Path) -> Entry:
        """Create a moment and send its files.

        Raises:
            AgentError: Something failed; what can be continued stays in the folder.
        """
        return self._begin(Entry(self.url, str(body["title"]), body=body), files, folder)

    def attach(self, moment_id: str, files: Sequence[Upload], folder: Path) -> Entry:
        """Send files to a moment."""
        found = self._client.get(f"{self._client.server.api}/{quote(moment_id, safe='')}")
        moment = found["moment"]["moment"]
        return self._begin(Entry(self.url, moment["title"], moment["id"]), files, folder)

    def _begin(self, entry: Entry, files: Sequence[Upload], folder: Path) -> Entry:
        entry.files += map(_sending, files)
        journal.write(folder, entry)
        self.send(entry, folder)
        return entry

    def send(self, entry: Entry, folder: Path) -> None:
        """Do what is left of a capture; forget it once it is sent or can never be."""
        try:
            fresh = self._announce(entry, folder)
            for each in entry.files:
                self._send_file(each, is_new=each in fresh)
        except Unreachable:
            raise
        except AgentError as error:
            if not (isinstance(error, Refused) and error.status == 401 and entry.moment_id):
                journal.done(folder)  # a new token helps, and nothing else
            raise
        journal.done(folder)

    def _send_file(self, file: Sending, *, is_new: bool) -> None:
        path = Path(file.path)
        if not path.is_file() or path.stat().st_size != file.size:
            raise AgentError(f"{file.name} changed while it was sent. Capture it again.")
        uploads.send(
            path,
            file.url,
            Retries(self._client.sleep),
            lambda sent: self._report(file.name, sent, file.size),
            is_new=is_new,
        )

    def wait(self, entry: Entry) -> list[dict[str, Any]]:
        """Return a moment's files once their pictures are ready.

        Raises:
            AgentError: One was refused, arrived damaged, or is not ready in time.
        """
        end, pause = time.monotonic() + self._wait_s, _POLL_S[0]
        ours = {each.asset_id: each for each in entry.files}
        while True:
            answer = self._client.get(f"{self._client.server.api}/{entry.moment_id}")
            found = [each for each in answer["assets"] if each["asset"]["id"] in ours]
            states = {each["asset"]["processingStatus"] for each in found}
            for each in found:
                _check(each["asset"], ours[each["asset"]["id"]])
            if states <= {"completed"} and len(found) == len(ours):
                return found
            if time.monotonic() > end:
                raise AgentError(
                    f"{entry.moment_id} is saved, but its pictures are not ready after "
                    f"{self._wait_s:.0f} s. Check that the server's worker runs."
                )
            self._client.sleep(pause)
            pause = min(_POLL_S[1], pause * 1.5)

    def share(self, moment_id: str, lifetime_s: int) -> str:
        """Return a new link for anybody, which expires."""
        body = {"expires_in_s": lifetime_s}
        return str(self._client.post(f"/api/moments/{moment_id}/share", body)["share_url"])

    def _announce(self, entry: Entry, folder: Path) -> Sequence[Sending]:
        """Tell the server of the moment, then of all its files; return those it did not know."""
        api = self._client.server.api
        if not entry.moment_id:
            made = self._client.post(f"{api}/create", entry.body, key=entry.key)["moment"]
            entry.moment_id, entry.title = made["id"], made["title"]
        fresh = [each for each in entry.files if not each.url]
        for number, each in enumerate(fresh):
            body = {
                "assetType": each.asset_type,
                "fileName": each.name,
                "mimeType": each.mime_type,
                "fileSizeBytes": each.size,
                "uploadMethod": "vm_agent" if self.is_vm else "cli",
            }
            path = f"{api}/{entry.moment_id}/assets/upload"
            begun = self._client.post(path, body, key=f"{entry.key}.{number}")
            each.url, each.asset_id = begun["uploadUrl"], begun["assetId"]
        if fresh:
            journal.write(folder, entry)
        return fresh


def _sending(file: Upload) -> Sending:
    return Sending(
        str(file.path.resolve()),
        file.name,
        file.mime_type,
        file.asset_type,
        file.path.stat().st_size,
        uploads.sha256_of(file.path),
    )


def _check(asset: dict[str, Any], sent: Sending) -> None:
    if asset["processingStatus"] == "failed":
        reason = asset.get("processingError") or "The server could not read it."
        raise AgentError(f"{sent.name} was refused. {reason}")
    if asset.get("sha256") not in (None, sent.sha256):
        raise AgentError(f"{sent.name} arrived damaged. Capture it again.")


def made(sender_url: str, entry: Entry, files: list[dict[str, Any]], share_url: str | None) -> Made:
    """Return a capture's links and Markdown."""
    label = entry.title.replace("[", "(").replace("]", ")").replace("\n", " ")
    has_picture = any(each.get("previewUrl") for each in files)
    picture = f"![{label}]({share_url}/thumbnail.jpg)" if share_url and has_picture else label
    return Made(
        id=entry.moment_id,
        title=entry.title,
        url=sender_url,
        markdown=f"[{picture}]({sender_url})",
        share_url=share_url,
        files=[
            {"id": each["asset"]["id"], "name": each["asset"]["fileName"], **_shape(each["asset"])}
            for each in files
        ],
    )


def _shape(asset: dict[str, Any]) -> dict[str, Any]:
    known = {"sha256": asset.get("sha256"), "sizeBytes": asset.get("fileSizeBytes")}
    metadata = asset.get("metadata") or {}
    return known | {name: metadata[name] for name in ("width", "height") if name in metadata}
