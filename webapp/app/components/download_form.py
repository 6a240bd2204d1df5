"""Downloads of several moments."""

from collections.abc import Sequence

from nicegui import ui


class DownloadForm(ui.element, component="download_form.js"):
    """Downloads what an address answers to a form with `ids`."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self._props["action"] = action
        self.sent: Sequence[str] = ()

    def send(self, ids: Sequence[str], action: str | None = None) -> None:
        """Start the download, from another address if one is given."""
        self.sent = tuple(ids)
        self.run_method("send", list(ids), action or self._props["action"])
