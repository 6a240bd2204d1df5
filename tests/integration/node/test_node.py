"""A node without its database, and its shutdown."""

import pytest

from domain.core.settings import Settings
from domain.live.wire import StreamConfig
from tests.integration.node.conftest import FakeDirectory, Running, run_node
from tests.support.streams import stream_config


async def test_a_node_streams_on_and_restarts_while_the_database_is_away(
    node_settings: Settings,
) -> None:
    directory = FakeDirectory([stream_config()])
    async with run_node(node_settings, directory) as running:
        node_id = running.node.id
        await running.until_held(1)
        directory.is_away = True
        await running.run_streams(stream_config())
        await running.until_held(2)
    assert directory.left == [node_id]
    async with run_node(node_settings, directory) as running:
        assert running.node.id == node_id
        await running.until_held(1)


@pytest.mark.parametrize("memory", [b'[{"stream_id": ', b'[{"stream_id": "\xff"}]'])
async def test_an_unreadable_memory_is_no_reason_not_to_start(
    node_settings: Settings, memory: bytes
) -> None:
    folder = node_settings.home / "nodes" / "node"
    folder.mkdir(parents=True)
    (folder / "streams.json").write_bytes(memory)
    async with run_node(node_settings) as running:
        assert running.node.registry.all() == []


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("still", b'{"format": "\xff"}'),
        ("cut", b'{"last_ms": "\xff"}'),
        ("recordings", b'{"recording_id": "\xff"}'),
        ("cut", b"\xff"),
        ("cut", b"{"),
    ],
)
async def test_a_body_that_is_no_json_is_refused(
    running: Running, action: str, body: bytes
) -> None:
    answer = await running.control.post(f"/control/streams/stream_a/{action}", content=body)
    assert answer.status_code == 400


async def test_a_node_ends_with_its_decoders(node_settings: Settings) -> None:
    configs: list[StreamConfig] = [stream_config(f"stream_{n}") for n in "ab"]
    async with run_node(node_settings, FakeDirectory(configs)) as running:
        await running.until_held(1)
        pids = running.node.decoders.pids
    from psutil import pid_exists

    assert not any(pid_exists(pid) for pid in pids)


async def test_health_says_when_the_disk_takes_no_recordings(running: Running) -> None:
    assert (await running.control.get("/health")).status_code == 200
    scratch = running.node._state.scratch
    scratch.rmdir()
    scratch.touch()  # nothing can be written below a file
    refused = await running.control.get("/health")
    assert (refused.status_code, refused.json()["code"]) == (503, "storage_unavailable")
