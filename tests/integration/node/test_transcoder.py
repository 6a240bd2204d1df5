"""The transcoder with real codecs of browsers, and on a machine that cannot keep up."""

from itertools import pairwise
from pathlib import Path

import av
from av.video.codeccontext import VideoCodecContext

from domain.core.time import SystemClock
from media_server.ingest.webrtc.output import Output
from media_server.ingest.webrtc.pipeline import Pipeline
from media_server.relay.live import LiveStream
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


class Asked:
    """Counts the keyframes that a publisher is asked for."""

    def __init__(self) -> None:
        self.times = 0

    def came(self) -> None:
        """Note nothing."""

    def wanted(self) -> None:
        self.times += 1


async def test_what_a_slow_machine_drops_is_not_said_to_be_damaged(tmp_path: Path) -> None:
    frames = list(map(bytes, encoded(live_film(tmp_path, video=VP8_LIVE), "video")))
    stream = LiveStream("stream_a", 10_000_000, 1 << 24, SystemClock())
    inlet, asked = stream.inlet(), Asked()
    pipeline = Pipeline(asked, {})
    pipeline.begin(Output(stream, inlet), {"video"})
    for number in range(200):  # all at once: the machine is behind
        pipeline.encoded("vp8", number * 3000, frames[number % len(frames)])
    pipeline.close()
    assert inlet.overflow
    assert asked.times
    assert not inlet.corrupt
