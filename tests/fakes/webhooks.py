"""Webhooks in memory."""

from collections.abc import Sequence
from dataclasses import replace

from domain.accounts.models import Caller, Role
from domain.core.errors import BadFields, NotFound
from domain.webhooks.models import TEST_EVENT, Delivery, NewSecret, Webhook, WebhookChange
from tests.fakes.library import NOW, FakeLibrary


class FakeWebhooks:
    """Webhooks and their deliveries; nothing is sent."""

    def __init__(self, library: FakeLibrary) -> None:
        self._library = library
        self.of_subjects = library.of_subjects
        self.hooks: dict[str, Webhook] = {}
        self.sent: dict[str, Delivery] = {}
        self._secrets = 0

    async def list(self, caller: Caller) -> Sequence[Webhook]:
        """List the webhooks."""
        self._library.check(at_least=Role.ADMIN)
        return list(self.hooks.values())

    async def create(self, caller: Caller, url: str, events: Sequence[str]) -> NewSecret:
        """Add a webhook."""
        self._library.check(at_least=Role.ADMIN)
        if "://127." in url:
            raise BadFields({"url": "must lead to a public address"})
        hook = Webhook(f"hook_{len(self.hooks)}", url, events, True, None, None, NOW, None)  # noqa: FBT003
        self.hooks[hook.id] = hook
        return self._new_secret(hook)

    async def update(self, caller: Caller, webhook_id: str, change: WebhookChange) -> Webhook:
        """Change a webhook."""
        self._library.check(at_least=Role.ADMIN)
        hook = self._find(webhook_id)
        self.hooks[webhook_id] = replace(
            hook,
            url=change.url or hook.url,
            events=change.events or hook.events,
            is_enabled=hook.is_enabled if change.is_enabled is None else change.is_enabled,
        )
        return self.hooks[webhook_id]

    async def delete(self, caller: Caller, webhook_id: str) -> None:
        """Delete a webhook."""
        self._library.check(at_least=Role.ADMIN)
        del self.hooks[self._find(webhook_id).id]

    async def rotate_secret(self, caller: Caller, webhook_id: str) -> NewSecret:
        """Replace a secret."""
        self._library.check(at_least=Role.ADMIN)
        return self._new_secret(self._find(webhook_id))

    async def test(self, caller: Caller, webhook_id: str) -> Delivery:
        """Write a test message that a receiver refuses."""
        self._library.check(at_least=Role.ADMIN)
        made = Delivery(
            id=f"delivery_{len(self.sent)}",
            webhook_id=self._find(webhook_id).id,
            event=TEST_EVENT,
            payload="{}",
            status="failed",
            attempts=1,
            response_status=502,
            response_excerpt="<script>alert(1)</script>",
            duration_ms=3,
            created_at=NOW,
            attempted_at=NOW,
            next_at=None,
        )
        self.sent[made.id] = made
        return made

    async def deliveries(
        self, caller: Caller, webhook_id: str, *, limit: int = 50, offset: int = 0
    ) -> tuple[Sequence[Delivery], int]:
        """List the messages."""
        self._library.check(at_least=Role.ADMIN)
        found = [each for each in self.sent.values() if each.webhook_id == webhook_id]
        return found[offset : offset + limit], len(found)

    async def redeliver(self, caller: Caller, webhook_id: str, delivery_id: str) -> Delivery:
        """Send a message again."""
        self._library.check(at_least=Role.ADMIN)
        self.sent[delivery_id] = replace(self.sent[delivery_id], status="pending", attempts=0)
        return self.sent[delivery_id]

    def _find(self, webhook_id: str) -> Webhook:
        if webhook_id not in self.hooks:
            raise NotFound("There is no webhook with this id.")
        return self.hooks[webhook_id]

    def _new_secret(self, hook: Webhook) -> NewSecret:
        self._secrets += 1
        return NewSecret(hook, f"whsec_{self._secrets}")
