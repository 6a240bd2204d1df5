"""Captures of screens: a real X server, and Wayland's programs as small scripts."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from PIL import Image

from tests.support.displays import display_of
from webapp.agent import png, screen
from webapp.agent.errors import UsageError


@pytest.fixture
def display() -> Iterator[str]:
    """A white screen of 320x200."""
    with display_of("320x200") as name:
        yield name


def test_an_x_screen_is_captured_and_masked(display: str, tmp_path: Path) -> None:
    path = tmp_path / "screen.png"
    path.write_bytes(screen.capture({"DISPLAY": display}, [(300, 0, 100, 10)]))
    with Image.open(path) as image:
        assert image.size == (320, 200)
        assert image.getpixel((299, 0)) == (255, 255, 255)
        assert image.getpixel((300, 9)) == (0, 0, 0)
        assert image.getpixel((300, 10)) == (255, 255, 255)


def wayland(folder: Path, **scripts: str) -> Mapping[str, str]:
    """Return the environment of a session with these programs and none besides."""
    (folder / "screen.png").write_bytes(png.encode(1, 1, b"\1\2\3"))
    for name, text in scripts.items():
        path = folder / name.replace("_", "-")
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    return {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0", "PATH": str(folder)}


COPY = '/bin/cat "$(dirname "$0")/screen.png" >'


def test_on_wayland_the_next_program_is_tried(tmp_path: Path) -> None:
    session = wayland(tmp_path, grim="exit 1", gnome_screenshot=f'{COPY} "$2"')
    session = {**session, "PATH": f"{tmp_path}:/usr/bin:/bin"}
    assert png.size(screen.capture(session)) == (1, 1)


def test_the_portal_answers_by_a_signal(tmp_path: Path) -> None:
    answer = (
        "/org/freedesktop/portal/desktop/request/1_1/t: org.freedesktop.portal.Request.Response "
        f"(uint32 0, {{'uri': <'file://{tmp_path}/a%20shot.png'>}})"
    )
    (tmp_path / "a shot.png").write_bytes(png.encode(2, 1, bytes(6)))
    monitor = f'[ "$1" = call ] && exit; echo Monitoring; echo "{answer}"; exec /bin/sleep 60'
    session = wayland(tmp_path, gdbus=monitor)
    assert png.size(screen.capture(session)) == (2, 1)
    assert not (tmp_path / "a shot.png").exists()


def test_without_a_way_there_is_a_sentence(tmp_path: Path) -> None:
    session = wayland(tmp_path, grim="echo 'compositor does not support it' >&2; exit 1")
    with pytest.raises(UsageError) as caught:
        screen.capture(session)
    assert caught.value.message.startswith("grim: compositor does not support it.")
    assert "--url" in caught.value.message
    for environment in ({}, {"DISPLAY": ":9999"}, {"DISPLAY": "nonsense"}):
        with pytest.raises(UsageError):
            screen.capture(environment)
