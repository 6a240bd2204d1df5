"""Cutting a finished file: only the part that is needed is read, and no frame changes."""

from pathlib import Path

import av
import pytest

from media_server.ingest.finished import ORIGIN_US, ring_of
from media_server.media import mp4
from tests.support.films import write_talk


def cut(path: Path, start_us: int, end_us: int) -> bytes:
    ring = ring_of(path, (start_us, end_us))
    return b"".join(mp4.write(ring.select(ORIGIN_US + start_us, ORIGIN_US + end_us)).buffers)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("talk") / "talk.mp4"
    write_talk(path, seconds=30)
    return path


@pytest.mark.parametrize(("start_us", "end_us"), [(0, 900_000), (20_020_000, 22_511_000)])
def test_a_part_has_exactly_its_frames(talk: Path, start_us: int, end_us: int) -> None:
    part = cut(talk, start_us, end_us)
    with av.open(str(talk)) as container:
        shown = [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]
    (talk.parent / "part.mp4").write_bytes(part)
    with av.open(str(talk.parent / "part.mp4")) as container:
        frames = [f.to_ndarray().tobytes() for f in container.decode(video=0) if (f.time or 0) >= 0]
    first = start_us // 40_000
    assert frames == shown[first : -(-end_us // 40_000)]


def test_little_of_a_long_file_is_read(talk: Path) -> None:
    whole, part = ring_of(talk), ring_of(talk, (20_000_000, 21_000_000))
    assert part.byte_size < whole.byte_size / 2
