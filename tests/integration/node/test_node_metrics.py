"""The node's figures for Prometheus."""

import threading

from tests.integration.node.conftest import Running
from tests.support.streams import stream_config


async def test_they_are_read_where_what_they_tell_is_written(running: Running) -> None:
    await running.run_streams(stream_config())
    counters = running.node.registry.get("stream_a").stream.counters
    count = counters.viewers
    threads: set[int] = set()

    def counted() -> int:
        threads.add(threading.get_ident())
        return count()

    counters.viewers = counted
    answer = await running.control.get("/metrics")
    assert 'moments_stream_viewers{stream="stream_a"} 0.0' in answer.text
    assert threads == {threading.get_ident()}
