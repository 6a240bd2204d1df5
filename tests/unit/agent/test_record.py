"""Recordings: what ffmpeg is asked for, and what it makes of a real X server."""

from collections.abc import Mapping
from pathlib import Path

import av
import pytest

from tests.conftest import command
from tests.support.displays import display_of
from webapp.agent.commands.record import command_of, film
from webapp.agent.errors import UsageError
from webapp.agent.main import parser

DISPLAY = {"DISPLAY": ":0", "PATH": "/usr/local/bin:/usr/bin:/bin"}


def asked(environment: Mapping[str, str], *options: str) -> list[str]:
    return command_of(parser().parse_args(["record", *options]), environment)


def test_an_x_screen_is_filmed_for_a_while() -> None:
    line = " ".join([command("ffmpeg"), *asked(DISPLAY, "--seconds", "5", "--area", "640x480")[1:]])
    assert "-f x11grab -framerate 15 -video_size 640x480 -i :0 -t 5.0" in line


def test_a_virtual_screen_is_filmed(tmp_path: Path) -> None:
    path = tmp_path / "screen.mp4"
    with display_of("320x200") as display:
        environment = {"DISPLAY": display, "PATH": f"{Path(command('ffmpeg')).parent}"}
        line = asked(environment, "--seconds", "0.4", "--fps", "10")
        film([*line, str(path)], environment)
    with av.open(path) as video:
        frame = next(video.decode(video=0)).to_ndarray(format="gray")
    assert frame.shape == (200, 320)
    assert frame.mean() > 200  # white, but for the pointer


@pytest.mark.parametrize(
    ("environment", "options"),
    [
        ({**DISPLAY, "PATH": ""}, ()),
        ({**DISPLAY, "DISPLAY": ""}, ()),
        ({**DISPLAY, "WAYLAND_DISPLAY": "wayland-0"}, ()),
        (DISPLAY, ("--seconds", "0")),
        (DISPLAY, ("--fps", "1000")),
        (DISPLAY, ("--area", "-i x")),
    ],
)
def test_what_cannot_be_recorded_is_a_sentence(
    environment: dict[str, str], options: tuple[str, ...]
) -> None:
    command("ffmpeg")
    with pytest.raises(UsageError):
        asked(environment, *(f"{a}={b}" for a, b in zip(options[::2], options[1::2], strict=True)))
