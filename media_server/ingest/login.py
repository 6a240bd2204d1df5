"""Answers a server's challenge, by RTSP or HTTP: Digest (RFC 7616) if possible, else Basic."""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

# A quoted string, a token with a value, or the name of a scheme.
_PIECE: Final = re.compile(r'([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^",\s]*))|([\w-]+)')
_HASHES: Final = {"md5": "md5", "sha-256": "sha256", "sha-512-256": "sha512_256"}


@dataclass
class Login:
    """A user name and password, and the authentication scheme of the server."""

    user: str
    password: str = field(repr=False)
    kinds: str = ""  # the schemes that the server asked for last, for people
    _scheme: str = ""
    _challenge: dict[str, str] = field(default_factory=dict, repr=False)
    _count: int = 0  # of requests with the same nonce

    def take(self, challenges: Iterable[str]) -> bool:
        """Store the challenges of a refused request; return whether we can answer one."""
        read = [challenge for text in challenges for challenge in _read(text)]
        self.kinds = ", ".join(_name(*challenge) for challenge in read)
        known = [item for item in read if _is_answerable(*item)]
        found = next(iter(known or [item for item in read if item[0] == "basic"]), None)
        if found is None:
            self._scheme = ""
            return False
        self._scheme, self._challenge = found
        self._count = 0
        return True

    @property
    def is_known(self) -> bool:
        """Whether the server has asked for it in a way that we can answer."""
        return bool(self._scheme)

    @property
    def is_digest(self) -> bool:
        """Whether the server has asked for Digest."""
        return self._scheme == "digest"

    @property
    def is_stale(self) -> bool:
        """Whether the server says that only the challenge was too old."""
        return self._challenge.get("stale", "").lower() == "true"

    def header(self, method: str, url: str, body: bytes = b"") -> str | None:
        """Return a request's Authorization header, after a challenge."""
        if self._scheme == "basic":
            return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return self._digest(method, url, body) if self._scheme else None

    def _digest(self, method: str, url: str, body: bytes) -> str:
        challenge = self._challenge
        realm, nonce = challenge.get("realm", ""), challenge.get("nonce", "")
        is_session, qop = _is_session(challenge), _qop(challenge)
        self._count += 1
        count, own = f"{self._count:08x}", secrets.token_hex(8)

        def hashed(*parts: str | bytes) -> str:
            data = b":".join(part.encode() if isinstance(part, str) else part for part in parts)
            name = _HASHES[_algorithm(challenge)]
            return hashlib.new(name, data, usedforsecurity=False).hexdigest()

        first = hashed(self.user, _plain(realm), self.password)
        if is_session:
            first = hashed(first, _plain(nonce), own)
        second = hashed(method, url, hashed(body)) if qop == "auth-int" else hashed(method, url)
        values = {"username": _quotable(self.user), "realm": realm, "nonce": nonce, "uri": url}
        if qop:
            values["response"] = hashed(first, _plain(nonce), count, own, qop, second)
            tail = f', qop={qop}, nc={count}, cnonce="{own}"'
        else:
            values["response"] = hashed(first, _plain(nonce), second)
            tail = f', cnonce="{own}"' if is_session else ""
        if "opaque" in challenge:
            values["opaque"] = challenge["opaque"]
        if "algorithm" in challenge:
            tail += f", algorithm={challenge['algorithm']}"
        if challenge.get("userhash", "").lower() == "true":
            values["username"] = hashed(self.user, _plain(realm))
            tail += ", userhash=true"
        return "Digest " + ", ".join(f'{key}="{value}"' for key, value in values.items()) + tail


def _read(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the challenges of a field, which may hold several (RFC 9110, 11.6.1).

    Values stay as they were quoted, so that they can be sent back.
    """
    scheme, values = "", dict[str, str]()
    for key, quoted, bare, word in _PIECE.findall(text):
        if word:
            if scheme:
                yield scheme, values
            scheme, values = word.lower(), {}
        else:
            values[key.lower()] = quoted or bare
    if scheme:
        yield scheme, values


def _name(scheme: str, challenge: dict[str, str]) -> str:
    details = [challenge[key] for key in ("algorithm", "qop") if challenge.get(key)]
    name = re.sub(r"[^\w-]", "", scheme)[:20].capitalize()
    return f"{name} {' '.join(details)}"[:60].strip()


def _is_answerable(scheme: str, challenge: dict[str, str]) -> bool:
    return scheme == "digest" and _algorithm(challenge) in _HASHES and _qop(challenge) is not None


def _qop(challenge: dict[str, str]) -> str | None:
    """Return what the answer protects, "" where it is not said, None if it cannot be answered."""
    offered = challenge.get("qop", "").lower().replace(",", " ").split()
    return next((qop for qop in ("auth", "auth-int") if qop in offered), None if offered else "")


def _algorithm(challenge: dict[str, str]) -> str:
    return challenge.get("algorithm", "md5").lower().removesuffix("-sess")


def _is_session(challenge: dict[str, str]) -> bool:
    return challenge.get("algorithm", "").lower().endswith("-sess")


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)


def _quotable(text: str) -> str:
    return re.sub(r'(["\\])', r"\\\1", text)
