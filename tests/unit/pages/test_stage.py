"""The player's content before any script runs."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from domain.core.time import Span
from domain.live.models import Source, Stream
from domain.live.wire import Status
from webapp.pages.theme import render
from webapp.public.render import environment
from webapp.stage import Opening

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def stream(status: Status, *, error: str | None = None, is_kept: bool = True) -> Stream:
    return Stream(
        id="stream_1",
        organization_id="org_1",
        name="Garden",
        slug="garden",
        source=Source("push"),
        buffer_s=120,
        visibility="private",
        allow_capture=False,
        created_at=NOW,
        created_by=None,
        status=status,
        error=error,
        state="healthy" if error is None else "error",
        reason=error,
        last_on_air=None,
        since=None,
        window=Span(NOW - timedelta(seconds=9), NOW) if is_kept else None,
        video=None,
        audio=None,
        viewers=0,
        hls_url="",
        publishing=None,
        poster_url="https://node.example/hls/stream_1/t/token/frame-latest.jpg",
    )


@pytest.mark.parametrize(
    ("status", "words", "is_coming"),
    [
        ("live", "Joining the stream", True),
        ("connecting", "Waiting for the source", True),
        ("offline", "Off air", False),
        ("error", "The stream has a problem", False),
    ],
)
def test_each_state_has_its_words(status: Status, words: str, *, is_coming: bool) -> None:
    html = render("stage.html", opening=Opening.of(stream(status), may_capture=True))
    assert words in html
    assert ("m-spin" in html) is is_coming
    assert "frame-latest.jpg?w=640" in html
    assert set(get_args(Status)) == {"live", "connecting", "offline", "error"}


def test_there_is_no_picture_where_no_frame_is_kept() -> None:
    opening = Opening.of(stream("offline", is_kept=False), may_capture=False)
    assert "<img" not in render("stage.html", opening=opening)


def test_the_reason_is_told_and_escaped() -> None:
    opening = Opening.of(stream("error", error="<b> is down."), may_capture=False)
    for html in (
        render("stage.html", opening=opening),
        environment().get_template("stage.html").render(opening=opening),
    ):
        assert "&lt;b&gt; is down." in html


def test_only_who_may_capture_sees_the_place_of_its_buttons() -> None:
    for may_capture in (True, False):
        opening = Opening.of(stream("live"), may_capture=may_capture)
        assert ("m-capture" in render("deck.html", opening=opening)) is may_capture
