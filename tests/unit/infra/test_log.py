"""Logs contain no credentials."""

import logging
from pathlib import Path

import pytest
import structlog
from structlog.typing import EventDict

from domain.core.log import configure, get_logger, plain, redact
from domain.core.settings import Settings

SECRET = "rp4sKUb8C4suW5R420HrSS6WCAy7NIq1"


@pytest.mark.parametrize(
    "text",
    [
        f"/s/{SECRET}",
        f"/s/{SECRET}/media.mp4",
        f"/invite/{SECRET}",
        f"/first-start/{SECRET}",
        f"/reset/{SECRET}",
        f"vmt_{SECRET}",
        f"/api/auth/first-start/{SECRET}",
        f"/api/auth/invitations/{SECRET}/sign-up",
        f"/api/clips/clip_01m7ypqygeejvapbwzm07zpwz0/share/{SECRET}",
        f"/api/gallery/share/{SECRET}",
        f"/api/public/shares/{SECRET}",
        f"/media/hls/stream_1/t/eyJzdWIiOiJzaGFyZV8wMW03.{SECRET}/index.m3u8",
        f"/files/b/k?exp=1&sig={SECRET}",
        f"Authorization: Bearer mt_{SECRET}",
        f"the token mt_{SECRET} of ms_{SECRET} and pk_{SECRET}",
        f"rtsp://camera:{SECRET}@192.168.1.20/stream",
    ],
)
def test_credentials_are_hidden(text: str) -> None:
    hidden = redact(text)
    assert SECRET not in hidden
    assert "***" in hidden


def test_ids_are_not() -> None:
    path = "/api/clips/clip_01m7ypqygeejvapbwzm07zpwz0/share"
    assert redact(path) == path


def test_what_strangers_send_is_one_line_that_steers_no_terminal() -> None:
    assert plain("a\x1b[2J\r\nb\x9b31m") == r"a\x1b[2J\x0d\x0ab\x9b31m"
    assert plain("Grüße, 今日は") == "Grüße, 今日は"


def test_a_line_below_the_level_is_never_made(tmp_path: Path) -> None:
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    made: list[str] = []

    def note(_logger: object, _method: str, event: EventDict) -> str:
        made.append(event["event"])
        return ""

    try:
        configure(Settings(home=tmp_path, log_level="warning", _env_file=None), "test")
        structlog.configure(processors=[note])
        get_logger("quiet").info("request")
        get_logger("loud").warning("refused")
        assert made == ["refused"]
    finally:
        structlog.contextvars.unbind_contextvars("process")
        structlog.configure(**before)
        root.handlers[:], root.level = handlers, level
