"""Recordings: complete, cut short, and left behind by a crash."""

import asyncio
import io
import os
import signal
import sys
from pathlib import Path

import av
import msgspec
import pytest

from domain.core.errors import StorageUnavailable
from domain.core.settings import Settings
from domain.core.time import SystemClock, to_us
from domain.live.wire import CutMeta, Recording, RecordRequest
from media_server.media.packet import AudioParams, Header, Packet
from media_server.relay.live import LiveStream
from media_server.relay.log_file import LogReader, LogRequest, LogWriter, read_summary
from media_server.relay.recording import Recordings
from tests.integration.node.conftest import Running, meta, run_node
from tests.integration.node.test_demo import counters_of, number_at
from tests.support.streams import stream_config
from tests.support.waiting import until

_SOUND = Header(None, AudioParams("aac", b"\x11\x90", 48_000, 2))


async def newest(running: Running) -> int:
    """Return the end of the window, once it holds two seconds."""
    window = (await running.until_held(2)).window
    assert window is not None
    return window.end_us


async def begin(running: Running, recording_id: str, start_us: int, end_us: int) -> Recording:
    body = {"recording_id": recording_id, "start_us": start_us, "end_us": end_us}
    answer = await running.control.post("/control/streams/stream_a/recordings", json=body)
    assert answer.status_code == 201, answer.text
    return msgspec.json.decode(answer.content, type=Recording)


async def finished(running: Running, recording_id: str) -> Recording:
    async def is_over() -> bool:
        answer = await running.control.get(f"/control/recordings/{recording_id}")
        return bool(answer.json()["status"] != "recording")

    await until(is_over)
    answer = await running.control.get(f"/control/recordings/{recording_id}")
    return msgspec.json.decode(answer.content, type=Recording)


async def media(running: Running, recording_id: str) -> tuple[CutMeta, bytes]:
    answer = await running.control.get(f"/control/recordings/{recording_id}/media")
    assert answer.status_code == 200, answer.text
    return meta(answer, CutMeta), answer.content


def clean(film: bytes) -> bool:
    """Tell whether everything in a film decodes."""
    with av.open(io.BytesIO(film), "r") as container:
        return len(list(container.decode(video=0))) > 0


async def test_a_span_that_ends_in_the_future_becomes_complete(running: Running) -> None:
    await running.run_streams(stream_config())
    status = await running.until_held(2)
    assert status.window is not None
    first, *_ = running.frames(status.window.end_us - 1_500_000)
    start_us, end_us = first + 300, first + 3_000_000 - 300
    said = await begin(running, "clip_a", start_us, end_us)
    assert said.status == "recording"
    assert said.held_until_us is not None
    again = await begin(running, "clip_a", start_us, end_us)
    assert again.start_us == start_us  # asked twice, recorded once
    assert (await finished(running, "clip_a")).status == "ready"
    about, film = await media(running, "clip_a")
    assert about.complete
    assert counters_of(film) == [number_at(us) for us in running.frames(first, end_us)]
    assert (await running.control.delete("/control/recordings/clip_a")).status_code == 204
    assert (await running.control.get("/control/recordings/clip_a")).status_code == 404
    assert not list((running.settings.home / "nodes" / "node" / "recordings").iterdir())


async def test_who_asks_again_is_answered_only_when_it_is_on_disk(tmp_path: Path) -> None:
    stream = LiveStream("stream_a", 10_000_000, 1 << 24, SystemClock())
    inlet = stream.inlet()
    now_us = to_us(SystemClock().now())
    for number in range(100):
        at = now_us - 2_000_000 + number * 20_000
        inlet.post(Packet("audio", at, at, 20_000, is_key=True, data=bytes(100)), _SOUND)
    stream.drain()
    recordings = Recordings(tmp_path, SystemClock())
    await recordings.restore()
    request = RecordRequest(
        recording_id="clip_a", start_us=now_us - 1_000_000, end_us=now_us + 5_000_000
    )

    told = []

    async def ask(number: int) -> None:
        await recordings.start(stream, request)
        told.append(number)

    try:
        await asyncio.gather(ask(0), ask(1), ask(2))  # only the first one writes
    finally:
        await recordings.close()
    assert told == [0, 1, 2]


async def test_a_recording_of_a_removed_stream_says_so(running: Running) -> None:
    await running.run_streams(stream_config())
    end_us = await newest(running)
    await begin(running, "clip_a", end_us - 1_000_000, end_us + 30_000_000)
    await running.run_streams()
    said = await finished(running, "clip_a")
    assert said.status == "ready"
    about, film = await media(running, "clip_a")
    assert not about.complete
    assert "removed" in (about.reason or "")
    assert clean(film)


