"""The services and jobs of users, organisations, tokens and VMs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.accounts.first_start import FirstStart
from domain.accounts.members import MemberService
from domain.accounts.parked_jobs import ParkedJobs
from domain.accounts.passwords import Passwords
from domain.accounts.people import People
from domain.accounts.resets import MAIL_JOB, PasswordResets
from domain.accounts.rights import Rights
from domain.accounts.service import AccountService
from domain.accounts.tokens import ApiTokenService
from domain.accounts.vms import VmService
from domain.infra.base import Base
from domain.infra.mail import mailer_of
from domain.infra.work import Work, repeating


@dataclass(frozen=True, slots=True)
class Accounts:
    """The services of this package."""

    accounts: AccountService
    first_start: FirstStart
    members: MemberService
    tokens: ApiTokenService
    vms: VmService
    parked_jobs: ParkedJobs
    resets: PasswordResets
    work: Work


def wire(
    base: Base,
    rights: Rights,
    passwords: Passwords,
    on_first_organization: Callable[[str], Awaitable[None]],
) -> Accounts:
    """Return the services; nothing is started or queried here."""
    settings = base.settings
    people = People(
        base.database, base.clock, passwords, on_first_organization=on_first_organization
    )
    accounts = AccountService(
        people, rights, base.limiter, is_sign_up_open=settings.sign_up == "open"
    )
    resets = PasswordResets(base, people, rights, mailer_of(settings))
    return Accounts(
        accounts=accounts,
        first_start=FirstStart(people, base.keyring, settings.origin),
        members=MemberService(people, rights, base.keyring, settings.origin),
        tokens=ApiTokenService(base.database, rights, base.clock),
        vms=VmService(base.database, rights, base.clock),
        parked_jobs=ParkedJobs(base.database, rights, base.queue),
        resets=resets,
        work=repeating(3600, "sessions.purge", accounts.purge_sessions)
        + repeating(3600, "resets.purge", resets.purge)
        + Work({MAIL_JOB: resets.send}),
    )
