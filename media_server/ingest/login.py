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

    def header(self, method: str, url: str) -> str | None:
        """Return a request's Authorization header, after a challenge."""
        if self._scheme == "basic":
            return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return self._digest(method, url) if self._scheme else None

    def _digest(self, method: str, url: str) -> str:
        challenge = self._challenge
        realm, nonce = challenge.get("realm", ""), challenge.get("nonce", "")
        algorithm, is_session = _HASHES[_algorithm(challenge)], _is_session(challenge)
        self._count += 1
        count, own = f"{self._count:08x}", secrets.token_hex(8)

        def hashed(*parts: str) -> str:
            text = ":".join(parts).encode()
            return hashlib.new(algorithm, text, usedforsecurity=False).hexdigest()

        first = hashed(self.user, _plain(realm), self.password)
        if is_session:
            first = hashed(first, _plain(nonce), own)
        second = hashed(method, url)
        values = {"username": _quotable(self.user), "realm": realm, "nonce": nonce, "uri": url}
        if _qops(challenge):
            values["response"] = hashed(first, _plain(nonce), count, own, "auth", second)
            tail = f', qop=auth, nc={count}, cnonce="{own}"'
        else:
            values["response"] = hashed(first, _plain(nonce), second)
            tail = f', cnonce="{own}"' if is_session else ""
        if "opaque" in challenge:
            values["opaque"] = challenge["opaque"]
        if "algorithm" in challenge:
            tail += f", algorithm={challenge['algorithm']}"
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
    return (
        scheme == "digest"
        and _algorithm(challenge) in _HASHES
        and ("auth" in _qops(challenge) or not _qops(challenge))
    )


def _qops(challenge: dict[str, str]) -> list[str]:
    return challenge.get("qop", "").lower().replace(",", " ").split()


def _algorithm(challenge: dict[str, str]) -> str:
    return challenge.get("algorithm", "md5").lower().removesuffix("-sess")


def _is_session(challenge: dict[str, str]) -> bool:
    return challenge.get("algorithm", "").lower().endswith("-sess")


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted)


def _quotable(text: str) -> str:
    return re.sub(r'(["\\])', r"\\\1", text)
