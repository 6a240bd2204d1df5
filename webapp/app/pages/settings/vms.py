"""The organisation's VMs: machines that capture by themselves."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from domain.accounts.vms import Vm
from domain.core.time import isoformat
from webapp.app.components.list_row import Look, Press, RowItem, RowList, When
from webapp.app.kit.elements import Button, El, link
from webapp.app.kit.forms import Dialog, Form, Values, confirm
from webapp.app.kit.in_order import in_order
from webapp.app.pages.settings.base import SettingsPage, section, show_secret

REFRESH_S: Final = 20.0
_RECENT: Final = timedelta(minutes=10)


class VmsPage(SettingsPage):
    """The list, and registering one."""

    section = "vms"

    def draw(self) -> None:
        """Draw the list, and the place of a new token."""
        lead = "Machines that send moments by themselves, with each commit for example."
        with section("VMs", lead) as action:
            if self.is_admin:
                with action:
                    Button("Register VM", self.ask_for_name, kind="solid", glyph="plus")
            self.shown = El("div", role="status")
            none = "No VMs yet."
            if self.is_admin:
                none += " Register one; its page says how to install the agent."
            self.list = RowList(self._do, none=none)
        self.poll(REFRESH_S, self.refresh)

    @in_order
    async def refresh(self) -> None:
        """Show the VMs."""
        found = await self.services.vms.list(self.caller)
        self._vms = {each.id: each for each in found}
        self.list.show([self._row(each) for each in found])

    def _row(self, each: Vm) -> RowItem:
        look, word = seen_badge(each, self.services.clock.now())
        seen = each.last_seen_at
        changes = (
            Press("rename", "Rename", "pencil"),
            Press("rotate", "New token", "key"),
            Press("-", ""),
            Press("revoke", "Revoke", "trash", is_danger=True),
        )
        return RowItem(
            id=each.id,
            title=each.name,
            meta=(
                *([When("last seen ", isoformat(seen), "ago")] if seen else []),
                When("registered ", isoformat(each.created_at)),
            ),
            glyph="screen",
            href=f"/settings/vms/{each.id}",
            badge=(look, word),
            menu=(
                Press("open", "Moments and agent", "library", f"/settings/vms/{each.id}"),
                *(changes if self.is_admin else ()),
            ),
        )

    async def _do(self, vm_id: str, what: str, _value: str) -> None:
        vm = self._vms.get(vm_id)
        if vm is None:
            return
        if what == "rename":
            ask_to_rename(self, vm)
        elif what == "rotate":
            ask_to_rotate(self, vm, self._show_token)
        elif what == "revoke":
            ask_to_revoke(self, vm)

    def _show_token(self, words: str, token: str) -> None:
        show_secret(self.shown, words, token)

    def ask_for_name(self) -> None:
        """Ask for a VM's name, and show its token."""
        dialog = Dialog(self.client, "Register VM")

        async def register(values: Values) -> None:
            made = await self.services.vms.register(self.caller, values["name"])
            dialog.close()
            await self.refresh()
            words = f"{made.vm.name} is registered. Copy its token now; it will not be shown again."
            show_secret(self.shown, words, made.token)
            with self.shown, El("p", "m-sm m-2 m-after"):
                link("Install the agent", f"/settings/vms/{made.vm.id}", "m-link")

        with dialog.body:
            form = Form(self.act, register, action="Register", cancel=dialog.close)
            with form.body:
                form.add_text("name", "Name", placeholder="build-3", maxlength=100)


def seen_badge(vm: Vm, now: datetime) -> tuple[Look, str]:
    """Return whether a VM was seen lately."""
    if vm.last_seen_at is None:
        return "plain", "Never seen"
    return ("okw", "Active") if now - vm.last_seen_at < _RECENT else ("plain", "Quiet")


def ask_to_rename(page: SettingsPage, vm: Vm) -> None:
    """Ask for a VM's new name."""
    dialog = Dialog(page.client, f"Rename {vm.name}")

    async def rename(values: Values) -> None:
        await page.services.vms.rename(page.caller, vm.id, values["name"])
        dialog.close()
        await page.refresh()
        page.toaster.say("Saved")

    with dialog.body:
        form = Form(page.act, rename, action="Save", cancel=dialog.close)
        with form.body:
            form.add_text("name", "Name", vm.name, maxlength=100)


def ask_to_rotate(page: SettingsPage, vm: Vm, show: Callable[[str, str], None]) -> None:
    """Replace a VM's token after a question, and show the new one."""

    async def do() -> None:
        made = await page.services.vms.rotate_token(page.caller, vm.id)
        words = f"New token of {vm.name}. Copy it now; it will not be shown again."
        show(words, made.token)

    async def go() -> None:
        await page.act(do, once=f"rotate {vm.id}")

    words = "The old token stops working at once. Give the agent the new one."
    confirm(page.client, f"Replace the token of {vm.name}?", words, "Replace", go)


def ask_to_revoke(page: SettingsPage, vm: Vm) -> None:
    """Revoke a VM after a question."""

    async def do() -> None:
        await page.services.vms.delete(page.caller, vm.id)
        await page.refresh()

    async def go() -> None:
        if await page.act(do, once=f"revoke {vm.id}"):
            page.toaster.say(f"{vm.name} was revoked", "Its moments stay.")

    words = "Its token stops working at once. Its moments stay."
    confirm(page.client, f"Revoke {vm.name}?", words, "Revoke", go)
