"""What the web forwards to media nodes, and what it withholds."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest

from domain.live.nodes import Node
from webapp.api.errors import describe
from webapp.edge.closing import Closing
from webapp.proxy import MediaProxy

STREAM = "stream_0123456789abcdefghjkmnpqrs"
KEY = {"authorization": "Bearer pk_abc_def"}


@dataclass
class FakeNode:
    """Answers every request, and keeps it."""

    asked: list[httpx.Request] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 201

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(self.status, headers=self.headers, stream=_Stream(b"answer"))


class _Stream(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


async def found_node(_stream: str) -> Node:
    return Node(
        id="node_a",
        control_url="http://control",
        media_url=None,
        public_url="http://node:9000",
        heartbeat_at=datetime.now(UTC),
        is_alive=True,
    )


@pytest.fixture
def node() -> FakeNode:
    return FakeNode()


@pytest.fixture
async def web(node: FakeNode) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(node)) as to_node:
        proxy = MediaProxy(found_node, to_node, Closing(), describe)
        transport = httpx.ASGITransport(proxy)
        async with httpx.AsyncClient(transport=transport, base_url="http://web") as client:
            yield client


async def test_an_offer_goes_to_the_node_with_its_key(
    web: httpx.AsyncClient, node: FakeNode
) -> None:
    node.headers = {"location": f"/whip/{STREAM}/peer_a", "etag": '"x"'}
    answer = await web.post(
        f"/media/whip/{STREAM}", content=b"v=0", headers={**KEY, "cookie": "moments_session=s"}
    )
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/media/whip/{STREAM}/peer_a"
    assert str(node.asked[0].url) == f"http://node:9000/whip/{STREAM}"
    assert node.asked[0].content == b"v=0"
    assert node.asked[0].headers["authorization"] == KEY["authorization"]
    assert "cookie" not in node.asked[0].headers


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_session_is_reached(web: httpx.AsyncClient, node: FakeNode, method: str) -> None:
    await web.request(method, f"/media/whep/{STREAM}/t/a.b/peer_a", headers={"if-match": '"x"'})
    assert node.asked[0].method == method
    assert node.asked[0].url.path == f"/whep/{STREAM}/t/a.b/peer_a"
    assert node.asked[0].headers["if-match"] == '"x"'


async def test_what_is_not_for_nodes_stays_here(web: httpx.AsyncClient, node: FakeNode) -> None:
    await web.post(
        f"/media/whip/{STREAM}", content=b"v=0", headers={"authorization": "Bearer mt_token"}
    )
    assert "authorization" not in node.asked.pop().headers
    assert (await web.post(f"/media/hls/{STREAM}/index.m3u8")).status_code == 405
    for path in (f"/media/hls/{STREAM}", f"/media/control/{STREAM}", f"/media/whip/{STREAM}/../x"):
        request = web.build_request("GET", "http://web/")
        request.url = request.url.copy_with(raw_path=path.encode())
        assert (await web.send(request)).status_code == 404
    answer = await web.post(f"/media/whip/{STREAM}", content=b"v" * 70_000, headers=KEY)
    assert answer.status_code == 413
    assert not node.asked


async def test_a_node_is_told_whose_request_it_is(web: httpx.AsyncClient, node: FakeNode) -> None:
    await web.get(f"/media/hls/{STREAM}/media.m3u8", headers={"x-forwarded-for": "203.0.113.9"})
    assert node.asked[0].headers.get_list("x-forwarded-for") == ["127.0.0.1"]  # httpx's own


async def test_one_address_leaves_connections_for_the_others() -> None:
    asked, over = asyncio.Semaphore(0), asyncio.Event()

    async def slow(_request: httpx.Request) -> httpx.Response:
        asked.release()
        await over.wait()
        return httpx.Response(200, stream=_Stream(b"answer"))

    path = f"/media/hls/{STREAM}/media.m3u8"
    async with httpx.AsyncClient(transport=httpx.MockTransport(slow)) as to_node:
        proxy = MediaProxy(found_node, to_node, Closing(), describe, most_of_address=2)

        def client(address: str) -> httpx.AsyncClient:
            transport = httpx.ASGITransport(proxy, client=(address, 1))
            return httpx.AsyncClient(transport=transport, base_url="http://web")

        async with client("192.0.2.1") as one, client("192.0.2.2") as other:
            async with asyncio.TaskGroup() as group:
                held = [group.create_task(one.get(path)) for _ in range(2)]
                held.append(group.create_task(other.get(path)))
                for _ in held:
                    await asked.acquire()
                refused = await one.get(path)
                over.set()
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
            assert refused.headers["access-control-allow-origin"] == "*"
            assert [task.result().status_code for task in held] == [200, 200, 200]
            assert (await one.get(path)).status_code == 200
