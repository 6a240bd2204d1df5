"""The RTSP dialogue between libav and a camera: adds the login, confines replies to the relay.

No sockets here: messages in, messages out.
"""

import re
from dataclasses import dataclass, field
from typing import Protocol

from media_server.ingest.login import Login
from media_server.ingest.reasons import Kind, SourceError
from media_server.ingest.rtsp_messages import Message

_REDIRECTS = range(300, 400)
_OK, _UNAUTHORIZED, _UNSUPPORTED_TRANSPORT = 200, 401, 461
_MOST_WAITING = 32
_OPENING = frozenset({"OPTIONS", "DESCRIBE"})  # before there is a session, which cannot move
_MOST_TRIES = 3  # with challenges that were too old at once
_REASONS: dict[int, tuple[str, Kind]] = {
    403: (
        "The camera denies access (403 Forbidden). Check the rights of the user in its settings.",
        "unauthorized",
    ),
    404: ("The camera has no such stream. Check the path of the URL.", "absent"),
    454: ("The camera has no such stream. Check the path of the URL.", "absent"),
    453: (
        "The camera serves as many viewers as it can (453 Not Enough Bandwidth). Close another "
        "one.",
        "unreachable",
    ),
    461: (
        "The camera sends neither over TCP nor over unicast UDP (461 Unsupported Transport). Allow "
        "one of them in its settings.",
        "unsupported",
    ),
}


class Redirected(Exception):  # noqa: N818 (it says what happened)
    """The camera redirects to another address, which is not checked yet."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


@dataclass
class _Request:
    """A pending request of libav's."""

    message: Message
    tries: int = 0  # with the login that the camera asked for
    is_udp: bool = False  # a SETUP for UDP, while libav asked for TCP

    @property
    def is_again(self) -> bool:
        return self.tries > 0

    @property
    def channel(self) -> int:
        """The interleaved channel that libav wants a track on."""
        found = re.search(r"interleaved=(\d{1,3})", self.message.get("Transport"))
        return min(int(found[1]) if found else 0, 254)


class Ports(Protocol):
    """UDP ports for the tracks of a camera that does not send over TCP."""

    def open(self, channel: int) -> int:
        """Open ports for a track; return the first."""
        ...

    def connect(self, channel: int, port: int) -> None:
        """Note the camera's ports for a track."""
        ...


