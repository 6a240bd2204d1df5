"""WHIP with real peers: their media is in the ring, on time, whatever the network does."""

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiortc.rtcrtpreceiver
import av
import psutil
import pytest

from domain.core.secrets import load_keyring
from domain.core.settings import Settings
from media_server.ingest.unit import AvPacket
from media_server.ingest.webrtc.publisher import Publisher
from tests.conftest import isolated_settings
from tests.integration.node.conftest import Running, run_node
from tests.integration.node.sources import RATE, make_film
from tests.integration.node.whip_peers import (
    H264_LIVE,
    OPUS,
    VP8_LIVE,
    Network,
    encoded,
    live_film,
    publishing,
)
from tests.support.streams import stream_config
from tests.support.waiting import until

_LIP_SYNC_US = 45_000  # from here on people notice
_SILENCE = bytes.fromhex("f8fffe")  # stands in for sound that is late


@pytest.fixture
def node_settings(tmp_path: Path) -> Settings:
    return isolated_settings(tmp_path / "home", still_workers=1, webrtc_addresses=("127.0.0.1",))


@pytest.fixture
async def running(node_settings: Settings) -> AsyncIterator[Running]:
    async with run_node(node_settings) as found:
        await found.run_streams(stream_config(kind="push"))
        yield found


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return live_film(tmp_path_factory.mktemp("whip"))


def frames_of(mp4: bytes) -> Iterator[av.VideoFrame]:
    """Decode a clip strictly: damage raises."""
    with av.open(io.BytesIO(mp4), "r") as container:
        container.streams.video[0].codec_context.options = {"err_detect": "explode"}
        yield from container.decode(video=0)


async def test_a_publisher_is_live_and_what_it_sends_is_kept_as_it_is(
    running: Running, film: Path
) -> None:
    reader = running.node.registry.get("stream_a").stream.read()
    async with publishing(running.viewer, running.settings, film) as whip:
        assert whip.answer.status_code == 201, whip.answer.text
        await running.until_held(3)
        status = await running.until_status("live")
        assert status.ingest is not None
        assert (status.ingest.protocol, status.ingest.codec) == ("WHIP", "h264")
        assert status.audio is not None
        assert status.audio.codec == "opus"
        assert status.corrupt_packets == 0
        _, image = await running.still(format="png")
        assert image.startswith(b"\x89PNG")
        meta, clip = await running.cut(last_ms=2000)
        assert meta.has_audio
        assert meta.complete
        assert abs(len(list(frames_of(clip))) - meta.duration_ms * RATE / 1000) <= 1
        sent = {_slices(bytes(packet)) for packet in encoded(film, "video")}
        came = [each.packet for each in reader.take() if each.packet.track == "video"]
        reader.close()
        assert came
        assert all(_slices(_annexb(bytes(packet.data))) in sent for packet in came)
        assert (await whip.http.delete(whip.location)).status_code == 200
        assert (await running.until_status("offline")).error is None
        assert (await whip.http.delete(whip.location)).status_code == 404


async def test_how_a_publisher_does_is_for_members_alone(running: Running, film: Path) -> None:
    token = load_keyring(running.settings).sign("viewer", {"sub": "stream_a"}, 600)
    async with publishing(running.viewer, running.settings, film):
        await running.until_held(1)
        told = (await running.viewer.get("/hls/stream_a/status.json")).json()
        assert told["status"] == "live"
        assert not {"ingest", "ring_bytes"} & told.keys()
        told = (await running.viewer.get(f"/hls/stream_a/t/{token}/status.json")).json()
        assert told["ingest"]["protocol"] == "WHIP"
        assert told["ring_bytes"] > 0


def _annexb(data: bytes) -> bytes:
    out, at = b"", 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        out += b"\0\0\1" + data[at + 4 : at + 4 + size]
        at += 4 + size
    return out


