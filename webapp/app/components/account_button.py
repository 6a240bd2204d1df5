"""The account menu's button."""

from collections.abc import Mapping

from nicegui import ui


class AccountButton(ui.element, component="account_button.js"):
    """An avatar that opens the account menu."""

    def __init__(self, me: Mapping[str, object]) -> None:
        super().__init__()
        self._props["me"] = dict(me)

    def show_picture(self, path: str | None) -> None:
        """Show another picture of the user, or their initials."""
        self._props["me"] = {**self._props["me"], "picture": path}
