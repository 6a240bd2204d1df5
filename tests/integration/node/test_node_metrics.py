"""The node's figures for Prometheus."""

import threading
from collections.abc import Set

from media_server.relay.player import Player
from tests.integration.node.conftest import Running
from tests.support.streams import stream_config


async def test_they_are_read_where_what_they_tell_is_written(running: Running) -> None:
    await running.run_streams(stream_config())
    counters = running.node.registry.get("stream_a").stream.counters
    players = counters.players
    threads: set[int] = set()

    def counted() -> Set[Player]:
        threads.add(threading.get_ident())
        return players()

    counters.players = counted
    answer = await running.control.get("/metrics")
    assert 'moments_stream_viewers{stream="stream_a"} 0.0' in answer.text
    assert threads == {threading.get_ident()}
