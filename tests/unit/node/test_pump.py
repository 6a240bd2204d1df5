"""The pump polls often while packets may arrive, and sleeps otherwise."""

import asyncio

from domain.core.time import SystemClock
from media_server.media.packet import AudioParams, Header, Packet
from media_server.relay.registry import Registry
from tests.support.loops import timers_of
from tests.support.streams import stream_config

_HEADER = Header(None, AudioParams("aac", b"\x11\x90", 48000, 2))
_PACKET = Packet("audio", 0, 0, 21333, is_key=True, data=bytes(10))


def test_a_node_without_publishers_sleeps() -> None:
    async def idle() -> None:
        registry = Registry(lambda _config, _sink: None, SystemClock(), 1 << 20)
        pump = asyncio.create_task(registry.pump())
        await asyncio.sleep(0)
        registry.reconcile([stream_config(kind="push")])
        stream = registry.get("stream_a").stream
        for _ in range(10):
            await asyncio.sleep(0)
        stream.inlet()
        stream.end()  # its publisher has left
        for _ in range(10):
            await asyncio.sleep(0)
        pump.cancel()

    assert timers_of(idle()) == []


async def test_what_a_publisher_brings_is_taken_in() -> None:
    registry = Registry(lambda _config, _sink: None, SystemClock(), 1 << 20)
    registry.reconcile([stream_config(kind="push")])
    stream = registry.get("stream_a").stream
    pump = asyncio.create_task(registry.pump())
    await asyncio.sleep(0)
    reader = stream.read()
    for _ in range(2):  # also after the pump has slept again
        stream.inlet().post(_PACKET, _HEADER)
        await asyncio.wait_for(reader.get(), 10)
        stream.end()
        await asyncio.sleep(0)
    pump.cancel()
