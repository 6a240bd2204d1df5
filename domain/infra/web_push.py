"""Web push: encrypted messages to a browser's push service (RFC 8030, 8188, 8291, 8292)."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from functools import cache
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.DH import key_agreement
from Crypto.Protocol.KDF import HKDF
from Crypto.PublicKey import ECC
from Crypto.Random import get_random_bytes
from Crypto.Signature import DSS

from domain.core.errors import BadInput, Unavailable
from domain.core.log import get_logger
from domain.core.settings import Settings
from domain.core.time import Clock
from domain.infra.http.safe_http import Policy, SafeFetcher
from domain.infra.mail import sender_of
from domain.infra.threads import in_thread

log = get_logger(__name__)

Outcome = Literal["sent", "gone", "refused"]

_CURVE: Final = "P-256"
_PRIVATE_BYTES: Final = 32
_POINT_BYTES: Final = 65  # uncompressed, X9.62
_RECORD_BYTES: Final = 4096
_TOKEN_S: Final = 12 * 3600  # RFC 8292 allows at most 24 hours
_KEPT_S: Final = 86_400  # by the push service, while the browser is closed
_TOPIC: Final = 32  # RFC 8030: its longest
_ANSWER_BYTES: Final = 64 * 1024
_TOTAL_S: Final = 15
_GONE: Final = frozenset({404, 410})
_LATER: Final = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Target:
    """A browser's address at its push service, and the keys to encrypt for it (base64url)."""

    endpoint: str
    p256dh: str
    auth: str


def new_private_key() -> str:
    """Return a new private key for `MOMENTS_PUSH_KEY`."""
    return _text(int(ECC.generate(curve=_CURVE).d).to_bytes(_PRIVATE_BYTES, "big"))


def check_target(target: Target) -> None:
    """Check what a browser sent.

    Raises:
        BadInput: The endpoint is no https URL, or a key is malformed.
    """
    parts = urlsplit(target.endpoint)
    if parts.scheme != "https" or not parts.hostname or parts.username is not None:
        raise BadInput("The push service's address must be an https URL. Try another browser.")
    try:
        _public(target.p256dh)
        is_good = len(_bytes(target.auth)) == 16
    except ValueError:
        is_good = False
    if not is_good:
        raise BadInput("The browser's push keys are malformed. Reload the page and try again.")


def encrypt(target: Target, message: bytes, *, key: ECC.EccKey, salt: bytes) -> bytes:
    """Return a message encrypted for a browser: one record of aes128gcm (RFC 8291, section 3.4).

    `key` and `salt` must be new for each message.
    """
    theirs, ours = _public(target.p256dh), _point(key)
    info = b"WebPush: info\0" + _point(theirs) + ours
    auth = _bytes(target.auth)

    def mix(shared: bytes) -> bytes:
        return _derive(shared, auth, info, 32)

    secret: bytes = key_agreement(static_priv=key, static_pub=theirs, kdf=mix)
    content_key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    body, tag = AES.new(content_key, AES.MODE_GCM, nonce=nonce).encrypt_and_digest(message + b"\2")
    head = salt + _RECORD_BYTES.to_bytes(4, "big") + len(ours).to_bytes(1, "big") + ours
    return head + body + tag


class WebPush:
    """Sends pushes that are signed with the operator's key (VAPID)."""

    def __init__(
        self, private_key: str, contact: str, clock: Clock, fetcher: Callable[[], SafeFetcher]
    ) -> None:
        """Keep the key; `contact` (mailto: or https:) is for questions of push services.

        Raises:
            BadInput: The key is malformed.
        """
        try:
            number = _bytes(private_key)
            if len(number) != _PRIVATE_BYTES:
                raise ValueError
            self._key = ECC.construct(curve=_CURVE, d=int.from_bytes(number, "big"))
        except ValueError as error:
            raise BadInput("MOMENTS_PUSH_KEY is malformed. Run `moments push key`.") from error
        self.contact = contact
        self._clock = clock
        self._fetcher = fetcher
        self.public_key = _text(_point(self._key))

    async def send(self, target: Target, message: bytes, topic: str) -> Outcome:
        """Send a message; a later one of the same topic takes its place until it is delivered.

        Raises:
            Unavailable: The push service is unreachable or overloaded. Try again later.
        """
        body = encrypt(target, message, key=ECC.generate(curve=_CURVE), salt=get_random_bytes(16))
        headers = {
            "Authorization": f"vapid t={self._token(target.endpoint)}, k={self.public_key}",
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(_KEPT_S),
            "Topic": topic[-_TOPIC:],
        }
        try:
            status = await in_thread(self._post, target.endpoint, body, headers)
        except BadInput:  # its name leads into a private network
            log.warning("push_refused", host=urlsplit(target.endpoint).hostname, status=0)
            return "refused"
        if status < 300:
            return "sent"
        if status in _GONE:
            return "gone"
        host = urlsplit(target.endpoint).hostname
        if status in _LATER or status >= 500:
            raise Unavailable(f"The push service {host} answers with error {status}. Try later.")
        log.warning("push_refused", host=host, status=status)
        return "refused"

    def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        limits: dict[str, Any] = {"max_bytes": _ANSWER_BYTES, "total_s": _TOTAL_S}
        with self._fetcher().open_sync(
            url, headers=headers, content=body, any_status=True, **limits
        ) as answer:
            return answer.status

    def _token(self, endpoint: str) -> str:
        """Return a signed token for the push service of an endpoint (RFC 8292, section 2)."""
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(self._clock.now().timestamp()) + _TOKEN_S,
            "sub": self.contact,
        }
        text = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
        signature = DSS.new(self._key, "fips-186-3").sign(SHA256.new(text.encode()))
        return f"{text}.{_text(signature)}"


def web_push_of(settings: Settings, clock: Clock) -> WebPush | None:
    """Return the sender of pushes, if the operator has set a key."""
    if settings.push_key is None:
        return None
    fetcher = cache(lambda: SafeFetcher(Policy.PUBLIC_ONLY))
    contact = parseaddr(sender_of(settings))[1]  # without a name
    return WebPush(settings.push_key.get_secret_value(), f"mailto:{contact}", clock, fetcher)


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return bytes(HKDF(secret, length, salt, SHA256, context=info))


def _public(text: str) -> ECC.EccKey:
    point = _bytes(text)
    if len(point) != _POINT_BYTES or point[0] != 4:
        raise ValueError("not an uncompressed point")
    key = ECC.import_key(point, curve_name=_CURVE)
    if key.pointQ.is_point_at_infinity():
        raise ValueError("the point at infinity")
    return key


def _point(key: ECC.EccKey) -> bytes:
    return bytes(key.public_key().export_key(format="SEC1"))


def _json(value: Mapping[str, object]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
