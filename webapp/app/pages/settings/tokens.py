"""The user's API tokens; each is shown once."""

from typing import Final

from domain.accounts.models import ApiToken
from domain.core.time import isoformat
from webapp.app.components.list_row import Press, RowItem, RowList, When
from webapp.app.kit.elements import Button, El
from webapp.app.kit.forms import Dialog, Form, Values, confirm
from webapp.app.kit.in_order import in_order
from webapp.app.pages.settings.base import SettingsPage, section, show_secret

_DAY_S: Final = 86_400
_LIFETIMES: Final = {
    0: "Never",
    7 * _DAY_S: "In 7 days",
    30 * _DAY_S: "In 30 days",
    365 * _DAY_S: "In a year",
}


class TokensPage(SettingsPage):
    """Tokens for programs that act as the user."""

    section = "tokens"

    def draw(self) -> None:
        """Draw the list, and the place of a new token."""
        lead = "For programs that act as you. We keep only a hash, so each is shown once."
        with section("API tokens", lead) as action:
            with action:
                Button("New token", self.ask_for_token, kind="solid", glyph="plus")
            self.shown = El("div", role="status")
            self.list = RowList(self._revoke, none="No tokens yet.")

    @in_order
    async def refresh(self) -> None:
        """Show the user's tokens."""
        found = await self.services.tokens.list(self.caller)
        self._names = {each.id: each.name for each in found}
        self.list.show([_row(each) for each in found])

    def ask_for_token(self) -> None:
        """Ask what the token is for, and show its text."""
        dialog = Dialog(self.client, "New token")

        async def create(values: Values) -> None:
            made = await self.services.tokens.create(
                self.caller, values["name"], lifetime_s=values["lifetime"] or None
            )
            dialog.close()
            await self.refresh()
            words = f"{made.record.name} is ready. Copy it now; it will not be shown again."
            show_secret(self.shown, words, made.token)

        with dialog.body:
            form = Form(self.act, create, action="Create", cancel=dialog.close)
            with form.body, El("div", "m-two"):
                form.add_text("name", "Purpose", placeholder="laptop", maxlength=100)
                form.add_choice("lifetime", "Expires", _LIFETIMES, 365 * _DAY_S)

    async def _revoke(self, token_id: str, _what: str, _value: str) -> None:
        async def do() -> None:
            await self.services.tokens.revoke(self.caller, token_id)
            self.shown.clear()
            await self.refresh()

        async def go() -> None:
            if await self.act(do, once=token_id):
                self.toaster.say("Token revoked")

        title = f"Revoke {self._names.get(token_id, 'this token')}?"
        confirm(self.client, title, "Programs that use it lose access at once.", "Revoke", go)


def _row(each: ApiToken) -> RowItem:
    ends = (When("expires ", isoformat(each.expires_at)),) if each.expires_at else ()
    used = each.last_used_at
    return RowItem(
        id=each.id,
        title=each.name,
        meta=(f"{each.prefix}…", When("created ", isoformat(each.created_at)), *ends),
        glyph="key",
        since=When("Used ", isoformat(used), "ago") if used else None,
        badge=None if used else ("plain", "Never used"),
        buttons=(Press("revoke", "Revoke", is_danger=True),),
    )
