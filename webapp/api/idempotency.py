"""Encrypts answers stored for replay, so that a database dump does not reveal them.

Some answers contain what is stored only as a hash elsewhere (a new token, a link). They are
encrypted with AES-256-GCM (NIST SP 800-38D) under a key derived from this installation's secret and
the caller's own Idempotency-Key, with a fresh nonce.
"""

import base64
import hashlib
import hmac

from Crypto.Cipher import AES
from Crypto.Random import get_random_bytes

from domain.core.secrets import Keyring

_NONCE_BYTES = 12
_TAG_BYTES = 16


class Sealer:
    """Encrypts and decrypts bytes under one attempt's key."""

    def __init__(self, keyring: Keyring, scope: str, key: str) -> None:
        name = f"{scope}\0{key}".encode()
        self._key = hmac.new(keyring.key("session"), name, hashlib.sha256).digest()

    def seal(self, body: bytes) -> str:
        """Return a text that only `open` with the same keys can decrypt."""
        cipher = AES.new(self._key, AES.MODE_GCM, nonce=get_random_bytes(_NONCE_BYTES))
        sealed, tag = cipher.encrypt_and_digest(body)
        return base64.b64encode(cipher.nonce + tag + sealed).decode()

    def open(self, sealed: str) -> bytes:
        """Return the plaintext.

        Raises:
            ValueError: It was encrypted under other keys, or was changed.
        """
        raw = base64.b64decode(sealed)
        nonce, rest = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
        cipher = AES.new(self._key, AES.MODE_GCM, nonce=nonce)
        try:
            return cipher.decrypt_and_verify(rest[_TAG_BYTES:], rest[:_TAG_BYTES])
        except ValueError as error:
            raise ValueError(
                "A stored answer cannot be decrypted: the installation's secret has changed"
            ) from error