async def test_a_recording_whose_file_is_lost_has_failed(running: Running) -> None:
    await running.run_streams(stream_config())
    end_us = await newest(running)
    await begin(running, "clip_a", end_us - 1_000_000, end_us + 500_000)
    [log] = running.node.recordings._folder.iterdir()
    log.unlink()
    said = await finished(running, "clip_a")
    assert said.status == "failed"
    assert "lost" in (said.error or "")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(5_000_000, 6_000_000, 425), (0, -500_000, 400), (0, 100_000_000, 400), (-50_000_000, 1, 410)],
)
async def test_spans_that_cannot_be_recorded(
    running: Running, start: int, end: int, expected: int
) -> None:
    await running.run_streams(stream_config())
    now = await newest(running)
    body = {"recording_id": "clip_a", "start_us": now + start - 300_000, "end_us": now + end}
    answer = await running.control.post("/control/streams/stream_a/recordings", json=body)
    assert (answer.status_code, bool(answer.json()["error"])) == (expected, True)
    assert (await running.control.get("/control/recordings/clip_a")).status_code == 404


@pytest.mark.parametrize("name", ["../evil", "a/b", "", "x" * 81, "a b"])
async def test_ids_are_never_paths(running: Running, name: str) -> None:
    await running.run_streams(stream_config())
    end_us = await newest(running)
    body = {"recording_id": name, "start_us": end_us - 500_000, "end_us": end_us + 1_000_000}
    answer = await running.control.post("/control/streams/stream_a/recordings", json=body)
    assert answer.status_code == 400


_SCRIPT = """
import asyncio, sys
from pathlib import Path
from media_server.node import Node
from tests.conftest import isolated_settings
from tests.integration.node.conftest import FakeDirectory
from tests.support.streams import stream_config

async def main() -> None:
    settings = isolated_settings(Path(sys.argv[1]), still_workers=1)
    node = Node(settings, FakeDirectory([stream_config()]))
    print(node.addresses.control_url, flush=True)
    await node.run()

asyncio.run(main())
"""


async def test_what_was_acknowledged_survives_kill_9(node_settings: Settings) -> None:
    import httpx

    from domain.core.secrets import internal_key, load_keyring

    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SCRIPT, str(node_settings.home),
        stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    key = {"Authorization": f"Bearer {internal_key(load_keyring(node_settings))}"}
    async with httpx.AsyncClient(base_url=url, headers=key, timeout=30) as control:

        async def holds() -> bool:
            try:
                answer = await control.get("/control/streams/stream_a")
            except httpx.TransportError:
                return False
            window = answer.json().get("window")
            return bool(window and window["end_us"] - window["start_us"] > 2_000_000)

        await until(holds)
        window = (await control.get("/control/streams/stream_a")).json()["window"]
        start_us = window["end_us"] - 1_000_000
        body = {"recording_id": "clip_a", "start_us": start_us, "end_us": start_us + 30_000_000}
        answer = await control.post("/control/streams/stream_a/recordings", json=body)
        assert answer.status_code == 201
    process.send_signal(signal.SIGKILL)
    await process.wait()
    orphans = await asyncio.create_subprocess_exec(
        "pgrep", "-f", f"decoder_worker {process.pid}$", stdout=asyncio.subprocess.PIPE
    )
    await asyncio.sleep(0.5)
    assert (await orphans.communicate())[0] == b""
    async with run_node(node_settings) as running:
        said = await finished(running, "clip_a")
        assert said.status == "ready"
        about, film = await media(running, "clip_a")
    assert not about.complete
    assert "node stopped" in (about.reason or "")
    assert about.end_us >= window["end_us"] - 50_000
    shown, then = counters_of(film)[:2]  # on a busy machine the demo leaves frames out
    assert shown is not None
    assert then is not None
    assert shown <= number_at(about.start_us) < then


def _log(folder: Path) -> Path:
    path = folder / "clip_a.log"
    LogWriter(path, LogRequest("clip_a", "stream_a", 1, 2)).close()
    return path


def test_a_log_is_read_up_to_its_last_good_record(tmp_path: Path) -> None:
    path = _log(tmp_path)
    whole = path.read_bytes()
    for damaged in (whole + b"\x05", whole + bytes(60), whole + os.urandom(300)):
        path.write_bytes(damaged)
        summary = read_summary(path)
        assert summary.good_bytes == len(whole)
        assert summary.request == LogRequest("clip_a", "stream_a", 1, 2)
    path.write_bytes(b"")
    with LogReader(path) as log:
        assert log.summary().request is None


async def test_a_log_without_a_frame_is_a_failed_recording(tmp_path: Path) -> None:
    _log(tmp_path)
    recordings = Recordings(tmp_path, SystemClock())
    await recordings.restore()
    said = recordings.get("clip_a")
    assert said.status == "failed"
    assert "no frame" in (said.error or "")


async def test_a_full_disk_is_a_clear_refusal(running: Running) -> None:
    """The folder is a device that is always full."""
    await running.run_streams(stream_config())
    now = await newest(running)
    stream = running.node.registry.get("stream_a").stream
    (path := running.settings.home / "full").mkdir()
    (path / "clip_a.log").symlink_to("/dev/full")
    recordings = Recordings(path, SystemClock())
    request = RecordRequest(recording_id="clip_a", start_us=now - 500_000, end_us=now + 1_000_000)
    with pytest.raises(StorageUnavailable):
        await recordings.start(stream, request)
    assert recordings.all() == []
