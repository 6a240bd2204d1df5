"""Events over both transports, access, and a server that stops during a subscription."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from domain.infra.postgres import Server
from tests.integration.api.test_contract import make_stream
from tests.integration.api.test_hostile import invited
from tests.integration.api.test_other_organisations import PIXEL
from tests.support.web import Person, Web, web_running


def socket_url(web: Web, query: str = "") -> str:
    return f"{web.url.replace('http', 'ws', 1)}/api/events{query}"


async def test_a_socket_tells_what_happens(web: Web, ada: Person, bob: Person) -> None:
    headers = {"Authorization": f"Bearer {await ada.token()}"}
    async with connect(socket_url(web), additional_headers=headers) as socket:
        await asyncio.sleep(0.2)
        await make_stream(bob)
        made = await make_stream(ada)
        async with asyncio.timeout(60):
            event = json.loads(await socket.recv())
    assert event["kind"] == "stream.created"
    assert event["payload"]["id"] == made["id"]
    assert event["at"].endswith("Z")

    # Who was away says what they saw last, and misses nothing.
    later = await make_stream(ada)
    query = f"?after={event['id']}"
    async with connect(socket_url(web, query), additional_headers=headers) as socket:
        async with asyncio.timeout(60):
            missed = json.loads(await socket.recv())
    assert missed["payload"]["id"] == later["id"]


async def test_events_about_private_things_reach_who_may_see_them(web: Web, ada: Person) -> None:
    async def heard(headers: dict[str, str], after: int = 0) -> list[dict[str, Any]]:
        """Return what somebody is told up to the last stream's coming."""
        url, found = socket_url(web, f"?after={after}"), list[dict[str, Any]]()
        async with connect(url, additional_headers=headers) as socket, asyncio.timeout(60):
            while not found or found[-1]["payload"]["id"] != last:
                event = json.loads(await socket.recv())
                if event["kind"] == "resync":  # of an id that never was: they listen now
                    ready.release()
                elif event["kind"] != "ping":
                    found.append(event)
        return found

    last, ready = "", asyncio.Semaphore(0)
    async with await invited(web, ada, "member") as member:
        made = await member.post("/api/tokens", json={"name": "test"})
        by_member = {"Authorization": f"Bearer {made.json()['token']}"}
        by_owner = {"Authorization": f"Bearer {await ada.token()}"}
        first = await make_stream(ada, visibility="organization")
        listening = [asyncio.ensure_future(heard(who)) for who in (by_member, by_owner)]
        for _ in listening:
            await ready.acquire()
        await _work_in_private(ada)
        last = (await make_stream(ada, visibility="organization"))["id"]
        told_member, told_owner = await asyncio.gather(*listening)
    assert [event["payload"]["id"] for event in told_member] == [last]
    assert [event["kind"] for event in told_owner] == [
        "stream.created", "stream.updated", "snapshot.created", "snapshot.updated",
        "snapshot.updated", "snapshot.updated", "snapshot.deleted", "snapshot.restored",
        "stream.deleted", "stream.created",
    ]  # fmt: skip
    # What was missed is told to those alone as well.
    since = told_owner[0]["id"]
    assert first["id"] not in {event["payload"]["id"] for event in told_owner}
    assert [e["payload"]["id"] for e in await heard(by_member, since)] == [last]
    assert await heard(by_owner, since) == told_owner[1:]


async def _work_in_private(ada: Person) -> None:
    """Do all that has an event, with a stream that is nobody else's."""
    http = ada.http
    stream = await make_stream(ada, visibility="private")
    assert (await http.patch(f"/api/streams/{stream['id']}", json={"name": "New"})).is_success
    body = {"frame_data": PIXEL, "stream": stream["id"]}
    snapshot = f"/api/snapshots/{(await http.post('/api/snapshots', json=body)).json()['id']}"
    assert (await http.patch(snapshot, json={"title": "New"})).is_success
    token = (await http.post(f"{snapshot}/share")).json()["token"]
    assert (await http.delete(f"{snapshot}/share/{token}")).is_success
    assert (await http.delete(snapshot)).is_success
    ids = {"ids": [snapshot.rpartition("/")[2]]}
    assert (await http.post("/api/gallery/restore", json=ids)).is_success
    assert (await http.delete(f"/api/streams/{stream['id']}")).is_success


async def test_a_socket_is_opened_by_our_own_pages(web: Web, ada: Person) -> None:
    cookie = {"Cookie": f"moments_session={ada.cookie}"}
    for origin in (Origin("https://evil.example"), None):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(socket_url(web), additional_headers=cookie, origin=origin):
                pass
        assert refused.value.response.status_code == 403
    async with connect(socket_url(web), additional_headers=cookie, origin=Origin(web.url)):
        pass


async def test_a_socket_of_nobody_is_closed(web: Web) -> None:
    async with connect(socket_url(web)) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def test_pages_sockets_of_others_are_refused(web: Web) -> None:
    url = f"{web.url.replace('http', 'ws', 1)}/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url, origin=Origin("https://evil.example")):
            pass
    assert refused.value.response.status_code == 403


async def test_a_feed_does_not_outlive_a_sign_out(web: Web, ada: Person) -> None:
    headers = {"Cookie": f"moments_session={ada.cookie}"}
    token = await ada.token()
    async with connect(
        socket_url(web), additional_headers=headers, origin=Origin(web.url)
    ) as socket:
        await ada.http.post("/api/auth/sign-out")
        await asyncio.sleep(1.1)
        bearer = {"Authorization": f"Bearer {token}"}
        made = await web.http.post("/api/streams", json={"name": "Late"}, headers=bearer)
        assert made.status_code == 201
        with pytest.raises(ConnectionClosed):
            async with asyncio.timeout(60):
                await socket.recv()


async def test_the_server_stops_while_somebody_listens(server: Server, server_home: Path) -> None:
    async with web_running(server_home / "stops", server, "web_stops", demo=False) as web:
        ada = await web.person()
        headers = {"Authorization": f"Bearer {await ada.token()}"}
        client = httpx.AsyncClient(base_url=web.url, timeout=120)
        request = client.build_request("GET", "/api/events", headers=headers)
        response = await client.send(request, stream=True)
        lines = response.aiter_lines()
        assert await anext(lines) == "retry: 2000"
        socket = await connect(socket_url(web), additional_headers=headers)
    # It has stopped by itself (`web_running` checks that), and closed the connections.
    with pytest.raises(ConnectionClosed):
        await socket.recv()
    await socket.close()
    await response.aclose()
    await client.aclose()
