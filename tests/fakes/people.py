"""Accounts, members, tokens and VMs in memory: the contract of their services."""

from dataclasses import replace
from datetime import timedelta

from domain.accounts.models import (
    ApiToken,
    Caller,
    Identity,
    Invitation,
    InvitationView,
    LoginSession,
    Member,
    Membership,
    NewApiToken,
    Role,
    SignedIn,
    User,
)
from domain.accounts.resets import ResetLink
from domain.accounts.rules import check_account, clean_email, clean_name, name_problem
from domain.accounts.vms import NewVm, Vm
from domain.core.errors import (
    BadFields,
    Conflict,
    Forbidden,
    NotFound,
    RateLimited,
    Unauthenticated,
)
from domain.personal.models import Closing
from tests.fakes.library import ADA, NOW, FakeLibrary

PASSWORD = "a good long password"
FIRST_LINK = "first"
INVITATION = "invited"


class FakeAccounts:
    """One user's account."""

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library
        self.user = User("user_1", "ada@example.org", "Ada", NOW)
        self.password = PASSWORD
        self.is_limited = False
        self.organization = "Acme"
        self.others = [Membership("org_2", "Beta", Role.VIEWER)]
        here = LoginSession("session_1", "192.0.2.1", "Firefox/1 Linux", NOW, NOW, NOW, True)  # noqa: FBT003
        self.logins = [
            here,
            replace(here, id="session_2", user_agent="Chrome/1 Android", is_current=False),
        ]
        self.switched: list[str] = []

    async def authenticate(self, credential: str, *, organization_id: str | None = None) -> Caller:
        """Return the caller of a session."""
        self._library.check()
        return ADA

    async def identity(self, caller: Caller) -> Identity:
        """Return who the caller is, and their organisations."""
        self._library.check()
        current = Membership("org_1", self.organization, self._library.role)
        return Identity(self.user, (current, *self.others), current)

    async def update_profile(
        self,
        caller: Caller,
        *,
        name: str | None = None,
        email: str | None = None,
        password: str | None = None,
        ip: str,
    ) -> User:
        """Change the name, or the address with the password."""
        self._library.check()
        name, email = clean_name(name or ""), clean_email(email or "")
        check_account(name=name, email=email)
        if email != self.user.email and password != self.password:
            raise BadFields({"password": "is wrong" if password else "is required"})
        if email == "taken@example.org":
            raise Conflict("Another account has this email address. Choose another one.")
        self.user = replace(self.user, name=name, email=email)
        return self.user

    async def change_password(self, caller: Caller, current: str, new: str, *, ip: str) -> None:
        """Change the password and end the other sessions."""
        self.limit()
        check_account(password=new)
        if current != self.password:
            raise BadFields({"current_password": "is wrong"})
        self.password = new
        self.logins = [each for each in self.logins if each.is_current]

    async def sessions(self, caller: Caller) -> list[LoginSession]:
        """List the signed-in browsers."""
        self._library.check()
        return self.logins

    async def revoke_session(self, caller: Caller, session_id: str) -> None:
        """End one."""
        self._library.check()
        if all(each.id != session_id for each in self.logins):
            raise NotFound("There is no such session.")
        self.logins = [each for each in self.logins if each.id != session_id]

    async def sign_out(self, session_token: str) -> None:
        """End this session."""
        self._library.signed_in = False

    async def sign_out_everywhere(self, caller: Caller) -> None:
        """End all sessions."""
        self._library.signed_in, self.logins = False, []

    async def switch_organization(self, caller: Caller, organization_id: str) -> Membership:
        """Make another organisation current."""
        self._library.check()
        for each in self.others:
            if each.organization_id == organization_id:
                self.switched.append(organization_id)
                return each
        raise NotFound("There is no such organization. Choose another one.")

    async def create_organization(self, caller: Caller, name: str) -> Membership:
        """Create an organisation."""
        self._library.check()
        check_account(organization=clean_name(name))
        made = Membership("org_new", name, Role.OWNER)
        self.others.append(made)
        return made

    async def sign_in(
        self, email: str, password: str, *, ip: str, user_agent: str = ""
    ) -> SignedIn:
        """Open a session."""
        self.limit()
        if (clean_email(email), password) != (self.user.email, self.password):
            raise Unauthenticated("The email or the password is wrong. Try again.")
        return self.opened()

    async def sign_up(
        self, email: str, password: str, name: str, *, organization: str, ip: str
    ) -> SignedIn:
        """Create an account."""
        self.limit()
        return self.create(email, password, name, organization)

    def create(
        self, email: str, password: str, name: str, organization: str | None = None
    ) -> SignedIn:
        """Replace the account by a new one."""
        email = clean_email(email)
        check_account(email=email, password=password, name=name, organization=organization)
        if email == "taken@example.org":
            raise Conflict("There is already an account with this email address. Please sign in.")
        self.user, self.password = User("user_2", email, name, NOW), password
        return self.opened()

    def opened(self) -> SignedIn:
        """Return a new session."""
        self._library.signed_in = True
        return SignedIn("ms_new", self.user, "org_1", NOW + timedelta(days=30))

    def limit(self) -> None:
        """Refuse what comes too often."""
        if self.is_limited:
            raise RateLimited("Too many attempts. Wait 60 s, then try again.", retry_after_s=60)


