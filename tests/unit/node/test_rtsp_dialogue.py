"""RTSP messages, logins, and how a camera's replies reach libav."""

import hashlib
import re

import pytest

from media_server.ingest.login import Login
from media_server.ingest.reasons import SourceError
from media_server.ingest.rtsp_dialogue import Dialogue
from media_server.ingest.rtsp_messages import Message, MessageReader

_LOCAL, _URL = "rtsp://127.0.0.1:9/secret", "rtsp://camera/cam"
_FRAME = b"$\x00\x00\x03abc"


class NoPorts:
    """No UDP."""

    def open(self, channel: int) -> int:
        raise SourceError("There is no UDP here.")

    def connect(self, channel: int, port: int) -> None:
        """Do nothing."""


def _dialogue(login: Login | None = None) -> Dialogue:
    return Dialogue(_LOCAL, _URL, login, NoPorts())


def _request(method: str, url: str = _LOCAL, sequence: int = 1) -> Message:
    return Message(f"{method} {url} RTSP/1.0", (("CSeq", str(sequence)),))


@pytest.mark.parametrize("step", [1, 3, 7, 1000])
def test_messages_and_frames_are_told_apart_wherever_they_are_cut(step: int) -> None:
    reply = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4\r\n\r\n$\r\n\r"
    data = _FRAME + _FRAME + reply + b"\r\n" + _FRAME
    reader = MessageReader()
    items = [item for at in range(0, len(data), step) for item in reader.feed(data[at : at + step])]
    messages = [item for item in items if isinstance(item, Message)]
    assert [(message.status, message.body) for message in messages] == [(200, b"$\r\n\r")]
    assert b"".join(item for item in items if isinstance(item, bytes)) == _FRAME * 3


@pytest.mark.parametrize(
    "hidden",
    [
        b"$\0\0\0RTSP/1.0 302 Moved",  # libav takes a line that begins so for a frame
        b"\r",  # and this for the end of the head
        b"X: 1\0\r\nContent-Length: 0\r\nContent-Length: 99",
        b"Location: rtsp://127.0.0.1/",
    ],
)
def test_no_reply_hides_in_another(hidden: bytes) -> None:
    dialogue = _dialogue()
    dialogue.request(_request("OPTIONS", sequence=7))
    data = b"RTSP/1.0 200 302\r\nCSeq: 1\r\n" + hidden + b"\r\nPublic: PLAY\r\n\r\n"
    (message,) = (item for item in MessageReader().feed(data) if isinstance(item, Message))
    to_libav, to_camera = dialogue.reply(message)
    lines = to_libav.decode().split("\r\n")
    assert lines[:2] == ["RTSP/1.0 200 -", "CSeq: 7"]
    assert not re.search(rb"[\x00$]|Location|\r\r", to_libav)
    assert not to_camera


def test_a_description_says_whom_to_ask() -> None:
    dialogue = _dialogue()
    assert dialogue.request(_request("DESCRIBE")).startswith(b"DESCRIBE rtsp://camera/cam RTSP/1.0")
    reply = Message("RTSP/1.0 200 OK", (("CSeq", "1"),), b"v=0")
    assert b"\r\nContent-Base: rtsp://camera/cam\r\n" in dialogue.reply(reply)[0]


@pytest.mark.parametrize("fields", [(), (("CSeq", "01"),), (("CSeq", "1 "),)])
def test_a_reply_without_a_good_number_answers_the_oldest_request(
    fields: tuple[tuple[str, str], ...],
) -> None:
    dialogue = _dialogue()
    dialogue.request(_request("OPTIONS", sequence=7))
    dialogue.request(_request("DESCRIBE", sequence=8))
    to_libav, _ = dialogue.reply(Message("RTSP/1.0 200 OK", fields))
    assert b"\r\nCSeq: 7\r\n" in to_libav


def test_replies_to_nothing_are_dropped() -> None:
    assert _dialogue().reply(Message("RTSP/1.0 302 Moved", (("CSeq", "5"),))) == (b"", b"")


@pytest.mark.parametrize(
    "challenge",
    [
        'Digest realm="cam", nonce="n1"',
        'Digest realm="cam", nonce="n1", qop="auth,auth-int", opaque="o", algorithm=MD5',
        'Digest realm="cam", nonce="n1", qop="auth", algorithm=SHA-256',
        'Digest realm="cam", nonce="n1", qop="auth", algorithm=MD5-sess',
        'Digest realm="cam", nonce="n1", qop="auth-int"',
        'Digest realm="cam", nonce="n1", qop="auth-int", algorithm=SHA-256-sess, userhash=true',
        'Digest realm="cam", nonce="n1", qop="auth", algorithm=SHA-512-256, userhash="true"',
        'Digest realm="cam", nonce="n1", qop="auth", userhash=false',
    ],
)
def test_a_challenge_is_answered_once_and_a_new_nonce_again(challenge: str) -> None:
    dialogue = _dialogue(Login("me", "pass word"))
    assert b"Authorization" not in dialogue.request(_request("OPTIONS"))
    _, again = dialogue.reply(_unauthorized(1, challenge))
    _check_digest(again, "OPTIONS")
    assert (b"userhash=true" in again) == bool(re.search('userhash="?true', challenge))
    _, third = dialogue.reply(_unauthorized(2, challenge))
    assert not third
    assert dialogue.reason is not None
    assert dialogue.reason.message == "Wrong user name or password."
    _check_digest(dialogue.request(_request("DESCRIBE")), "DESCRIBE")
    _, again = dialogue.reply(_unauthorized(3, challenge.replace("n1", "n2") + ", stale=true"))
    _check_digest(again, "DESCRIBE")
    assert b'nonce="n2"' in again


