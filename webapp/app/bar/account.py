"""The account menu's button. The menu is HTML of the page's body, so it needs no script to open."""

from collections.abc import Mapping

from webapp.app.kit.elements import El
from webapp.pages.theme import render


class AccountButton(El):
    """An avatar that opens the account menu."""

    def __init__(self, me: Mapping[str, object]) -> None:
        label = f"{me['name'] or me['email']}: account and theme"
        super().__init__(
            "button", "m-me", type="button", popovertarget="m-account", aria_label=label
        )
        self._me = me
        self._show()

    def show_picture(self, path: str | None) -> None:
        """Show another picture of the user, or their initials."""
        self._me = {**self._me, "picture": path}
        self._show()

    def _show(self) -> None:
        self._props["innerHTML"] = render("face.html", me=self._me)