class FakeErasure:
    """The end of an account."""

    def __init__(self, library: FakeLibrary, accounts: FakeAccounts) -> None:
        self._library, self._accounts = library, accounts
        self.closing = Closing(("Acme",), ())

    async def preview(self, caller: Caller) -> Closing:
        """Return what would go."""
        self._library.check()
        return self.closing

    async def request(self, caller: Caller, password: str, *, ip: str) -> None:
        """Close it."""
        self._library.check()
        if password != self._accounts.password:
            raise BadFields({"password": "is wrong"})
        self._library.signed_in = False


class FakeFirstStart:
    """The link of the first account."""

    def __init__(self, accounts: FakeAccounts) -> None:
        self._accounts = accounts
        self.is_used = False

    async def check(self, token: str) -> None:
        """Refuse a wrong or used link."""
        if token != FIRST_LINK or self.is_used:
            raise NotFound("This link was used already, or it is incomplete. Please sign in.")

    async def use(
        self, token: str, *, email: str, password: str, name: str, organization: str
    ) -> SignedIn:
        """Create the first account."""
        await self.check(token)
        made = self._accounts.create(email, password, name, organization)
        self.is_used = True
        return made


class FakeResets:
    """Links that set a forgotten password."""

    def __init__(self, library: FakeLibrary, accounts: FakeAccounts) -> None:
        self._library, self._accounts = library, accounts
        self.is_by_mail = True
        self.asked: list[str] = []
        self.token = "reset"

    async def request(self, email: str, *, ip: str) -> None:
        """Let a link be sent."""
        self._accounts.limit()
        check_account(email=clean_email(email))
        self.asked.append(clean_email(email))

    async def check(self, token: str) -> str:
        """Return the account's address."""
        if token != self.token:
            raise NotFound("This link was used or replaced, or it has expired. Ask for a new one.")
        return self._accounts.user.email

    async def use(self, token: str, password: str, *, ip: str, user_agent: str = "") -> SignedIn:
        """Set the password."""
        await self.check(token)
        check_account(password=password)
        self._accounts.password, self.token = password, ""
        return self._accounts.opened()

    async def link_for(self, caller: Caller, user_id: str) -> ResetLink:
        """Create a link for a member."""
        self._library.check(at_least=Role.ADMIN)
        if user_id == "user_1":
            raise Forbidden("Change your own password in your profile.")
        return ResetLink(f"http://x/reset/{self.token}", NOW)


