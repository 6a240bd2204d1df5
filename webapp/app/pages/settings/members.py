"""The organisation's people and its invitations."""

from nicegui import ui

from domain.accounts.models import Invitation, Member, Role
from domain.core.errors import Forbidden
from domain.core.time import isoformat
from webapp.app.components.copy_button import CopyButton
from webapp.app.components.list_row import Choice, Press, RowItem, RowList, When
from webapp.app.kit.elements import Button, El
from webapp.app.kit.forms import Dialog, Form, Values, confirm
from webapp.app.kit.in_order import in_order
from webapp.app.pages.settings.base import SettingsPage, section
from webapp.pages.theme import initials

ROLES = {
    Role.VIEWER: "Viewer: watches",
    Role.MEMBER: "Member: captures and shares",
    Role.ADMIN: "Admin: manages streams and people",
    Role.OWNER: "Owner",
}


class MembersPage(SettingsPage):
    """Members with their roles, and links for new ones."""

    section = "members"

    def draw(self) -> None:
        """Draw the lists."""
        self._members: dict[str, Member] = {}
        with section("Members", "People who can see this organisation.") as action:
            if self.is_admin:
                with action:
                    Button("Invite", self.ask_to_invite, kind="solid", glyph="plus")
            self.list = RowList(self._do, none="No members yet.")
        if self.is_admin:
            with section("Invitations", "Each link lets one person join, once."):
                self.invitations = RowList(self._answer, none="No pending invitations.")

    @in_order
    async def refresh(self) -> None:
        """Show the members, and to admins the invitations."""
        found = await self.services.members.members(self.caller)
        self._members = {each.user_id: each for each in found}
        self.list.show([self._row(each) for each in found])
        if self.is_admin:
            try:
                invitations = await self.services.members.invitations(self.caller)
            except Forbidden:  # no longer an admin
                invitations = []
            self.invitations.show([_invitation_row(each) for each in invitations])

    @property
    def _is_owner(self) -> bool:
        return self.visit.role is Role.OWNER

    def _row(self, each: Member) -> RowItem:
        is_me = each.user_id == self.me["id"]
        may_change = self.is_admin and (each.role is not Role.OWNER or self._is_owner)
        since = When("since ", isoformat(each.joined_at))
        leave = Press("remove", "Leave", "out")
        manage = (
            Press("reset", "Password link", "key"),
            Press("remove", "Remove", "trash", is_danger=True),
        )
        return RowItem(
            id=each.user_id,
            title=each.name or each.email,
            note="(you)" if is_me else "",
            meta=(each.email, since) if each.name else (since,),
            letters=initials(each.name, each.email),
            badge=None if may_change else ("plain", each.role.label.capitalize()),
            choice=self._role_choice(each) if may_change else None,
            menu=(leave,) if is_me else manage if may_change else (),
        )

    def _role_choice(self, each: Member) -> Choice:
        return Choice(
            "role",
            f"Role of {each.name or each.email}",
            each.role.label,
            [
                (role.label, words)
                for role, words in ROLES.items()
                if self._is_owner or role is not Role.OWNER
            ],
        )

    async def _do(self, user_id: str, what: str, value: str) -> None:
        member = self._members.get(user_id)
        if member is None:
            return
        if what == "role" and value.upper() in Role.__members__:
            await self._change_role(user_id, Role[value.upper()])
        elif what == "remove":
            self._ask_to_remove(member)
        elif what == "reset":
            self._ask_to_reset(member)

    async def _change_role(self, user_id: str, role: Role) -> None:
        members = self.services.members
        done = await self.act(
            lambda: members.change_role(self.caller, user_id, role), once=f"role {user_id}"
        )
        if done:
            self.toaster.say("Saved")
        await self.act(self.refresh)  # after a refusal it shows what is true

    def _ask_to_remove(self, member: Member) -> None:
        is_me = member.user_id == self.me["id"]

        async def remove() -> None:
            await self.services.members.remove(self.caller, member.user_id)
            if is_me:
                ui.navigate.to("/library")
            else:
                await self.refresh()

        async def go() -> None:
            await self.act(remove, once=f"remove {member.user_id}")

        if is_me:
            words = "You lose access to its streams and moments."
            confirm(self.client, "Leave this organisation?", words, "Leave", go)
        else:
            words = "They lose access at once. What they captured stays."
            confirm(self.client, f"Remove {member.name or member.email}?", words, "Remove", go)

    def _ask_to_reset(self, member: Member) -> None:
        name = member.name or member.email
        dialog = Dialog(self.client, f"New password for {name}?")

        async def create() -> None:
            made = await self.services.resets.link_for(self.caller, member.user_id)
            words = f"Send this link to {name}. It works once, for a day."
            _show_link(dialog, words, made.url)

        async def go() -> None:
            await self.act(create, once=f"reset {member.user_id}")

        with dialog.body:
            El(
                "p",
                "m-2",
                "Whoever has the link sets the password and is signed in. Give it to nobody else.",
            )
            with El("div", "m-dfoot"):
                Button("Cancel", dialog.close)
                Button("Create the link", go, kind="solid")

    # Invitations

    async def _answer(self, invitation_id: str, what: str, _value: str) -> None:
        members = self.services.members

        async def send() -> None:
            await members.send_again(self.caller, invitation_id)
            self.toaster.say("Sent again")

        async def revoke() -> None:
            await members.revoke_invitation(self.caller, invitation_id)
            await self.refresh()

        await self.act(send if what == "send" else revoke, once=invitation_id)

    def ask_to_invite(self) -> None:
        """Ask whom to invite, and show the link."""
        dialog = Dialog(self.client, "Invite")

        async def invite(values: Values) -> None:
            made = await self.services.members.invite(
                self.caller, values["role"], email=values["email"] or None
            )
            await self.refresh()
            whom = made.email or "the person you are inviting"
            words = f"Send this link to {whom}. It works once, for 7 days."
            if made.is_mailed:
                words = (
                    f"Moments tells {whom}. You can send the link, too: it works once, for 7 days."
                )
            _show_link(dialog, words, made.url)

        roles = {each: words for each, words in ROLES.items() if each is not Role.OWNER}
        with dialog.body:
            form = Form(self.act, invite, action="Create the link", cancel=dialog.close)
            with form.body:
                form.add_text(
                    "email",
                    "Email, if it is for one person",
                    type="email",
                    placeholder="Anyone with the link",
                )
                form.add_choice("role", "Role", ROLES if self._is_owner else roles, Role.MEMBER)


def _show_link(dialog: Dialog, words: str, url: str) -> None:
    dialog.body.clear()
    with dialog.body:
        El("p", "m-2", words)
        El("p", "m-mono m-wrap", url)
        with El("div", "m-dfoot"):
            Button("Done", dialog.close)
            CopyButton(url).classes("m-solid")


def _invitation_row(each: Invitation) -> RowItem:
    again = (Press("send", "Send again"),) if each.is_mailed else ()
    return RowItem(
        id=each.id,
        title=each.email or "For anyone with the link",
        meta=(f"as {each.role.label}", When("expires ", isoformat(each.expires_at))),
        glyph="link",
        copies=(each.url, "Copy link"),
        buttons=(*again, Press("revoke", "Revoke", is_danger=True)),
    )