def _slices(annexb: bytes) -> bytes:
    """Return the picture's own units of an access unit."""
    units = [unit.strip(b"\0") for unit in annexb.split(b"\0\0\1") if unit.strip(b"\0")]
    return b"".join(unit for unit in units if unit[0] & 31 in (1, 5))


async def until_whole(running: Running) -> None:
    """Wait until the newest seconds are a clip that decodes and misses no frame."""

    async def is_whole() -> bool:
        meta, clip = await running.cut(last_ms=3000)
        frames = await asyncio.to_thread(lambda: len(list(frames_of(clip))))
        return abs(frames - meta.duration_ms * RATE / 1000) <= 1

    await until(is_whole)


@pytest.mark.parametrize(("loss", "reorder"), [(0.0, 0.1), (0.1, 0.02)])
async def test_loss_is_mended_and_nobody_else_notices(
    running: Running, film: Path, loss: float, reorder: float
) -> None:
    configs = [stream_config(kind="push"), stream_config("stream_b", kind="push")]
    await running.run_streams(*configs)
    network = Network(loss=loss, reorder=reorder)
    async with (
        publishing(running.viewer, running.settings, film, network=network),
        publishing(running.viewer, running.settings, film, "stream_b"),
    ):
        await running.until_held(6)
        status, other = await running.status(), await running.status("stream_b")
        publisher = running.node.publishers.of("stream_a")
        assert isinstance(publisher, Publisher)
        picture = next(line for line in publisher.lines if line.form.track == "video")

        await until_whole(running)  # a busy machine may ask for some packets too late

        def is_mended() -> bool:  # but for what is being asked for again at this instant
            return picture.reception.lost <= 3 + picture.reception.expected * loss / 5

        await until(is_mended)  # sound is not asked for again, the picture is
    assert status.ingest is not None
    assert other.ingest is not None
    if loss:
        assert network.dropped > 0
        assert status.ingest.recovered_packets > 0
    assert (other.ingest.lost_packets, other.ingest.recovered_packets) == (0, 0)
    assert other.corrupt_packets == 0
    # A process without processor time for seconds begins a new section, at a keyframe.
    assert other.dropped_packets == 0 or other.discontinuities


async def test_an_outage_is_survived_or_the_publisher_comes_back(
    running: Running, film: Path
) -> None:
    network = Network()
    async with publishing(running.viewer, running.settings, film, network=network):
        await running.until_held(2)
        network.is_down = True
        gone = await running.until_status("offline")
        assert gone.error is not None
        assert "vanished" in gone.error
        assert gone.window is not None  # what it sent can still be looked at
    async with publishing(running.viewer, running.settings, film) as again:
        assert again.answer.status_code == 201
        await running.until_status("live")
        held = gone.window.end_us

        async def goes_on() -> bool:
            window = (await running.status()).window
            return window is not None and window.end_us > held + 2_000_000

        await until(goes_on)
        status = await running.status()
        assert status.discontinuities == 1
        assert status.window is not None
        assert status.window.start_us == gone.window.start_us


async def test_vp8_becomes_h264(running: Running, tmp_path: Path) -> None:
    film = live_film(tmp_path, video=VP8_LIVE)
    async with publishing(running.viewer, running.settings, film, codec="video/VP8"):
        await running.until_held(4)
        status = await running.until_status("live")
        assert status.ingest is not None
        assert status.ingest.codec == "vp8"
        assert status.video is not None
        assert (status.video.codec, status.video.width) == ("h264", 320)
        await until_whole(running)  # a busy machine leaves frames out, and counts them
        meta, _ = await running.cut(last_ms=2000)
        assert meta.has_audio
    await until(lambda: "transcode-vp8" not in {each.name for each in threading.enumerate()})


