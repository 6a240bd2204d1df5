"""The services and jobs of users, organisations, tokens and VMs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.accounts.first_start import FirstStart
from domain.accounts.invitation_mails import INVITE_JOB, InvitationMails
from domain.accounts.members import MemberService
from domain.accounts.notice_deliveries import DELIVER_JOB, NoticeDeliveries
from domain.accounts.notices import NoticeService, Notifier
from domain.accounts.parked_jobs import ParkedJobs
from domain.accounts.passwords import Passwords
from domain.accounts.people import People
from domain.accounts.push_browsers import PushBrowsers
from domain.accounts.resets import MAIL_JOB, PasswordResets
from domain.accounts.rights import Rights
from domain.accounts.service import AccountService
from domain.accounts.tokens import ApiTokenService
from domain.accounts.vms import VmService
from domain.core.secrets import Keyring
from domain.core.settings import Settings
from domain.core.time import Clock
from domain.infra.base import Base
from domain.infra.database import Database
from domain.infra.events import Events
from domain.infra.mail import mailer_of
from domain.infra.web_push import web_push_of
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
    notices: NoticeService
    push_browsers: PushBrowsers
    work: Work


def wire_notifier(
    settings: Settings, keyring: Keyring, database: Database, events: Events, clock: Clock
) -> Notifier:
    """Return what every package notifies people with."""
    push, mailer = web_push_of(settings, clock), mailer_of(settings)
    deliveries = NoticeDeliveries(
        database, clock, keyring, settings.origin, push=push, mailer=mailer
    )
    return Notifier(database, events, clock, deliveries)


def wire(
    base: Base,
    rights: Rights,
    notifier: Notifier,
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
    mailer = mailer_of(settings)
    resets = PasswordResets(base, people, rights, mailer)
    mails = InvitationMails(base, base.keyring, mailer)
    notices = NoticeService(base.database, rights, notifier, base.keyring, base.clock)
    return Accounts(
        accounts=accounts,
        first_start=FirstStart(people, base.keyring, settings.origin),
        members=MemberService(people, rights, base.keyring, notifier, mails),
        tokens=ApiTokenService(base.database, rights, base.clock),
        vms=VmService(base.database, rights, base.clock),
        parked_jobs=ParkedJobs(base.database, rights, base.queue),
        resets=resets,
        notices=notices,
        push_browsers=PushBrowsers(base, rights, notifier.deliveries.push),
        work=repeating(3600, "sessions.purge", accounts.purge_sessions)
        + repeating(3600, "resets.purge", resets.purge)
        + repeating(86_400, "notices.purge", notices.purge)
        + Work(
            {
                MAIL_JOB: resets.send,
                INVITE_JOB: mails.send,
                DELIVER_JOB: notifier.deliveries.deliver,
            }
        ),
    )
