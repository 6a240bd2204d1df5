"""The services and jobs of webhooks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from domain.accounts.notices import Notifier
from domain.accounts.rights import Rights
from domain.infra.base import Base
from domain.infra.http.safe_http import Policy, SafeFetcher
from domain.infra.work import Work, repeating
from domain.webhooks.delivery import Deliveries
from domain.webhooks.outbox import DELIVER_JOB, Outbox
from domain.webhooks.sender import Sender
from domain.webhooks.service import WebhookService


@dataclass(frozen=True, slots=True)
class WebhookRoom:
    """The services of this package."""

    webhooks: WebhookService
    work: Work


def wire(base: Base, rights: Rights, notifier: Notifier) -> WebhookRoom:
    """Return the services; nothing is started or queried here."""
    outbox = Outbox(base)
    base.events.on_publish(outbox.hear)
    fetcher: Callable[[], SafeFetcher] = cache(lambda: SafeFetcher(Policy.PUBLIC_ONLY))
    deliveries = Deliveries(base, outbox, Sender(fetcher), notifier)
    handlers = {DELIVER_JOB: lambda args: deliveries.deliver(args["webhook_id"])}
    return WebhookRoom(
        WebhookService(base, rights, outbox),
        Work(handlers) + repeating(3600, "webhooks.purge", deliveries.purge),
    )