@dataclass
class Dialogue:
    """One pull's dialogue with its camera."""

    local_url: str  # libav's URL for the camera
    url: str  # the camera's URL for itself
    login: Login | None
    ports: Ports
    reason: SourceError | None = None  # why the camera does not play, if it said so
    _waiting: dict[str, _Request] = field(default_factory=dict)  # by the CSeq towards the camera
    _sequence: int = 0
    _is_known: bool = False
    _is_moved: bool = False
    _is_playing: bool = False
    _is_udp: bool = False
    _is_rejected: bool = False  # the login, which the camera knows by now

    def request(self, message: Message) -> bytes:
        """Return the messages to the camera for a request of libav's.

        Raises:
            SourceError: The request is not from libav.
        """
        self._is_known = self._is_known or message.url == self.local_url
        if not self._is_known:
            raise SourceError("Another program on this machine requested the stream. Try again.")
        return self._ask(_Request(message, is_udp=self._is_udp and message.method == "SETUP"))

    def move(self, url: str, login: Login | None) -> bytes:
        """Continue with another server; return the requests that the first did not answer."""
        self.url, self.login, self._is_moved = url, login, True
        waiting = [_Request(request.message) for request in self._waiting.values()]
        self._waiting.clear()
        return b"".join(map(self._ask, waiting))

    def _ask(self, request: _Request) -> bytes:
        self._sequence += 1
        sequence = str(self._sequence)
        self._waiting[sequence] = request
        if len(self._waiting) > _MOST_WAITING:  # some cameras never answer keep-alives
            del self._waiting[next(iter(self._waiting))]
        message = request.message
        url = message.url.replace(self.local_url, self.url, 1)
        login = self.login
        authorization = login.header(message.method, url, message.body) if login else None
        fields = {"CSeq": sequence, "Authorization": authorization}
        if request.is_udp:
            port = self.ports.open(request.channel)
            fields["Transport"] = f"RTP/AVP;unicast;client_port={port}-{port + 1}"
        return message.replacing(f"{message.method} {url} RTSP/1.0", fields).encode()

    def reply(self, message: Message) -> tuple[bytes, bytes]:
        """Return the messages to libav and to the camera for a message of the camera.

        Raises:
            Redirected: The camera redirects.
            SourceError: It redirects somewhere that is not allowed.
        """
        if message.status is None:
            return b"", _refusal(message)
        sequence = message.get("CSeq")
        if sequence not in self._waiting:  # some cameras omit it, and answer in order
            sequence = next(iter(self._waiting), "")
        request = self._waiting.get(sequence)
        if request is None:
            return b"", b""  # to no request of ours
        if message.status in _REDIRECTS:
            _redirect(message, request.message.method)
        del self._waiting[sequence]
        if message.status == _UNAUTHORIZED and self._can_log_in(request, message):
            again = _Request(request.message, request.tries + 1, is_udp=request.is_udp)
            return b"", self._ask(again)
        if message.status == _UNSUPPORTED_TRANSPORT and self._may_use_udp(request):
            return b"", self._ask(_Request(request.message, is_udp=True))
        self._note(message, request.message.method)
        return self._for_libav(message, request), b""

    def _may_use_udp(self, request: _Request) -> bool:
        """Return whether UDP is left to try; after TLS it would send what must stay secret."""
        is_secret = self.url.startswith("rtsps:")
        return request.message.method == "SETUP" and not request.is_udp and not is_secret

    def _can_log_in(self, request: _Request, message: Message) -> bool:
        if self.login is None:
            return False
        is_known = self.login.take(message.all("WWW-Authenticate"))
        self._is_rejected = request.is_again and is_known
        if request.is_again and self.login.is_stale and request.tries < _MOST_TRIES:
            return is_known
        return is_known and not request.is_again

    def _note(self, message: Message, method: str) -> None:
        """Keep why the camera does not play; later errors rarely end a stream."""
        if (message.status or 0) < 400:
            self._is_playing = self._is_playing or method == "PLAY"
        elif not self._is_playing:
            self.reason = self._why(message)

    def _why(self, reply: Message) -> SourceError:
        status = reply.status or 0
        if status == _UNAUTHORIZED:
            return SourceError(self._why_not_let_in(), kind="unauthorized")
        if status in _REASONS:
            message, kind = _REASONS[status]
            return SourceError(message, kind=kind)
        phrase = reply.start.partition(f" {status}")[2].strip()[:60]
        named = f" ({phrase})" if phrase else ""
        return SourceError(f"The camera answered with error {status}{named}.")

    def _why_not_let_in(self) -> str:
        if self.login is not None and self.login.is_stale:
            return "The camera rejects every login as too old. Check its clock, and restart it."
        if self.login is not None and self._is_rejected:
            return "Wrong user name or password."
        if self.login is not None and self.login.kinds:
            return (
                f"The camera asks for a login of a kind that is not supported ({self.login.kinds})."
                " Allow Digest or Basic in its settings."
            )
        if self.login is not None:
            return (
                "The camera denies access (401 Unauthorized) without asking for a login. Check the "
                "rights of the user in its settings."
            )
        if self._is_moved:
            return (
                f"The camera redirects to {self.url}, which needs a password. Enter that URL "
                "instead."
            )
        return "The camera needs a password. Include it in the URL."

    def _for_libav(self, message: Message, answered: _Request) -> bytes:
        request = answered.message
        fields: dict[str, str | None] = {"CSeq": request.get("CSeq"), "Location": None}
        if answered.is_udp and message.status == _OK:
            self._is_udp = True
            if found := re.search(r"server_port=(\d{1,5})", message.get("Transport")):
                self.ports.connect(answered.channel, int(found[1]))
            fields["Transport"] = request.get("Transport")
        if request.method == "DESCRIBE" and not message.get("Content-Base"):
            fields["Content-Base"] = self.url  # use the camera's own URLs from now on
        return message.replacing(f"RTSP/1.0 {message.status} -", fields).encode()


def _redirect(message: Message, method: str) -> None:
    if method in _OPENING and message.status in {301, 302, 303, 307, 308}:
        raise Redirected(message.get("Location"))
    raise SourceError(
        "The camera redirects in an unsupported way. Enter the URL of its stream.",
        kind="refused",
    )


def _refusal(request: Message) -> bytes:
    """Answer the camera's own request: we only support keep-alives (RFC 2326, 10)."""
    status = "200 OK" if request.method == "OPTIONS" else "501 Not Implemented"
    return Message(f"RTSP/1.0 {status}", (("CSeq", request.get("CSeq")),)).encode()
