"""The transcoder with real codecs of browsers, and on a machine that cannot keep up."""

from itertools import pairwise
from pathlib import Path

import av
from av.video.codeccontext import VideoCodecContext

from media_server.relay.transcoder import Transcoder
from tests.integration.node.whip_peers import VP8_LIVE, encoded, live_film
from tests.support.waiting import until


async def test_a_slow_machine_shows_fewer_pictures_and_none_damaged(tmp_path: Path) -> None:
    frames = encoded(live_film(tmp_path, video=VP8_LIVE), "video")
    came: list[int] = []
    damaged: list[bool] = []
    decoder = av.CodecContext.create("vp8", "r")
    assert isinstance(decoder, VideoCodecContext)
    transcoder = Transcoder(
        "vp8", decoder, lambda unit, _: came.append(unit.pts or 0), lambda: damaged.append(True)
    )
    times = [number * 33_333 for number in range(59)]
    for time_us, frame in zip(times, frames, strict=False):
        assert transcoder.feed(time_us, bytes(frame))  # all at once: the machine is behind
    last = round(times[-1] * 90_000 / 1_000_000)
    await until(lambda: bool(came) and came[-1] == last)
    transcoder.close()
    transcoder.join(10)
    assert not damaged
    gaps = [after - before for before, after in pairwise(came)]
    assert 40 <= len(came) < len(times)
    assert max(gaps) <= 6_000  # never two pictures in a row
