"""The job that delivers a webhook's messages, with retries, and disables what keeps failing."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from domain.accounts.models import Role
from domain.accounts.notices import News, Notifier
from domain.core.log import get_logger
from domain.infra.base import Base
from domain.infra.database import Record
from domain.webhooks.models import TEST_EVENT
from domain.webhooks.outbox import Outbox
from domain.webhooks.sender import Outcome, Sender
from domain.webhooks.signing import headers_of, secrets_of
from domain.webhooks.tables import WebhookDeliveries, Webhooks

log = get_logger(__name__)

# Pauses before the second attempt and those after it, as Standard Webhooks recommends.
PAUSES_S: Final = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
GIVE_UP: Final = timedelta(days=5)  # a webhook that failed for so long is disabled
_IN_A_TURN: Final = 10
_LEASE: Final = timedelta(minutes=1)  # longer than an attempt takes
_KEPT: Final = timedelta(days=30)
_PURGED: Final = 1000
# A receiver that did not answer is left alone for a while: each wait takes a worker's place.
_SILENCE: Final = timedelta(minutes=1)
_SILENT: Final = """
SELECT 1 FROM webhook_deliveries s WHERE s.webhook_id = $1 AND s.status = 'pending'
    AND s.attempts > 0 AND s.response_status IS NULL AND s.attempted_at > $5
"""
# A claimed message is due again after the lease, should this worker be killed.
_CLAIM: Final = f"""
UPDATE webhook_deliveries SET next_at = $3, attempts = attempts + 1, attempted_at = $2 WHERE id = (
    SELECT d.id FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
    WHERE d.webhook_id = $1 AND d.status = 'pending' AND d.next_at <= $2
        AND (d.event = $4 OR (w.is_enabled AND NOT EXISTS ({_SILENT})))
    ORDER BY d.next_at, d.id LIMIT 1 FOR UPDATE OF d SKIP LOCKED
) RETURNING id, event, payload, attempts
"""  # noqa: S608 (constants)
_NEXT: Final = """
SELECT greatest(min(next_at), max(attempted_at) FILTER (
    WHERE attempts > 0 AND response_status IS NULL AND attempted_at > $2) + $3)
FROM webhook_deliveries WHERE webhook_id = $1 AND status = 'pending'
"""
_ADMINS: Final = "SELECT user_id FROM membership WHERE organization_id = $1 AND role >= $2"
_PURGE: Final = """
DELETE FROM webhook_deliveries WHERE id IN (
    SELECT id FROM webhook_deliveries WHERE created_at < $1 ORDER BY created_at LIMIT $2)