class FakeMembers:
    """Members and invitations."""

    def __init__(self, library: FakeLibrary, accounts: FakeAccounts) -> None:
        self._library, self._accounts = library, accounts
        self.people = {
            "user_1": Member("user_1", "ada@example.org", "Ada", Role.OWNER, NOW),
            "user_2": Member("user_2", "rosa@example.org", "Rosa", Role.VIEWER, NOW),
        }
        self.links: dict[str, Invitation] = {}
        self.is_by_mail = False
        self.sent_again: list[str] = []

    async def members(self, caller: Caller) -> list[Member]:
        """List the members."""
        self._library.check()
        return list(self.people.values())

    async def rename_organization(self, caller: Caller, name: str) -> Membership:
        """Rename the organisation."""
        self._library.check(at_least=Role.ADMIN)
        check_account(organization=clean_name(name))
        self._accounts.organization = name
        return Membership("org_1", name, self._library.role)

    async def change_role(self, caller: Caller, user_id: str, role: Role) -> Member:
        """Change a role; one owner stays."""
        self._library.check(at_least=Role.ADMIN)
        self._check_owner(user_id)
        self.people[user_id] = replace(self.people[user_id], role=role)
        return self.people[user_id]

    async def remove(self, caller: Caller, user_id: str) -> None:
        """Remove a member."""
        self._library.check(at_least=Role.VIEWER if user_id == "user_1" else Role.ADMIN)
        self._check_owner(user_id)
        del self.people[user_id]

    def _check_owner(self, user_id: str) -> None:
        if self.people[user_id].role is Role.OWNER:
            raise Conflict("An organization needs an owner. Make somebody else an owner first.")

    async def invite(
        self, caller: Caller, role: Role, *, email: str | None = None, lifetime_s: int = 604_800
    ) -> Invitation:
        """Create a link."""
        self._library.check(at_least=Role.ADMIN)
        check_account(email=email)
        number = len(self.links)
        url, is_mailed = f"http://x/invite/{number}", self.is_by_mail and email is not None
        made = Invitation(f"invite_{number}", role, email, url, NOW, NOW, is_mailed)
        self.links[made.id] = made
        return made

    async def invitations(self, caller: Caller) -> list[Invitation]:
        """List the links."""
        self._library.check(at_least=Role.ADMIN)
        return list(self.links.values())

    async def send_again(self, caller: Caller, invitation_id: str) -> None:
        """Tell the person with its address once more."""
        self._library.check(at_least=Role.ADMIN)
        if invitation_id not in self.links:
            raise NotFound("There is no such invitation, or it was used already.")
        self.sent_again.append(invitation_id)

    async def revoke_invitation(self, caller: Caller, invitation_id: str) -> None:
        """Revoke a link."""
        self._library.check(at_least=Role.ADMIN)
        if self.links.pop(invitation_id, None) is None:
            raise NotFound("There is no such invitation, or it was used already.")

    async def view_invitation(self, token: str) -> InvitationView:
        """Return what a link offers."""
        if token != INVITATION:
            raise NotFound("This invitation was used, revoked or has expired. Ask for a new one.")
        return InvitationView("Acme", Role.MEMBER, None, "Ada", NOW)

    async def join(self, caller: Caller, token: str) -> Membership:
        """Join as the signed-in user."""
        self._library.check()
        raise Conflict("You are already a member of this organization.", code="already_member")

    async def join_as_new(self, token: str, email: str, password: str, *, name: str) -> SignedIn:
        """Join with a new account."""
        await self.view_invitation(token)
        return self._accounts.create(email, password, name)


class FakeTokens:
    """API tokens."""

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library
        self.records: dict[str, ApiToken] = {}

    async def create(
        self, caller: Caller, name: str, *, lifetime_s: int | None = None
    ) -> NewApiToken:
        """Create a token."""
        self._library.check()
        if problem := name_problem(clean_name(name)):
            raise BadFields({"name": problem})
        ends = None if lifetime_s is None else NOW + timedelta(seconds=lifetime_s)
        record = ApiToken(f"token_{len(self.records)}", name, "mt_abcd", NOW, None, ends)
        self.records[record.id] = record
        return NewApiToken("mt_secret", record)

    async def list(self, caller: Caller) -> list[ApiToken]:
        """List the tokens."""
        self._library.check()
        return list(self.records.values())

    async def revoke(self, caller: Caller, token_id: str) -> None:
        """Revoke a token."""
        self._library.check()
        if self.records.pop(token_id, None) is None:
            raise NotFound("There is no such token.")


class FakeVms:
    """Virtual machines."""

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library
        self.records: dict[str, Vm] = {}
        self._tokens = 0

    async def register(self, caller: Caller, name: str) -> NewVm:
        """Register a VM."""
        self._check_admin()
        made = Vm(f"vm_{len(self.records)}", self._checked(name), NOW, None)
        self.records[made.id] = made
        return NewVm(made, self._token())

    async def list(self, caller: Caller) -> "list[Vm]":
        """List the VMs."""
        self._library.check()
        return list(self.records.values())

    async def get(self, caller: Caller, vm_id: str) -> Vm:
        """Return one VM."""
        self._library.check()
        if vm_id not in self.records:
            raise NotFound("VM not found")
        return self.records[vm_id]

    async def rename(self, caller: Caller, vm_id: str, name: str) -> Vm:
        """Rename a VM."""
        self._check_admin()
        self.records[vm_id] = replace(await self.get(caller, vm_id), name=self._checked(name))
        return self.records[vm_id]

    async def rotate_token(self, caller: Caller, vm_id: str) -> NewVm:
        """Replace a token."""
        self._check_admin()
        return NewVm(await self.get(caller, vm_id), self._token())

    async def delete(self, caller: Caller, vm_id: str) -> None:
        """Revoke a VM."""
        self._check_admin()
        await self.get(caller, vm_id)
        del self.records[vm_id]

    def _check_admin(self) -> None:
        self._library.check()
        if self._library.role < Role.ADMIN:
            raise Forbidden("Only owners and admins of the organization can do this. Ask one.")

    def _token(self) -> str:
        self._tokens += 1
        return f"vmt_{self._tokens}"

    @staticmethod
    def _checked(name: str) -> str:
        name = clean_name(name)
        if problem := name_problem(name):
            raise BadFields({"name": problem})
        return name
