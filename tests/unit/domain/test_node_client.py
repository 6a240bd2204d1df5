"""The nodes' client: every refusal and every failure becomes a domain error."""

import httpx
import msgspec
import pytest

from domain.core import errors
from domain.core.errors import MomentsError, NodeUnavailable, StreamOffline, Unavailable
from domain.core.secrets import Keyring, internal_key
from domain.live.node_answers import error_of
from domain.live.node_client import NodeClient
from domain.live.wire import META_HEADER, CutRequest, StillRequest, WireError

KEYRING = Keyring(b"a secret that is long enough for tests")
NODE = "http://node"


def client(handler: object) -> NodeClient:
    return NodeClient(KEYRING, transport=httpx.MockTransport(handler))  # type: ignore[arg-type]


def tree(kind: type[MomentsError]) -> list[type[MomentsError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in tree(child))]


def test_every_code_comes_back_as_its_error() -> None:
    ours = {errors.Unauthenticated, errors.MomentsError}
    for kind in set(tree(MomentsError)) - ours:
        if kind.__module__ != "domain.core.errors":
            continue
        made = error_of(WireError(error="why", code=kind.code, fields={"a": "b"}))
        assert made.code == kind.code, kind
        assert str(made) == "why"


def test_a_node_that_refuses_our_key_is_a_fault_of_ours() -> None:
    assert isinstance(error_of(WireError(error="x", code="unauthenticated")), NodeUnavailable)
    assert isinstance(error_of(WireError(error="x", code="brand_new")), NodeUnavailable)


async def test_requests_carry_the_internal_key() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return httpx.Response(200, json={"node_id": "n", "now_us": 0, "streams": []})

    node = client(answer)
    assert (await node.status(NODE)).node_id == "n"
    assert seen == [f"Bearer {internal_key(KEYRING)}"]
    await node.close()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(502, text="bad gateway"),
        httpx.Response(200, content=b'{"node_id": "\xff"}'),
        httpx.Response(502, content=b'{"error": "\xff"}'),
        httpx.Response(200, json={"streams": 1}),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("gone"),
    ],
)
async def test_whatever_a_node_does_is_an_error_that_says_so(
    answer: httpx.Response | Exception,
) -> None:
    def act(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, content=answer.content)

    node = client(act)
    for call in (node.status(NODE), node.still(NODE, "s", StillRequest())):
        with pytest.raises(Unavailable):
            await call
    with pytest.raises(NodeUnavailable):
        async with node.cut(NODE, "s", CutRequest(last_ms=1)):
            pass
    await node.close()


async def test_a_stale_connection_is_tried_once_more() -> None:
    tries: list[int] = []

    def act(_request: httpx.Request) -> httpx.Response:
        tries.append(1)
        if len(tries) == 1:
            raise httpx.RemoteProtocolError("gone")
        meta = {"at_us": 1, "width": 2, "height": 2, "mime_type": "image/jpeg"}
        return httpx.Response(
            200, content=b"x", headers={META_HEADER: msgspec.json.encode(meta).decode()}
        )

    node = client(act)
    assert (await node.still(NODE, "s", StillRequest()))[1] == b"x"
    assert len(tries) == 2
    await node.close()


async def test_a_stream_that_a_node_does_not_know_yet_is_just_starting() -> None:
    refusal = msgspec.json.encode(WireError(error="no such stream", code="not_found"))
    node = client(lambda _: httpx.Response(404, content=refusal))
    with pytest.raises(StreamOffline, match="starting"):
        await node.stream(NODE, "s")
    with pytest.raises(errors.NotFound):
        await node.recording(NODE, "r")
    await node.delete_recording(NODE, "r")
    await node.close()
