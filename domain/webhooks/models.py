"""What webhooks are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

HookEvent = Literal[
    "moment.created",
    "moment.updated",
    "moment.deleted",
    "moment.restored",
    "snapshot.created",
    "clip.ready",
    "clip.failed",
    "video.completed",
    "video.failed",
    "build.empty",
    "build.new",
    "build.passed",
    "build.changed",
    "build.failed",
    "build.approved",
    "build.rejected",
]
EVENTS: Final[tuple[HookEvent, ...]] = get_args(HookEvent)
TEST_EVENT: Final = "webhook.test"
DeliveryStatus = Literal["pending", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address of another service, and what it is sent."""

    id: str
    url: str
    events: Sequence[str]
    is_enabled: bool
    disabled_reason: str | None
    failing_since: datetime | None
    created_at: datetime
    last_delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A webhook with a new signing secret: the only time that its text is shown."""

    webhook: Webhook
    secret: str


@dataclass(frozen=True, slots=True)
class WebhookChange:
    """New values; None leaves a value as it is."""

    url: str | None = None
    events: Sequence[str] | None = None
    is_enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to one webhook, and how its last attempt ended."""

    id: str
    webhook_id: str
    event: str
    payload: str
    status: DeliveryStatus
    attempts: int
    response_status: int | None
    response_excerpt: str | None
    duration_ms: int | None
    created_at: datetime
    attempted_at: datetime | None
    next_at: datetime | None  # of a pending one


@dataclass(frozen=True, slots=True)
class Sent:
    """A message, and where it went."""

    url: str
    delivery: Delivery


def hook_event(kind: str, payload: Mapping[str, object]) -> HookEvent | None:
    """Return which webhook event an organisation's event is, if any."""
    status = payload.get("status")
    if kind.startswith("clip.") and status == "ready":
        return "clip.ready"
    if kind == "video.updated":
        kind = f"video.{status}"
    return next((each for each in EVENTS if each == kind and kind != "clip.ready"), None)
