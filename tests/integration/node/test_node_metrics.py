"""The node's figures for Prometheus."""

import re
import threading
from collections.abc import Set

import httpx
from litestar.routes import HTTPRoute

from domain.core.secrets import internal_key, load_keyring, metrics_key
from media_server.http.control import control_app
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


async def test_every_control_route_but_health_wants_the_key(running: Running) -> None:
    keyring = load_keyring(running.settings)
    url = running.node.addresses.control_url
    wrong = [None, "", "Bearer", "Bearer x", internal_key(keyring), f"Bearer {'x' * 43}"]
    walked = 0
    async with httpx.AsyncClient(base_url=url, timeout=120) as http:
        for route in control_app(running.node._state).routes:
            if not isinstance(route, HTTPRoute) or route.path == "/health":
                continue
            path = re.sub(r"\{[^}]*\}", "x", route.path)
            for method in route.methods - {"OPTIONS"}:
                for given in wrong:
                    headers = {} if given is None else {"Authorization": given}
                    answer = await http.request(method, path, headers=headers)
                    assert answer.status_code == 401, (method, path, given)
                walked += 1
        assert walked >= 14
        assert (await http.get("/health")).status_code == 200

        # Who reads the figures need not be able to do anything else.
        reader = {"Authorization": f"Bearer {metrics_key(keyring)}"}
        assert (await http.get("/metrics", headers=reader)).status_code == 200
        assert (await http.get("/control/status", headers=reader)).status_code == 401
