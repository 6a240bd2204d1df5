"""`/api/webhooks`: signed requests to other services when something happens."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from domain.webhooks.models import Delivery, Webhook, WebhookChange
from webapp.api.schemas import (
    WRITE,
    Done,
    IdempotencyKey,
    In,
    Instant,
    Limit,
    Offset,
    Out,
    Page,
    Svc,
    Who,
    instant,
    page_of,
    problems,
)

Url = Annotated[str, Meta(max_length=1000, examples=["https://hooks.example.org/moments"])]
EventNames = Annotated[
    list[Annotated[str, Meta(max_length=100)]],
    Meta(min_length=1, max_length=50, examples=[["moment.created", "clip.ready"]]),
]
ADMIN = problems(401, 403, 404)


class WebhookIn(In, frozen=True, kw_only=True):
    """A new webhook."""

    url: Url
    events: EventNames


class WebhookPatch(In, frozen=True, kw_only=True):
    """A webhook's new values."""

    url: Url | None = None
    events: EventNames | None = None
    is_enabled: bool | None = None


class WebhookOut(Out, frozen=True, kw_only=True):
    """A webhook; its secret is present only in the response that made it."""

    id: str
    url: str
    events: Sequence[str]
    is_enabled: bool
    disabled_reason: str | None
    failing_since: Instant | None
    created_at: Instant
    last_delivered_at: Instant | None
    secret: Annotated[str, Meta(examples=["whsec_…"])] | UnsetType = UNSET


class WebhookPage(Page, frozen=True, kw_only=True):
    """The organisation's webhooks, oldest first."""

    items: list[WebhookOut]


class DeliveryOut(Out, frozen=True, kw_only=True):
    """A message, and how its last attempt ended."""

    id: str
    event: str
    status: Annotated[str, Meta(examples=["delivered"])]
    attempts: int
    response_status: int | None
    response_excerpt: str | None
    duration_ms: int | None
    created_at: Instant
    attempted_at: Instant | None
    next_attempt_at: Instant | None
    payload: msgspec.Raw


class DeliveryPage(Page, frozen=True, kw_only=True):
    """Messages of the last 30 days, newest first."""

    items: list[DeliveryOut]


def _webhook_out(each: Webhook, secret: str | UnsetType = UNSET) -> WebhookOut:
    return WebhookOut(
        id=each.id,
        url=each.url,
        events=each.events,
        is_enabled=each.is_enabled,
        disabled_reason=each.disabled_reason,
        failing_since=instant(each.failing_since),
        created_at=instant(each.created_at) or "",
        last_delivered_at=instant(each.last_delivered_at),
        secret=secret,
    )


def _delivery_out(each: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=each.id,
        event=each.event,
        status=each.status,
        attempts=each.attempts,
        response_status=each.response_status,
        response_excerpt=each.response_excerpt,
        duration_ms=each.duration_ms,
        created_at=instant(each.created_at) or "",
        attempted_at=instant(each.attempted_at),
        next_attempt_at=instant(each.next_at) if each.status == "pending" else None,
        payload=msgspec.Raw(each.payload.encode()),
    )


class WebhookController(Controller):
    """Webhooks, managed by owners and admins.

    Messages are signed as Standard Webhooks defines it.
    """

    path = "/webhooks"
    tags = ("Webhooks",)

    @get("/", summary="List webhooks", responses=ADMIN)
    async def list_webhooks(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> WebhookPage:
        """List the organisation's webhooks."""
        found = [_webhook_out(each) for each in await services.webhooks.list(caller)]
        return page_of(WebhookPage, found, limit, offset)

    @post("/", summary="Add a webhook", responses=WRITE)
    async def add_webhook(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[WebhookIn],
        idempotency_key: IdempotencyKey = None,
    ) -> WebhookOut:
        """Add a webhook to a public address; its signing secret is shown only here."""
        made = await services.webhooks.create(caller, data.url, data.events)
        return _webhook_out(made.webhook, made.secret)

    @get("/{webhook_id:str}", summary="Get a webhook", responses=ADMIN)
    async def get_webhook(
        self, services: Svc, caller: Who, webhook_id: FromPath[str]
    ) -> WebhookOut:
        """Return one webhook."""
        return _webhook_out(await services.webhooks.get(caller, webhook_id))

    @patch("/{webhook_id:str}", summary="Change a webhook", responses=WRITE)
    async def change_webhook(
        self,
        services: Svc,
        caller: Who,
        webhook_id: FromPath[str],
        data: JSONBody[WebhookPatch],
        idempotency_key: IdempotencyKey = None,
    ) -> WebhookOut:
        """Change a webhook, or switch it off and on."""
        change = WebhookChange(data.url, data.events, data.is_enabled)
        return _webhook_out(await services.webhooks.update(caller, webhook_id, change))

    @delete("/{webhook_id:str}", status_code=200, summary="Delete a webhook", responses=WRITE)
    async def delete_webhook(
        self,
        services: Svc,
        caller: Who,
        webhook_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Delete a webhook with its deliveries."""
        await services.webhooks.delete(caller, webhook_id)
        return Done()

    @post(
        "/{webhook_id:str}/rotate-secret",
        status_code=200,
        summary="Rotate a secret",
        responses=WRITE,
    )
    async def rotate_secret(
        self,
        services: Svc,
        caller: Who,
        webhook_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> WebhookOut:
        """Replace the secret; for 24 hours, messages are signed with the old one as well."""
        made = await services.webhooks.rotate_secret(caller, webhook_id)
        return _webhook_out(made.webhook, made.secret)

    @post(
        "/{webhook_id:str}/test",
        status_code=202,
        summary="Send a test",
        responses=problems(401, 403, 404, 409, 413, 415, 429),
    )
    async def test_webhook(
        self,
        services: Svc,
        caller: Who,
        webhook_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> DeliveryOut:
        """Send a test message, once; look at its delivery for how it ended."""
        return _delivery_out(await services.webhooks.test(caller, webhook_id))

    @get("/{webhook_id:str}/deliveries", summary="List deliveries", responses=ADMIN)
    async def list_deliveries(
        self,
        services: Svc,
        caller: Who,
        webhook_id: FromPath[str],
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> DeliveryPage:
        """List messages with the receiver's status and the beginning of its answer."""
        found, total = await services.webhooks.deliveries(
            caller, webhook_id, limit=limit, offset=offset
        )
        items = list(map(_delivery_out, found))
        return DeliveryPage(items=items, total=total, limit=limit, offset=offset)

    @post(
        "/{webhook_id:str}/deliveries/{delivery_id:str}/retry",
        status_code=202,
        summary="Deliver again",
        responses=WRITE,
    )
    async def retry_delivery(
        self,
        services: Svc,
        caller: Who,
        webhook_id: FromPath[str],
        delivery_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> DeliveryOut:
        """Send a message again, with its former id."""
        return _delivery_out(await services.webhooks.redeliver(caller, webhook_id, delivery_id))
