"""Viewing rights, viewer counts, and a response for every error."""

import pytest

from domain.core import errors
from domain.core.errors import NotFound, Unauthenticated
from domain.core.secrets import Keyring
from domain.live.wire import StreamConfig
from media_server.egress.access import check_viewer
from media_server.egress.viewers import Viewers
from media_server.http.errors import status_of
from media_server.relay.player import Player
from tests.fakes.clock import FakeClock
from tests.support.streams import stream_config

_KEYRING = Keyring(b"a secret that is long enough for a test")
_PAYLOAD = _KEYRING.sign("viewer", {"sub": "stream_a"}, 60).partition(".")[0]


def config(visibility: str, stream_id: str = "stream_a") -> StreamConfig:
    return stream_config(stream_id, visibility=visibility)


@pytest.mark.parametrize("visibility", ["public", "unlisted"])
def test_open_streams_want_no_token(visibility: str) -> None:
    check_viewer(config(visibility), None, _KEYRING)


@pytest.mark.parametrize("visibility", ["private", "organization"])
def test_other_streams_are_as_if_absent_without_a_token(visibility: str) -> None:
    with pytest.raises(NotFound):
        check_viewer(config(visibility), None, _KEYRING)
    token = _KEYRING.sign("viewer", {"sub": "stream_a"}, 60)
    check_viewer(config(visibility), token, _KEYRING)


@pytest.mark.parametrize(
    "token",
    [
        _KEYRING.sign("viewer", {"sub": "stream_b"}, 60),
        _KEYRING.sign("viewer", {"sub": "stream_a"}, -1),
        _KEYRING.sign("file", {"sub": "stream_a"}, 60),
        Keyring(b"another secret").sign("viewer", {"sub": "stream_a"}, 60),
        _PAYLOAD + ".",
        _PAYLOAD,
        f"{_PAYLOAD}.{_KEYRING.mac('viewer', _PAYLOAD, 43)}",
        "",
        "x.y",
    ],
    ids=[
        "another stream's", "expired", "of another kind", "another node's", "signature empty",
        "signature missing", "signature of another length", "empty", "no token",
    ],
)  # fmt: skip
def test_a_wrong_token_is_refused_even_where_none_is_wanted(token: str) -> None:
    for visibility in ("private", "public"):
        with pytest.raises(Unauthenticated):
            check_viewer(config(visibility), token, _KEYRING)


def test_viewers_are_distinct_players_seen_lately() -> None:
    clock = FakeClock()
    viewers = Viewers(clock)
    ada, ben = Player("", "192.0.2.1", "x"), Player("", "192.0.2.2", "x")
    viewers.saw(ada)
    viewers.saw(ben)
    clock.advance(6)
    viewers.saw(ada)
    assert viewers.lately() == {ada, ben}
    clock.advance(6)
    assert viewers.lately() == {ada}
    clock.advance(60)
    assert viewers.lately() == set()


def _classes(base: type[errors.MomentsError]) -> list[type[errors.MomentsError]]:
    return [base, *(found for kind in base.__subclasses__() for found in _classes(kind))]


@pytest.mark.parametrize("kind", _classes(errors.MomentsError))
def test_every_error_has_a_status(kind: type[errors.MomentsError]) -> None:
    error = kind.__new__(kind)
    assert 400 <= status_of(error) < 600
    assert (status_of(error) == 500) == (kind is errors.MomentsError)
