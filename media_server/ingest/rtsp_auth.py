"""Answers an RTSP server's challenge: Digest (RFC 7616) if offered, else Basic."""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^",\s]+))')
_HASHES: dict[str, Callable[..., "hashlib._Hash"]] = {
    "md5": hashlib.md5,
    "sha-256": hashlib.sha256,
}


@dataclass
class Login:
    """A user name and password, and the authentication scheme of the server."""

    user: str
    password: str = field(repr=False)
    _scheme: str = ""
    _challenge: dict[str, str] = field(default_factory=dict, repr=False)
    _count: int = 0  # of requests with the same nonce

    def take(self, challenges: Iterable[str]) -> bool:
        """Store the challenges of a refused request; return whether we can answer one."""
        read = [_read(text) for text in challenges]
        known = [item for item in read if item[0] == "digest" and _algorithm(item[1]) in _HASHES]
        found = next(iter(known or [item for item in read if item[0] == "basic"]), None)
        if found is None:
            return False
        self._scheme, self._challenge = found
        self._count = 0
        return True

    def header(self, method: str, url: str) -> str | None:
        """Return a request's Authorization header, after a challenge."""
        if self._scheme == "basic":
            return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return self._digest(method, url) if self._scheme else None

    def _digest(self, method: str, url: str) -> str:
        challenge = self._challenge
        realm, nonce = challenge.get("realm", ""), challenge.get("nonce", "")
        algorithm, is_session = _algorithm(challenge), _is_session(challenge)
        self._count += 1
        count, own = f"{self._count:08x}", secrets.token_hex(8)

        def hashed(*parts: str) -> str:
            text = ":".join(parts).encode()
            return _HASHES[algorithm](text, usedforsecurity=False).hexdigest()

        first = hashed(self.user, realm, self.password)
        if is_session:
            first = hashed(first, nonce, own)
        second = hashed(method, url)
        values = {"username": self.user, "realm": realm, "nonce": nonce, "uri": url}
        tail = ""
        if "auth" in challenge.get("qop", "").replace(" ", "").split(","):
            values["response"] = hashed(first, nonce, count, own, "auth", second)
            tail = f', qop=auth, nc={count}, cnonce="{own}"'
        else:
            values["response"] = hashed(first, nonce, second)
            tail = f', cnonce="{own}"' if is_session else ""
        if "opaque" in challenge:
            values["opaque"] = challenge["opaque"]
        if "algorithm" in challenge:
            tail += f", algorithm={challenge['algorithm']}"
        return "Digest " + ", ".join(f'{key}="{value}"' for key, value in values.items()) + tail


def _read(text: str) -> tuple[str, dict[str, str]]:
    scheme, _, rest = text.partition(" ")
    pairs = ((key.lower(), quoted or bare) for key, quoted, bare in _PARAMETER.findall(rest))
    return scheme.lower(), dict(pairs)


def _algorithm(challenge: dict[str, str]) -> str:
    return challenge.get("algorithm", "md5").lower().removesuffix("-sess")


def _is_session(challenge: dict[str, str]) -> bool:
    return challenge.get("algorithm", "").lower().endswith("-sess")
