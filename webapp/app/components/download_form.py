"""Downloads of several moments."""

from collections.abc import Sequence

from webapp.app.kit.elements import El


class DownloadForm(El):
    """Downloads what an address answers to a form with `ids`, as it arrives."""

    def __init__(self, action: str) -> None:
        super().__init__("form", method="post", action=action, hidden=True)
        self._usual = action
        with self:
            self._ids = El("input", name="ids")
        self.sent: Sequence[str] = ()

    def send(self, ids: Sequence[str], action: str | None = None) -> None:
        """Start the download, from another address if one is given."""
        self.sent = tuple(ids)
        self._ids.attribute("value", ",".join(ids))
        self.attribute("action", action or self._usual)
        self.run_method("submit")