@pytest.mark.parametrize(
    "challenges",
    [
        ('Digest realm="cam", nonce="n1", qop="auth", algorithm="SHA-256", Basic realm="other"',),
        ('Basic realm="other", Digest realm="cam", nonce="n1", algorithm=MD5, qop="auth"',),
        ('Basic realm="other"', 'Digest algorithm=MD5, qop="auth", nonce="n1", realm="cam"'),
        (
            'Digest realm="other", nonce="x", algorithm=TWO',
            'Digest realm="other", nonce="x", qop="auth-conf"',
            'Digest realm="cam",nonce="n1",qop="auth-int,auth",opaque="a\\"b",algorithm=SHA-256',
        ),
        ('Digest realm="cam", nonce="n1", algorithm=SHA-512-256',),
    ],
)
def test_several_challenges_are_told_apart(challenges: tuple[str, ...]) -> None:
    dialogue = _dialogue(Login("me", "pass word"))
    dialogue.request(_request("OPTIONS"))
    _, again = dialogue.reply(_unauthorized(1, *challenges))
    _check_digest(again, "OPTIONS")
    assert (b'opaque="a\\"b"' in again) == any("opaque" in each for each in challenges)


def test_a_nonce_that_was_too_old_at_once_is_no_wrong_password() -> None:
    dialogue = _dialogue(Login("me", "pass word"))
    dialogue.request(_request("OPTIONS"))
    for number in range(1, 4):
        stale = f'Digest realm="cam", nonce="n{number}", stale=TRUE'
        _, again = dialogue.reply(_unauthorized(number, stale))
        _check_digest(again, "OPTIONS")
    assert dialogue.reply(_unauthorized(4, stale))[1] == b""  # not for ever
    assert dialogue.reason is not None
    assert "Check its clock" in dialogue.reason.message


@pytest.mark.parametrize(
    ("challenges", "words"),
    [
        (('Digest realm="x", nonce="n", algorithm=TWO',), r"not supported \(Digest TWO\)"),
        (('Digest realm="x", nonce="n", qop="auth-conf"', "Bearer"), "Digest auth-conf, Bearer"),
        ((), "without asking for a login"),
    ],
)
def test_a_login_that_was_never_sent_is_not_called_wrong(
    challenges: tuple[str, ...], words: str
) -> None:
    dialogue = _dialogue(Login("me", "pass word"))
    dialogue.request(_request("OPTIONS"))
    dialogue.reply(_unauthorized(1, *challenges))
    assert dialogue.reason is not None
    assert re.search(words, dialogue.reason.message)


def test_basic_where_nothing_better_is_known() -> None:
    login = Login("me", "pass")
    assert login.take(['Digest realm="x", nonce="n", algorithm=TWO', 'Basic realm="x"'])
    assert login.header("PLAY", _URL) == "Basic bWU6cGFzcw=="
    assert not login.take(["Bearer"])
    assert "pass" not in repr(login)


def _unauthorized(sequence: int, *challenges: str) -> Message:
    asked = (("WWW-Authenticate", challenge) for challenge in challenges)
    return Message("RTSP/1.0 401 Unauthorized", (("CSeq", str(sequence)), *asked))


def _check_digest(request: bytes, method: str) -> None:
    """Check an answer as a camera does (RFC 7616, section 3.4)."""
    header = re.search(r"Authorization: Digest (.*)\r", request.decode())
    assert header is not None
    said = {
        key: a or b for key, a, b in re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^,]*))', header[1])
    }
    name = said.get("algorithm", "MD5")
    algorithm = {"SHA-256": "sha256", "SHA-512-256": "sha512_256"}
    hash_of = algorithm.get(name.strip('"').removesuffix("-sess"), "md5")

    def hashed(*parts: str) -> str:
        return hashlib.new(hash_of, ":".join(parts).encode()).hexdigest()

    first = hashed("me", "cam", "pass word")
    if name.endswith("-sess"):
        first = hashed(first, said["nonce"], said["cnonce"])
    middle = [said["nc"], said["cnonce"], said["qop"]] if "qop" in said else []
    body = [hashed("")] if said.get("qop") == "auth-int" else []
    expected = hashed(first, said["nonce"], *middle, hashed(method, _URL, *body))
    user = hashed("me", "cam") if said.get("userhash") == "true" else "me"
    assert (said["response"], said["uri"], said["username"]) == (expected, _URL, user)
