"""Temporary folders go when their process is gone, however far it came."""

import os
from pathlib import Path

from domain.videos.scratch import Scratch


def _grow_old(path: Path) -> None:
    os.utime(path, (0, 0))


def test_only_what_nobody_uses_is_swept(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    with scratch.folder() as used:
        (used / "film.mp4").write_bytes(b"x")
        _grow_old(used)
        new = used.parent / "new"
        new.mkdir()
        removed_in_part = used.parent / "removed_in_part"  # its lock went first
        removed_in_part.mkdir()
        (removed_in_part / "film.mp4").write_bytes(b"x")
        left = used.parent / "left"
        left.mkdir()
        (left / ".lock").touch()
        for path in (removed_in_part, left):
            _grow_old(path)
        scratch.sweep()
        assert sorted(used.parent.iterdir()) == sorted([used, new])
    assert list(new.parent.iterdir()) == [new]
