"""The page of one VM: its moments, its token, how to install the agent."""

from fastapi import Request
from fastapi.responses import Response

from domain.core.errors import NotFound
from domain.infra.events import Event
from domain.moments.models import VmRef
from webapp.app.components.local_time import LocalTime
from webapp.app.kit.elements import Button, El, Icon, link
from webapp.app.kit.in_order import in_order
from webapp.app.pages.commits.branches import VmBranches
from webapp.app.pages.library.moments_section import MomentsSection
from webapp.app.pages.settings.agent import draw_steps
from webapp.app.pages.settings.base import SettingsPage, show_secret
from webapp.app.pages.settings.vms import (
    REFRESH_S,
    ask_to_rename,
    ask_to_revoke,
    ask_to_rotate,
    seen_badge,
)
from webapp.pages.context import Pages, Visit
from webapp.pages.error_page import trouble


class VmPage(SettingsPage):
    """One open VM."""

    section = "vms"
    sheets = ("settings", "captures", "library", "commits")
    hears = ("moment", "clip", "snapshot")

    def __init__(self, pages: Pages, visit: Visit, request: Request) -> None:
        super().__init__(pages, visit, request)
        self.vm_id = str(request.path_params["vm_id"])

    async def load(self) -> Response | None:
        """Read the VM."""
        try:
            self.vm = await self.services.vms.get(self.caller, self.vm_id)
        except NotFound:
            return trouble(
                404,
                "VM not found",
                "It was revoked, or it belongs to another organisation.",
                action="All VMs",
                href="/settings/vms",
                me=self.me,
            )
        self.title = self.vm.name
        return None

    async def build(self) -> None:
        """Draw the VM."""
        self.content = El("div", "m-page m-vm")
        await self._open()

    def draw(self) -> None:
        """Draw the parts."""
        self._head = El("header", "m-row m-mhead")
        with El("div", "m-mgrid"):
            vm = VmRef(self.vm.id, self.vm.name, self.vm.created_at, self.vm.last_seen_at)
            with El("div"):
                self.branches = VmBranches(self, self.vm_id)
                self.moments = MomentsSection(
                    self, vm=vm, empty="No moments yet. Install the agent to send one."
                )
            with El("div", "m-mside"):
                self.shown = El("div", role="status")
                with El("div", "m-form") as self._steps:
                    draw_steps(self.services.settings.origin, self.vm_id)
                El("h2", text="Facts")
                self._facts = El("dl", "m-facts")
        self.poll(REFRESH_S, self._renew)

    def _show_token(self, words: str, token: str) -> None:
        show_secret(self.shown, words, token)
        self._steps.clear()
        with self._steps:
            draw_steps(self.services.settings.origin, self.vm_id, token)

    @in_order
    async def refresh(self) -> None:
        """Show the VM and the first page of its moments."""
        if not await self._renew():
            return
        await self.branches.reload()
        await self.moments.reload()

    async def _renew(self) -> bool:
        """Show the VM as it is now; return whether it is still there."""
        try:
            self.vm = await self.services.vms.get(self.caller, self.vm_id)
        except NotFound:
            self._draw_revoked()
            return False
        self._draw_head()
        return True

    def _draw_head(self) -> None:
        vm = self.vm
        look, word = seen_badge(vm, self.services.clock.now())
        self._head.clear()
        with self._head:
            with El("div", "m-grow"):
                link("VMs", "/settings/vms", "m-link m-row m-t m-sm", "back")
                with El("div", "m-row"):
                    El("h1", "m-cut", vm.name)
                    El("span", f"m-badge m-{look}", word)
            if self.is_admin:
                Button("Revoke", lambda: ask_to_revoke(self, self.vm), kind="danger")
                Button("Rename", lambda: ask_to_rename(self, self.vm), glyph="pencil")
                Button(
                    "New token", lambda: ask_to_rotate(self, self.vm, self._show_token), glyph="key"
                )
        self._facts.clear()
        with self._facts:
            for name, at in (("Registered", vm.created_at), ("Last seen", vm.last_seen_at)):
                with El("div"):
                    El("dt", text=name)
                    with El("dd"):
                        if at is None:
                            El("span", text="Never")
                        else:
                            LocalTime(at)
            with El("div"):
                El("dt", text="Id")
                El("dd", "m-mono", vm.id)

    def _draw_revoked(self) -> None:
        self.content.clear()
        with self.content, El("div", "m-empty"):
            Icon("screen", "l")
            El("h1", text="This VM was revoked")
            El("p", text="Its moments stay in the library.")
            link("All VMs", "/settings/vms", "m-btn m-solid m-big")

    async def hear(self, event: Event) -> None:
        """Show what the VM has sent, and changes of its moments."""
        await self.branches.hear(event)
        await self.moments.hear(event)
