"""Messages are signed as Standard Webhooks defines it."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from domain.core.secrets import Keyring
from domain.webhooks.models import hook_event
from domain.webhooks.signing import OVERLAP, headers_of, secret_of, secrets_of
from domain.webhooks.tables import Webhooks

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_a_receiver_can_check_a_message() -> None:
    secret = secret_of(Keyring(b"secret"), "hook_1", 1)
    headers = headers_of([secret, "whsec_AAAA"], "delivery_1", NOW, b'{"a": 1}')
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"delivery_1.{int(NOW.timestamp())}.".encode() + b'{"a": 1}'
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    first, second = headers["webhook-signature"].split(" ")
    assert first == f"v1,{expected}"
    assert second.startswith("v1,")
    assert len(key) == 32


def test_the_former_secret_signs_for_a_day_after_a_rotation() -> None:
    keyring = Keyring(b"secret")
    row = Webhooks(
        id="hook_1",
        organization_id="org_1",
        url="",
        secret_version=2,
        rotated_at=NOW,
        created_at=NOW,
    )
    old, new = (secret_of(keyring, "hook_1", version) for version in (1, 2))
    assert secrets_of(keyring, row, NOW) == [new, old]
    assert secrets_of(keyring, row, NOW + OVERLAP + timedelta(seconds=1)) == [new]


@pytest.mark.parametrize(
    ("kind", "status", "event"),
    [
        ("moment.created", None, "moment.created"),
        ("clip.created", "ready", "clip.ready"),
        ("clip.created", "recording", None),
        ("clip.failed", "failed", "clip.failed"),
        ("video.updated", "completed", "video.completed"),
        ("video.updated", None, None),
        ("video.progress", None, None),
        ("notification.changed", None, None),
    ],
)
def test_which_events_are_sent(kind: str, status: str | None, event: str | None) -> None:
    assert hook_event(kind, {"id": "x"} | ({"status": status} if status else {})) == event
