"""The one secret, keys derived from it, and signed tokens that need no database to check."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from pathlib import Path
from typing import Literal

from domain.core.errors import Unauthenticated
from domain.core.settings import Settings

Purpose = Literal[
    "internal", "viewer", "publish", "share", "file", "session", "invitation", "first_start",
    "webhook",
]  # fmt: skip


class Keyring:
    """Keys by purpose, derived from one secret (HKDF-Expand with one block, RFC 5869)."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._keys: dict[Purpose, bytes] = {}

    def key(self, purpose: Purpose) -> bytes:
        """Return the 32-byte key of a purpose."""
        if purpose not in self._keys:
            self._keys[purpose] = hmac.digest(self._secret, purpose.encode() + b"\x01", "sha256")
        return self._keys[purpose]

    def mac(self, purpose: Purpose, text: str, length: int = 32) -> str:
        """Return a URL-safe authentication code of a text, `length` characters (6 bits each)."""
        digest = hmac.digest(self.key(purpose), text.encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")[:length]

    def matches(self, purpose: Purpose, text: str, mac: str) -> bool:
        """Return, in constant time, whether a code belongs to a text."""
        if len(mac) < 22:  # an empty code would equal an empty one
            return False
        return hmac.compare_digest(self.mac(purpose, text, len(mac)).encode(), mac.encode())

    def sign(self, purpose: Purpose, claims: dict[str, str], lifetime_s: int) -> str:
        """Return a token with claims and an expiry: `payload.mac`, safe in a path."""
        body = json.dumps({**claims, "exp": int(time.time()) + lifetime_s}, separators=(",", ":"))
        payload = base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")
        return f"{payload}.{self.mac(purpose, payload)}"

    def verify(self, purpose: Purpose, token: str) -> dict[str, str]:
        """Return the claims of a token.

        Raises:
            Unauthenticated: The token is malformed, forged or has expired.
        """
        return self.verify_until(purpose, token)[0]

    def verify_until(self, purpose: Purpose, token: str) -> tuple[dict[str, str], int]:
        """Return a token's claims and its expiry in Unix seconds.

        Raises:
            Unauthenticated: The token is malformed, forged or has expired.
        """
        payload, _, mac = token.partition(".")
        if not hmac.compare_digest(self.mac(purpose, payload).encode(), mac.encode()):
            raise Unauthenticated
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        good_until = int(claims.pop("exp"))
        if good_until < time.time():
            raise Unauthenticated
        return dict(claims), good_until


def internal_key(keyring: Keyring) -> str:
    """Return the bearer token of the media nodes' control routes."""
    return keyring.mac("internal", "control", 43)


def metrics_key(keyring: Keyring) -> str:
    """Return the bearer token that can only read the media nodes' metrics."""
    return keyring.mac("internal", "metrics", 43)


def hash_token(token: str) -> str:
    """Return a bearer token's hash; tokens are random, so no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def load_keyring(settings: Settings) -> Keyring:
    """Return this installation's keys; the secret is created in the home on first use."""
    if settings.secret is not None:
        return Keyring(settings.secret.get_secret_value().encode())
    return Keyring(_read_or_make(settings.home / "secret"))


def _read_or_make(path: Path) -> bytes:
    """Read the secret, or create it; of several processes starting at once, one wins."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: use its secret
        finally:
            draft.unlink()
    return path.read_text().strip().encode()
