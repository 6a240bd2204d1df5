"""The webhooks of an organisation, managed by its owners and admins."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import httpx
from piccolo.columns import Column

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.rights import Rights
from domain.core.errors import BadFields, BadInput, Conflict, NotFound, Unavailable
from domain.core.ids import new_id
from domain.infra.base import Base
from domain.infra.http.safe_http import Policy, resolve_checked
from domain.webhooks.models import (
    EVENTS,
    TEST_EVENT,
    Delivery,
    DeliveryStatus,
    NewSecret,
    Sent,
    Webhook,
    WebhookChange,
)
from domain.webhooks.outbox import Outbox
from domain.webhooks.signing import secret_of
from domain.webhooks.tables import WebhookDeliveries, Webhooks

MAX_WEBHOOKS: Final = 20
MAX_URL: Final = 1000
_TESTS_PER_HOUR: Final = 60
_OF_SUBJECTS: Final = """
SELECT d.id, w.url FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
WHERE d.payload #>> '{data,id}' = ANY($1::text[]) AND w.organization_id = $2
ORDER BY d.id DESC LIMIT 50
"""

CheckHost = Callable[[str, int], object]


def public_host(host: str, port: int) -> object:
    """Check that a host's addresses are public; one that is not found yet is checked later."""
    try:
        return resolve_checked(host, port, Policy.PUBLIC_ONLY)
    except Unavailable:
        return None


