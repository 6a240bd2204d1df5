"""Calls the server's JSON API; repeats what may be repeated, with jitter."""

import http.client
import json
import random
import socket
import ssl
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from webapp.agent import VERSION, proxy
from webapp.agent.errors import AgentError, Refused, Unreachable
from webapp.agent.settings import Server

TIMEOUT_S = 60.0
BUSY = frozenset({429, 502, 503, 504})
BROKEN = (OSError, http.client.HTTPException)
_ATTEMPTS = 8
_LONGEST_S = 30.0


@dataclass(slots=True)
class Retries:
    """How often and how long to wait between attempts; progress starts the count again."""

    sleep: Callable[[float], None] = time.sleep
    attempts: int = _ATTEMPTS
    used: int = field(default=0, init=False)

    def wait(self, why: str, retry_after: str | None = None) -> None:
        """Wait before the next attempt.

        Raises:
            Unreachable: There were enough.
        """
        self.used += 1
        if self.used >= self.attempts:
            raise Unreachable(f"{why} Tried {self.used} times.")
        longest = min(_LONGEST_S, 0.5 * 2**self.used)
        asked = float(retry_after) if retry_after and retry_after.isdecimal() else 0.0
        self.sleep(min(asked, 300.0) + random.uniform(0, longest))  # noqa: S311 (jitter)

    def progressed(self) -> None:
        """Start the count again."""
        self.used = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """A response."""

    status: int
    headers: Mapping[str, str]  # lower-case names
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the body's object, or an empty one."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def refusal(self) -> Refused:
        """Return the server's reason as an error."""
        body = self.json()
        message = str(body.get("error") or f"The server answered {self.status}.")
        fields = body.get("fields")
        if isinstance(fields, dict):
            message = " ".join([message, *(f"{name} {why}." for name, why in fields.items())])
        return Refused(message, self.status)


def connect(url: str, timeout_s: float = TIMEOUT_S) -> http.client.HTTPConnection:
    """Return a connection to a URL's host, not yet open."""
    return proxy.connect(url, timeout_s)


def download(url: str) -> bytes:
    """Return what a signed URL answers.

    Raises:
        Unreachable: It broke off. Refused: The server said no.
    """
    connection = connect(url)
    try:
        parts = urlsplit(url)
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer = answer_of(connection)
    except BROKEN as error:
        raise Unreachable(f"A file cannot be read: {reason(error)}. Try again.") from error
    finally:
        connection.close()
    if answer.status != 200:
        raise answer.refusal()
    return answer.body


def answer_of(connection: http.client.HTTPConnection) -> Answer:
    """Read a response."""
    response = connection.getresponse()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, response.read())


class Client:
    """The API of one server, over one connection."""

    def __init__(self, server: Server, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.server = server
        self.sleep = sleep
        self._connection = connect(server.url)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def get(self, path: str, **query: object) -> dict[str, Any]:
        """Return what a GET answers."""
        given = {name: value for name, value in query.items() if value not in (None, "", [])}
        words = urlencode(given, doseq=True)
        return self._answer("GET", f"{path}?{words}" if words else path).json()

    def get_bytes(self, path: str, **query: object) -> bytes:
        """Return the body that a GET answers."""
        return self._answer("GET", f"{path}?{urlencode(query)}").body

    def post(
        self, path: str, body: Mapping[str, object] | None = None, *, key: str | None = None
    ) -> dict[str, Any]:
        """Return what a POST answers; its repetitions, also later ones by key, do nothing twice."""
        return self._answer("POST", path, json.dumps(body or {}).encode(), key).json()

    def _answer(
        self, method: str, path: str, body: bytes | None = None, key: str | None = None
    ) -> Answer:
        headers = {**self.server.headers, "User-Agent": f"moments-agent/{VERSION}"}
        if body is not None:
            key = key or uuid.uuid4().hex
            headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        retries = Retries(self.sleep)
        while True:
            try:
                self._connection.request(method, path, body, headers)
                answer = answer_of(self._connection)
            except socket.gaierror as error:
                raise Unreachable(
                    f"There is no host {self._connection.host}. Check MOMENTS_URL and the proxy."
                ) from error
            except ssl.SSLCertVerificationError as error:
                raise Unreachable(
                    f"This machine does not trust the certificate of {self.server.url}:"
                    f" {error.verify_message}. Set SSL_CERT_FILE to a file with its authority's."
                ) from error
            except BROKEN as error:
                self._connection.close()
                retries.wait(f"{self.server.url} cannot be reached: {reason(error)}.")
                continue
            if answer.status in BUSY:
                retries.wait(answer.refusal().message, answer.headers.get("retry-after"))
                continue
            return _checked(answer)


def _checked(answer: Answer) -> Answer:
    if 200 <= answer.status < 300:
        return answer
    if 300 <= answer.status < 400:
        where = answer.headers.get("location", "another address")
        raise AgentError(f"The server redirects to {where}. Set MOMENTS_URL to that address.")
    raise answer.refusal()


def reason(error: Exception) -> str:
    """Return an error's reason in a few words."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(words).rstrip(".")
