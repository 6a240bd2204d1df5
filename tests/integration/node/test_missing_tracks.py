"""Sources that stop sending a track, or never start to: the other one plays on."""

import asyncio
import io
from pathlib import Path

import av
import pytest

from tests.integration.node.conftest import Running
from tests.integration.node.sources import AAC, H264, Web, make_film, without_sound
from tests.support.streams import stream_config

pytestmark = pytest.mark.ffmpeg

_CLIP_MS = 4000
_FILM_S = 120  # a source that begins again, or comes back, begins a new section


def spans(film: bytes) -> dict[str, float]:
    """Return for how long each track of a film decodes, in seconds."""
    with av.open(io.BytesIO(film), "r") as container:
        shown = [frame.time or 0.0 for frame in container.decode(video=0)]
    with av.open(io.BytesIO(film), "r") as container:
        heard = [frame.time or 0.0 for frame in container.decode(audio=0)]
    return {"video": shown[-1] - shown[0], "audio": heard[-1] - heard[0]}


async def played(running: Running, stream_id: str) -> bytes:
    """Return what a stream's playlist has, whose segments all belong to one init section."""
    text = (await running.viewer.get(f"/hls/{stream_id}/media.m3u8")).text
    (init,) = {line.split('"')[1] for line in text.splitlines() if "EXT-X-MAP" in line}
    names = [init, *(line for line in text.splitlines() if line.startswith("seg-"))]
    answers = [await running.viewer.get(f"/hls/{stream_id}/{name}") for name in names]
    return b"".join(answer.content for answer in answers)


async def test_playing_goes_on_without_a_track(running: Running, web: Web, tmp_path: Path) -> None:
    mute = without_sound(
        make_film(tmp_path / "mute.flv", *H264, *AAC, seconds=_FILM_S).read_bytes()
    )
    web.handlers["/mute"] = lambda request: request.answer(mute)
    films = {
        "stream_a": f"{web.url}/mute",
        "stream_b": make_film(
            tmp_path / "b.mp4", *H264, *AAC, "-af", "atrim=0:1", seconds=_FILM_S
        ).as_uri(),
        "stream_c": make_film(
            tmp_path / "c.mp4", *H264, *AAC, "-vf", "trim=0:1", seconds=_FILM_S
        ).as_uri(),
    }
    await running.run_streams(*(stream_config(name, url) for name, url in films.items()))
    await asyncio.gather(*(running.until_held(_CLIP_MS / 1000 + 0.5, name) for name in films))
    for name in films:
        seconds = spans(await played(running, name))
        assert min(seconds["video"], seconds["audio"]) > 2.4, name
        about, clip = await running.cut(name, last_ms=_CLIP_MS)
        assert about.complete, name
        assert all(abs(each - _CLIP_MS / 1000) < 0.6 for each in spans(clip).values()), name
        with av.open(io.BytesIO(clip), "r") as container:
            assert abs((container.duration or 0) / 1000 - about.duration_ms) < 30, name
        still, _ = await running.still(name)
        assert still.width == 320, name
