"""Test media shared by this folder."""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.conftest import command
from tests.integration.media.material import SHARED, Look, Material, make, read

_LOOKS = {
    "flower": Look(b_frames=2, gop=150, fps=Fraction(30000, 1001), seconds=5),
    "friday": Look(b_frames=1, gop=40, rate=44_100),
    "plain": Look(gop=60),
    "b-frames": Look(b_frames=3, gop=45, fps=Fraction(24000, 1001)),
    "opus": Look(audio="opus", gop=30),
    "silent": Look(audio=None, gop=30),
    "open-gop": Look(b_frames=3, gop=30, options={"x264": "open-gop=1:b-pyramid=normal:b-adapt=0"}),
}


@pytest.fixture(scope="session")
def ffmpeg() -> str:
    return command("ffmpeg")


@pytest.fixture(scope="session")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files by name: the shared films if they exist, else generated ones."""
    folder = tmp_path_factory.mktemp("material")
    found: dict[str, Path] = {}
    for name, look in _LOOKS.items():
        shared = SHARED / f"{name}.mp4"
        found[name] = shared if shared.exists() else make(folder / f"{name}.mp4", look)
    return found


@pytest.fixture(scope="session")
def materials(paths: dict[str, Path]) -> dict[str, Material]:
    return {name: read(path) for name, path in paths.items()}
