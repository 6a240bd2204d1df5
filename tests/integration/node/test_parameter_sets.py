"""Encoders that change a parameter set within a GOP: every frame is shown as it was sent."""

import contextlib
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from media_server.media.h264 import split_annexb
from tests.conftest import command, isolated_settings
from tests.integration.node.conftest import Running, run_node
from tests.integration.node.sources import RATE, RtspServer, free_port
from tests.integration.node.test_rtmp import listens, pictures, published, url_of
from tests.support.streams import stream_config
from tests.support.waiting import until

pytestmark = pytest.mark.ffmpeg
_SECONDS = 1
_X264 = "ref=1:weightp=0:scenecut=0:keyint=infinite:8x8dct=1:repeat-headers=1"
_PPS, _START = 8, b"\0\0\0\1"


def encoded(cabac: int) -> list[bytes]:
    """Encode a film as one GOP; its PPS says which entropy coding it has."""
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = 320, 180, "yuv420p"
    encoder.time_base = Fraction(1, RATE)
    settings = f"{_X264}:cabac={cabac}"
    encoder.options = {"tune": "zerolatency", "profile": "high", "x264-params": settings}
    packets: list[bytes] = []
    for number in range(_SECONDS * RATE):
        planes = np.full((270, 320), 128, np.uint8)
        planes[:180] = np.arange(320) + 2 * number & 255
        frame = VideoFrame.from_ndarray(planes, "yuv420p")
        frame.pts = number
        packets += map(bytes, encoder.encode(frame))
    return [*packets, *map(bytes, encoder.encode(None))]


def pps_of(packet: bytes) -> bytes:
    return _START + next(bytes(unit) for unit in split_annexb(packet) if unit[0] & 31 == _PPS)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film whose entropy coding changes twice without a keyframe."""
    folder = tmp_path_factory.mktemp("changes")
    first, second = encoded(cabac=1), encoded(cabac=0)
    middle, end = len(first) // 3, len(first) * 2 // 3
    stream = [*first[:middle], pps_of(second[0]), *second[middle:end], pps_of(first[0])]
    (folder / "film.h264").write_bytes(b"".join([*stream, *first[end:]]))
    arguments = ["-r", str(RATE), "-i", str(folder / "film.h264")]
    arguments += ["-f", "lavfi", "-i", f"sine=duration={_SECONDS}", "-c:v", "copy", "-c:a", "aac"]
    film = folder / "film.mp4"
    subprocess.run([command("ffmpeg"), "-v", "error", *arguments, str(film)], check=True)
    return film


@contextlib.asynccontextmanager
async def sent_by_rtmp(node: Running, film: Path) -> AsyncIterator[None]:
    await node.run_streams(stream_config(kind="push"))
    await until(lambda: listens(node.settings.rtmp_port))
    async with published(film, url_of(node)):
        yield


@contextlib.asynccontextmanager
async def sent_by_rtsp(node: Running, film: Path) -> AsyncIterator[None]:
    async with RtspServer(film).running() as camera:
        await node.run_streams(stream_config(url=f"rtsp://127.0.0.1:{camera.port}/cam"))
        yield


@pytest.mark.parametrize("sent", [sent_by_rtmp, sent_by_rtsp])
async def test_a_new_pps_within_a_gop_loses_no_frame(
    sent: Callable[[Running, Path], AbstractAsyncContextManager[None]], film: Path, tmp_path: Path
) -> None:
    settings = isolated_settings(
        tmp_path / "home", rtmp_port=free_port(), rtmp_host="127.0.0.1", still_workers=1,
        pull_networks=("127.0.0.0/8",),
    )  # fmt: skip
    theirs = pictures(film)
    assert len(theirs) == _SECONDS * RATE
    async with run_node(settings) as node, sent(node, film):
        await node.until_held(2.5)
        _, body = await node.cut(last_ms=1900)
        status = await node.status()
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(body)
    ours = pictures(clip)
    first = theirs.index(ours[0])
    assert ours == [theirs[(first + number) % len(theirs)] for number in range(len(ours))]
    assert len(ours) >= _SECONDS * RATE
    assert (status.corrupt_packets, status.format_changes) == (0, 0)
