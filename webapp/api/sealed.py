"""Answers that are kept for a replay, unreadable to who holds the database alone.

Some answers carry what is stored only as a hash elsewhere (a new token, a link). The keystream is
HMAC-SHA256 in counter mode under a key of this installation and of the caller's own
Idempotency-Key, with a fresh nonce; a second HMAC over nonce and text authenticates it
(encrypt-then-MAC, NIST SP 800-38F section 3.1's order).
"""

import base64
import hashlib
import hmac
import secrets

from domain.core.secrets import Keyring

_NONCE_BYTES = 16
_TAG_BYTES = 32


class Sealer:
    """Seals and opens bytes under the key of one attempt."""

    def __init__(self, keyring: Keyring, scope: str, key: str) -> None:
        root = hmac.new(keyring.key("session"), f"{scope}\0{key}".encode(), hashlib.sha256)
        self._cipher_key = hmac.new(root.digest(), b"cipher", hashlib.sha256).digest()
        self._tag_key = hmac.new(root.digest(), b"tag", hashlib.sha256).digest()

    def seal(self, body: bytes) -> str:
        """Return a text that only `open` with the same keys can read."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        text = nonce + self._apply(nonce, body)
        return base64.b64encode(text + self._tag(text)).decode()

    def open(self, sealed: str) -> bytes:
        """Return what was sealed.

        Raises:
            ValueError: It was sealed under other keys, or was changed.
        """
        raw = base64.b64decode(sealed)
        text, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
        if not hmac.compare_digest(tag, self._tag(text)):
            message = "A kept answer does not open: the installation's secret has changed"
            raise ValueError(message)
        return self._apply(text[:_NONCE_BYTES], text[_NONCE_BYTES:])

    def _tag(self, text: bytes) -> bytes:
        return hmac.new(self._tag_key, text, hashlib.sha256).digest()

    def _apply(self, nonce: bytes, data: bytes) -> bytes:
        blocks = -(-len(data) // 32)
        stream = b"".join(
            hmac.new(self._cipher_key, nonce + i.to_bytes(8, "big"), hashlib.sha256).digest()
            for i in range(blocks)
        )
        return bytes(a ^ b for a, b in zip(data, stream, strict=False))
