"""Writes a message for each webhook that an event concerns, in the event's own transaction."""

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from domain.core.ids import new_id
from domain.core.time import isoformat
from domain.infra.base import Base
from domain.webhooks.models import hook_event
from domain.webhooks.tables import WebhookDeliveries

DELIVER_JOB: Final = "webhooks.deliver"
_CONCERNED: Final = (
    "SELECT id FROM webhooks WHERE organization_id = $1 AND is_enabled AND $2 = ANY(events)"
)
_PATHS: Final = {
    "moment": "moments/{}",
    "clip": "clips/{}",
    "snapshot": "snapshots/{}",
    "video": "videos/{}",
    "build": "commits/moments/{}/build",
}


class Outbox:
    """Hears every event that is published."""

    def __init__(self, base: Base) -> None:
        self._database = base.database
        self._queue = base.queue
        self._clock = base.clock
        self._origin = base.settings.origin

    async def hear(
        self,
        organization_id: str,
        kind: str,
        payload: Mapping[str, Any],
        audience: Collection[str] | None,
    ) -> None:
        """Write the messages; what only some members may see is sent to no other service."""
        event = hook_event(kind, payload)
        if event is None or audience is not None:
            return
        rows = await self._database.fetch(_CONCERNED, organization_id, event)
        path = _PATHS[event.partition(".")[0]].format(payload["id"])
        data = {
            "id": payload["id"],
            "organization_id": organization_id,
            "api_url": f"{self._origin}/api/{path}",
        }
        for row in rows:
            await self.write(row["id"], organization_id, event, data)

    async def write(
        self, webhook_id: str, organization_id: str, event: str, data: Mapping[str, str]
    ) -> str:
        """Write one message in the open transaction; return its id."""
        now = self._clock.now()
        body = {"type": event, "timestamp": isoformat(now), "data": dict(data)}
        delivery_id = new_id("delivery")
        await WebhookDeliveries.insert(
            WebhookDeliveries(
                id=delivery_id,
                webhook_id=webhook_id,
                event=event,
                payload=json.dumps(body),
                status="pending",
                next_at=now,
                created_at=now,
            )
        )
        await self.send_soon(webhook_id, organization_id)
        return delivery_id

    async def send_soon(self, webhook_id: str, organization_id: str, *, delay_s: float = 0) -> None:
        """Enqueue the one job of a webhook: a slow receiver keeps one worker busy, not all."""
        await self._queue.enqueue(
            DELIVER_JOB,
            {"webhook_id": webhook_id},
            key=webhook_id,
            delay_s=delay_s,
            organization_id=organization_id,
        )