class WebhookService:
    """Webhooks and their deliveries."""

    def __init__(
        self, base: Base, rights: Rights, outbox: Outbox, check_host: CheckHost = public_host
    ) -> None:
        self._database = base.database
        self._keyring = base.keyring
        self._clock = base.clock
        self._limiter = base.limiter
        self._rights = rights
        self._outbox = outbox
        self._check_host = check_host

    async def list(self, caller: Caller) -> Sequence[Webhook]:
        """Return the webhooks, oldest first."""
        async with self._database.transaction():
            actor = await self._admin(caller)
            rows = (
                await Webhooks.objects()
                .where(Webhooks.organization_id == actor.organization_id)
                .order_by(Webhooks.id)
            )
        return [_webhook_of(row) for row in rows]

    async def get(self, caller: Caller, webhook_id: str) -> Webhook:
        """Return one webhook."""
        async with self._database.transaction():
            return _webhook_of(await self._find(await self._admin(caller), webhook_id))

    async def create(self, caller: Caller, url: str, events: Sequence[str]) -> NewSecret:
        """Add a webhook; its secret is shown only here.

        Raises:
            BadFields: The URL is no public web address, or an event does not exist.
            Conflict: There are 20 webhooks.
        """
        async with self._database.transaction():
            await self._admin(caller)
        url, events = await self._checked_url(url), _checked_events(events)
        async with self._database.transaction():
            actor = await self._admin(caller)
            number = await Webhooks.count().where(Webhooks.organization_id == actor.organization_id)
            if number >= MAX_WEBHOOKS:
                message = f"There are {number} webhooks. Delete one that you do not need."
                raise Conflict(message)
            row = Webhooks(
                id=new_id("hook"),
                organization_id=actor.organization_id,
                url=url,
                events=list(events),
                created_by=actor.user_id,
                created_at=self._clock.now(),
            )
            await Webhooks.insert(row)
        return NewSecret(_webhook_of(row), secret_of(self._keyring, row.id, row.secret_version))

    async def update(self, caller: Caller, webhook_id: str, change: WebhookChange) -> Webhook:
        """Change a webhook; enabling it forgets its failures.

        Raises:
            BadFields: As `create`.
        """
        await self.get(caller, webhook_id)
        values: dict[Column | str, Any] = {}
        if change.url is not None:
            values[Webhooks.url] = await self._checked_url(change.url)
        if change.events is not None:
            values[Webhooks.events] = list(_checked_events(change.events))
        if change.is_enabled is not None:
            values[Webhooks.is_enabled] = change.is_enabled
            values[Webhooks.disabled_reason] = values[Webhooks.failing_since] = None
        async with self._database.transaction():
            actor = await self._admin(caller)
            row = await self._find(actor, webhook_id)
            if values:
                await Webhooks.update(values).where(Webhooks.id == row.id)
            if change.is_enabled:
                await self._outbox.send_soon(row.id, actor.organization_id)
            return _webhook_of(await self._find(actor, webhook_id))

    async def delete(self, caller: Caller, webhook_id: str) -> None:
        """Delete a webhook with its deliveries."""
        async with self._database.transaction():
            row = await self._find(await self._admin(caller), webhook_id)
            await Webhooks.delete().where(Webhooks.id == row.id)

    async def rotate_secret(self, caller: Caller, webhook_id: str) -> NewSecret:
        """Replace a secret; for a day, messages are signed with the old one as well."""
        async with self._database.transaction():
            row = await self._find(await self._admin(caller), webhook_id)
            version, now = row.secret_version + 1, self._clock.now()
            await Webhooks.update(
                {Webhooks.secret_version: version, Webhooks.rotated_at: now}
            ).where(Webhooks.id == row.id)
        return NewSecret(_webhook_of(row), secret_of(self._keyring, row.id, version))

    async def test(self, caller: Caller, webhook_id: str) -> Delivery:
        """Send a test message, once and without retries.

        Raises:
            RateLimited: The organisation sent 60 tests within the hour.
        """
        async with self._database.transaction():
            actor = await self._admin(caller)
            row = await self._find(actor, webhook_id)
            await self._limiter.hit("webhook", actor.organization_id, _TESTS_PER_HOUR, 3600)
            data = {"id": row.id, "organization_id": actor.organization_id}
            made = await self._outbox.write(row.id, actor.organization_id, TEST_EVENT, data)
            return _delivery_of(await self._delivery(row.id, made))

    async def deliveries(
        self, caller: Caller, webhook_id: str, *, limit: int = 50, offset: int = 0
    ) -> tuple[Sequence[Delivery], int]:
        """Return the messages of the last 30 days, newest first, and their number."""
        async with self._database.transaction():
            row = await self._find(await self._admin(caller), webhook_id)
            of_webhook = WebhookDeliveries.webhook_id == row.id
            rows = (
                await WebhookDeliveries.objects()
                .where(of_webhook)
                .order_by(WebhookDeliveries.id, ascending=False)
                .limit(limit)
                .offset(offset)
            )
            number = await WebhookDeliveries.count().where(of_webhook)
        return [_delivery_of(each) for each in rows], number

    async def of_subjects(self, caller: Caller, subject_ids: Sequence[str]) -> Sequence[Sent]:
        """Return the newest messages about moments or captures."""
        async with self._database.transaction():
            actor = await self._admin(caller)
            ids = [each.replace("\0", "") for each in subject_ids]
            found = await self._database.fetch(_OF_SUBJECTS, ids, actor.organization_id)
            urls = {row["id"]: row["url"] for row in found}
            rows = (
                await WebhookDeliveries.objects()
                .where(WebhookDeliveries.id.is_in(list(urls)))
                .order_by(WebhookDeliveries.id, ascending=False)
                if urls
                else []
            )
        return [Sent(urls[row.id], _delivery_of(row)) for row in rows]

    async def redeliver(self, caller: Caller, webhook_id: str, delivery_id: str) -> Delivery:
        """Send a message again, with its former id."""
        async with self._database.transaction():
            actor = await self._admin(caller)
            row = await self._find(actor, webhook_id)
            found = await self._delivery(row.id, delivery_id)
            await WebhookDeliveries.update(
                {
                    WebhookDeliveries.status: "pending",
                    WebhookDeliveries.attempts: 0,
                    WebhookDeliveries.next_at: self._clock.now(),
                }
            ).where(WebhookDeliveries.id == found.id)
            await self._outbox.send_soon(row.id, actor.organization_id)
            return _delivery_of(await self._delivery(row.id, delivery_id))

    async def _admin(self, caller: Caller) -> Actor:
        return await self._rights.load(caller, at_least=Role.ADMIN)

    async def _find(self, actor: Actor, webhook_id: str) -> Webhooks:
        row = (
            await Webhooks.objects()
            .where(
                Webhooks.organization_id == actor.organization_id,
                Webhooks.id == webhook_id.replace("\0", ""),
            )
            .first()
        )
        if row is None:
            raise NotFound("There is no webhook with this id.")
        return row

    async def _delivery(self, webhook_id: str, delivery_id: str) -> WebhookDeliveries:
        row = (
            await WebhookDeliveries.objects()
            .where(
                WebhookDeliveries.webhook_id == webhook_id,
                WebhookDeliveries.id == delivery_id.replace("\0", ""),
            )
            .first()
        )
        if row is None:
            raise NotFound("There is no delivery with this id.")
        return row

    async def _checked_url(self, text: str) -> str:
        """Return a URL that may be sent to; each delivery checks its address again."""
        try:
            url = httpx.URL(text.strip())
            host, port = url.host, url.port or (443 if url.scheme == "https" else 80)
        except (httpx.InvalidURL, ValueError) as error:
            raise BadFields({"url": "is not a web address"}) from error
        if url.scheme not in {"http", "https"} or not host or len(text) > MAX_URL:
            raise BadFields({"url": "must be an address with https:// or http://"})
        if url.userinfo:
            raise BadFields({"url": "must have no user name or password"})
        try:
            await asyncio.to_thread(self._check_host, host, port)
        except BadInput as error:
            raise BadFields({"url": "must lead to a public address"}) from error
        return str(url)


def _checked_events(events: Sequence[str]) -> Sequence[str]:
    chosen = list(dict.fromkeys(events))
    if not chosen:
        raise BadFields({"events": "must name one event or more"})
    if unknown := [each for each in chosen if each not in EVENTS]:
        raise BadFields({"events": f"has no event {unknown[0][:50]!r}"})
    return chosen


def _webhook_of(row: Webhooks) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.url,
        events=row.events,
        is_enabled=row.is_enabled,
        disabled_reason=row.disabled_reason,
        failing_since=row.failing_since,
        created_at=row.created_at,
        last_delivered_at=row.last_delivered_at,
    )


def _delivery_of(row: WebhookDeliveries) -> Delivery:
    return Delivery(
        id=row.id,
        webhook_id=row.webhook_id,
        event=row.event,
        payload=row.payload,
        status=cast("DeliveryStatus", row.status),
        attempts=row.attempts,
        response_status=row.response_status,
        response_excerpt=row.response_excerpt,
        duration_ms=row.duration_ms,
        created_at=row.created_at,
        attempted_at=row.attempted_at,
        next_at=row.next_at,
    )
