"""The organisation's name, and the user's organisations."""

from typing import Final

from nicegui import ui

from domain.accounts.models import Membership
from domain.core.time import isoformat
from domain.profiles.models import Reason, Report
from webapp.app.components.list_row import Press, RowItem, RowList, When
from webapp.app.kit.elements import Button, El
from webapp.app.kit.forms import Dialog, Form, Values
from webapp.app.kit.in_order import in_order
from webapp.app.pages.settings.base import SettingsPage, section

REASONS: Final[dict[Reason, str]] = {
    "spam": "Spam",
    "abuse": "Abuse",
    "copyright": "Copyright",
    "privacy": "Privacy",
    "other": "Something else",
}


class OrganisationPage(SettingsPage):
    """The current organisation, and switching to others."""

    section = "organisation"

    def draw(self) -> None:
        """Draw the name and the list."""
        with (
            section("Organisation", "It owns streams, moments and people."),
            El("div", "m-glass m-pad"),
        ):
            if self.is_admin:
                form = Form(self.act, self._rename, action="Save")
                with form.body:
                    form.add_text("name", "Name", str(self.me["organization"]), maxlength=100)
            else:
                El("p", "m-b", str(self.me["organization"]) or "You belong to no organisation yet.")
        with section("Your organisations") as action:
            with action:
                Button("New organisation", self.ask_for_name, glyph="plus")
            self.list = RowList(self._switch, none="You belong to no organisation yet.")
        if self.is_admin:
            with section("Reports", "What visitors reported of your public moments."):
                self.reports = RowList(self._close_report, none="No open reports.")

    @in_order
    async def refresh(self) -> None:
        """Show the user's organisations."""
        identity = await self.services.accounts.identity(self.caller)
        self.list.show([self._row(each) for each in identity.memberships])
        if self.is_admin:
            found = await self.services.reports.list(self.caller)
            self.reports.show(list(map(_report_row, found)))

    async def _close_report(self, report_id: str, _what: str, _value: str) -> None:
        async def do() -> None:
            await self.services.reports.resolve(self.caller, report_id)
            await self.refresh()

        await self.act(do, once=report_id)

    def _row(self, each: Membership) -> RowItem:
        is_current = each.organization_id == self.visit.organization_id
        return RowItem(
            id=each.organization_id,
            title=each.organization_name,
            meta=(f"You are {each.role.label}",),
            glyph="home",
            badge=("okw", "Current") if is_current else None,
            buttons=() if is_current else (Press("switch", "Switch to"),),
        )

    async def _rename(self, values: Values) -> None:
        await self.services.members.rename_organization(self.caller, values["name"])
        self.me["organization"] = values["name"]
        await self.refresh()
        self.toaster.say("Saved")

    async def _switch(self, organization_id: str, _what: str, _value: str) -> None:
        async def do() -> None:
            await self.services.accounts.switch_organization(self.caller, organization_id)
            ui.navigate.to("/settings/organisation")

        await self.act(do, once="switch")

    def ask_for_name(self) -> None:
        """Ask for a new organisation's name, and open it."""

        async def create(values: Values) -> None:
            await self.services.accounts.create_organization(self.caller, values["name"])
            ui.navigate.to("/settings/organisation")

        dialog = Dialog(self.client, "New organisation")
        with dialog.body:
            form = Form(self.act, create, action="Create", cancel=dialog.close)
            with form.body:
                form.add_text("name", "Name", maxlength=100)


def _report_row(report: Report) -> RowItem:
    return RowItem(
        id=report.id,
        title=report.moment_title,
        note=REASONS[report.reason],
        meta=(report.details, When("reported ", isoformat(report.created_at))),
        glyph="warn",
        href=f"/library/{report.moment_id}",
        buttons=(Press("close", "Close"),),
    )