async def test_h264_that_phones_cannot_play_becomes_h264_that_they_can(
    running: Running, tmp_path: Path
) -> None:
    film = live_film(tmp_path, video=(*H264_LIVE[:8], "-pix_fmt", "yuv422p"))
    async with publishing(running.viewer, running.settings, film):
        await running.until_held(4)
        status = await running.until_status("live")
        assert status.corrupt_packets == 0
        _, clip = await running.cut(last_ms=2000)
    assert {frame.format.name for frame in frames_of(clip)} == {"yuv420p"}


async def test_a_change_of_resolution_makes_a_new_header(running: Running, film: Path) -> None:
    larger = make_film(film.with_name("larger.mkv"), "-vf", "scale=640:360", *H264_LIVE, seconds=2)
    async with publishing(running.viewer, running.settings, film) as whip:
        await running.until_held(2)
        whip.tracks[0].play(encoded(larger, "video"))

        async def is_larger() -> bool:
            video = (await running.status()).video
            return video is not None and video.width == 640

        await until(is_larger)
        await running.until_held(5)
        status = await running.status()
        assert (status.discontinuities, status.format_changes) == (0, 1)
        meta, _ = await running.still()
        assert (meta.width, meta.height) == (640, 360)


async def test_sound_follows_the_sender_reports(running: Running, tmp_path: Path) -> None:
    noise = ("-f", "lavfi", "-i", "anoisesrc=seed=1:amplitude=0.2:duration=14")  # no two alike
    film = make_film(tmp_path / "noise.mkv", *noise, *H264_LIVE, *OPUS, seconds=14, tone=False)
    filmed = {_slices(bytes(each)): _film_us(each) for each in encoded(film, "video")}
    filmed |= {bytes(each): _film_us(each) for each in encoded(film, "audio")}
    reader = running.node.registry.get("stream_a").stream.read()
    offsets: dict[str, int] = {}

    def are_together() -> bool:
        for packet in (each.packet for each in reader.take()):
            data = bytes(packet.data)
            data = _slices(_annexb(data)) if packet.track == "video" else data
            if data != _SILENCE:
                offsets[packet.track] = packet.pts_us - filmed[data]
        return len(offsets) == 2 and abs(offsets["video"] - offsets["audio"]) < _LIP_SYNC_US

    network = Network(sound_late_s=0.5)  # so that its arrival says the wrong thing
    async with publishing(running.viewer, running.settings, film, skew_s=1000, network=network):
        await until(are_together)
        publisher = running.node.publishers.of("stream_a")
        assert isinstance(publisher, Publisher)
        assert publisher.is_aligned
    reader.close()


def _film_us(packet: AvPacket) -> int:
    return round(float((packet.pts or 0) * packet.time_base) * 1_000_000)


async def test_nothing_is_left_behind(running: Running, film: Path) -> None:
    process = psutil.Process()

    async def once() -> None:
        async with publishing(running.viewer, running.settings, film) as whip:
            await running.until_status("live")
            await whip.http.delete(whip.location)
        await until(lambda: len(running.node.peers) == 0)

    await once()  # what is made once and kept
    await asyncio.sleep(0.5)
    before = (process.num_fds(), threading.active_count(), len(asyncio.all_tasks()))
    for _ in range(3):
        await once()
    await until(lambda: process.num_fds() <= before[0])
    await until(lambda: threading.active_count() <= before[1])
    await until(lambda: len(asyncio.all_tasks()) <= before[2])


async def test_without_the_inner_names_the_slower_way_is_taken(
    running: Running, film: Path
) -> None:
    module: Any = aiortc.rtcrtpreceiver
    decoders = module.get_decoder
    try:
        running.node.whip.choose(["Connection.data_received"])
        async with publishing(running.viewer, running.settings, film) as whip:
            await running.until_held(3)
            status = await running.until_status("live")
            assert running.node.whip.way == "receiver"
            assert status.ingest is not None
            assert status.ingest.codec == "h264"
            _, clip = await running.cut(last_ms=1500)
            assert list(frames_of(clip))
            await whip.http.delete(whip.location)
        await running.until_status("offline")
    finally:
        module.get_decoder = decoders