"""


class Deliveries:
    """The worker's part of webhooks."""

    def __init__(
        self,
        base: Base,
        outbox: Outbox,
        sender: Sender,
        notifier: Notifier,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = base.database
        self._keyring = base.keyring
        self._clock = base.clock
        self._events = base.events
        self._outbox = outbox
        self._sender = sender
        self._notifier = notifier
        self._jitter = jitter

    async def deliver(self, webhook_id: str) -> None:
        """Deliver what is due, a few messages at most, and come back for the rest."""
        for _ in range(_IN_A_TURN):
            async with self._database.transaction():
                webhook = await Webhooks.objects().where(Webhooks.id == webhook_id).first()
                claimed = await self._claim(webhook_id)
            if webhook is None or claimed is None:
                break
            now, body = self._clock.now(), claimed["payload"].encode()
            secrets = secrets_of(self._keyring, webhook, now)
            headers = headers_of(secrets, claimed["id"], now, body)
            outcome = await self._sender.send(webhook.url, headers, body)
            async with self._database.transaction():
                await self._record(webhook_id, claimed, outcome)
        await self._come_back(webhook_id)

    async def purge(self) -> None:
        """Delete old messages, some at a time."""
        await self._database.execute(_PURGE, self._clock.now() - _KEPT, _PURGED)

    async def _claim(self, webhook_id: str) -> Record | None:
        now = self._clock.now()
        return await self._database.fetchrow(
            _CLAIM, webhook_id, now, now + _LEASE, TEST_EVENT, now - _SILENCE
        )

    async def _come_back(self, webhook_id: str) -> None:
        async with self._database.transaction():
            webhook = await Webhooks.objects().where(Webhooks.id == webhook_id).first()
            now = self._clock.now()
            due_at: datetime | None = await self._database.fetchval(
                _NEXT, webhook_id, now - _SILENCE, _SILENCE
            )
            if webhook is not None and due_at is not None:
                delay_s = max(1.0, (due_at - now).total_seconds())
                await self._outbox.send_soon(webhook_id, webhook.organization_id, delay_s=delay_s)

    async def _record(self, webhook_id: str, claimed: Record, outcome: Outcome) -> None:
        """Store how an attempt ended, and when the next one is."""
        webhook = await Webhooks.objects().where(Webhooks.id == webhook_id).lock_rows().first()
        if webhook is None:  # deleted meanwhile, its messages with it
            return
        status, next_at = self._verdict(claimed, outcome)
        await WebhookDeliveries.update(
            {
                WebhookDeliveries.status: status,
                WebhookDeliveries.next_at: next_at,
                WebhookDeliveries.response_status: outcome.status,
                WebhookDeliveries.response_excerpt: outcome.excerpt,
                WebhookDeliveries.duration_ms: outcome.duration_ms,
            }
        ).where(WebhookDeliveries.id == claimed["id"])
        if claimed["event"] != TEST_EVENT:
            await self._note(webhook, outcome)
        await self._events.publish(
            webhook.organization_id, "webhook.updated", {"id": webhook_id}, ()
        )

    def _verdict(self, claimed: Record, outcome: Outcome) -> tuple[str, datetime | None]:
        if outcome.is_delivered:
            return "delivered", None
        attempts = claimed["attempts"]
        if attempts > len(PAUSES_S) or claimed["event"] == TEST_EVENT:
            return "failed", None
        pause_s = PAUSES_S[attempts - 1] * (0.8 + 0.4 * self._jitter())
        return "pending", self._clock.now() + timedelta(seconds=pause_s)

    async def _note(self, webhook: Webhooks, outcome: Outcome) -> None:
        """Keep whether a webhook works; disable one that does not for days."""
        now = self._clock.now()
        if outcome.is_delivered:
            await _change(webhook, {Webhooks.failing_since: None, Webhooks.last_delivered_at: now})
            return
        failing_since: datetime | None = webhook.failing_since
        since = failing_since or now
        await _change(webhook, {Webhooks.failing_since: since})
        if outcome.is_gone:
            await self._disable(webhook, "The receiver answered 410 Gone.")
        elif now - since >= GIVE_UP:
            await self._disable(webhook, f"It failed for {GIVE_UP.days} days.")

    async def _disable(self, webhook: Webhooks, reason: str) -> None:
        if not webhook.is_enabled:
            return
        await _change(webhook, {Webhooks.is_enabled: False, Webhooks.disabled_reason: reason})
        await WebhookDeliveries.update(
            {WebhookDeliveries.status: "failed", WebhookDeliveries.next_at: None}
        ).where(WebhookDeliveries.webhook_id == webhook.id, WebhookDeliveries.status == "pending")
        organization_id = webhook.organization_id
        detail = f"{reason} Check the receiver, then enable the webhook again."
        news = News("webhook", webhook.id, "A webhook is off", detail, "/settings/webhooks")
        for row in await self._database.fetch(_ADMINS, organization_id, Role.ADMIN):
            await self._notifier.tell(row["user_id"], organization_id, news)
        log.warning("webhook_disabled", webhook=webhook.id, reason=reason)


async def _change(webhook: Webhooks, values: dict[object, object]) -> None:
    await Webhooks.update(values).where(Webhooks.id == webhook.id)  # type: ignore[arg-type]
