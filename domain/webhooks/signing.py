"""Signatures of webhook messages, as Standard Webhooks defines them (standardwebhooks.com)."""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from domain.core.secrets import Keyring
from domain.webhooks.tables import Webhooks

# Receivers have this long to learn a new secret: meanwhile messages have both signatures.
OVERLAP: Final = timedelta(hours=24)


def secret_of(keyring: Keyring, webhook_id: str, version: int) -> str:
    """Return a webhook's signing secret; it is derived, so the database holds none."""
    key = hmac.digest(keyring.key("webhook"), f"{webhook_id}.{version}".encode(), "sha256")
    return f"whsec_{base64.b64encode(key).decode()}"


def secrets_of(keyring: Keyring, row: Webhooks, now: datetime) -> Sequence[str]:
    """Return the secrets that sign a message now: the former one too, soon after a rotation."""
    versions = [row.secret_version]
    rotated_at: datetime | None = row.rotated_at
    if rotated_at is not None and now - rotated_at < OVERLAP:
        versions.append(row.secret_version - 1)
    return [secret_of(keyring, row.id, version) for version in versions]


def headers_of(
    secrets: Sequence[str], message_id: str, now: datetime, body: bytes
) -> dict[str, str]:
    """Return the headers of a message: its id, the time, and a signature for each secret."""
    at = str(int(now.timestamp()))
    signed = b".".join((message_id.encode(), at.encode(), body))
    signatures = [f"v1,{_signature(secret, signed)}" for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": at,
        "webhook-signature": " ".join(signatures),
        "content-type": "application/json",
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
