"""WHIP routes (RFC 9725): a publisher posts its offer with the stream's publish key."""

from typing import Any

from litestar import Request, Response, route
from litestar.enums import HttpMethod
from litestar.params import FromPath

from domain.core.errors import NotFound, Unauthenticated
from media_server.http.signalling import (
    SDP,
    created,
    delete_session,
    options,
    patch_session,
    read_text,
)
from media_server.http.state import NodeState
from media_server.relay.publishing import WRONG_KEY, split_key
from media_server.relay.registry import Running

AnyRequest = Request[Any, Any, Any]


def _authorised(node: NodeState, request: AnyRequest, stream_id: str) -> tuple[Running, str]:
    """Return the stream that a bearer may publish to, and its code.

    A wrong key, a missing key, another stream's key and an unknown stream get the same answer, so a
    stranger cannot probe which streams exist.

    Raises:
        Unauthenticated: The key is not this stream's.
    """
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated(
            "Publishing needs the stream's key. Send the header Authorization: Bearer pk_…"
        )
    named, code = split_key(key.strip())
    try:
        running = node.registry.get(stream_id)
    except NotFound:
        raise Unauthenticated(WRONG_KEY) from None
    if named != stream_id:
        raise Unauthenticated(WRONG_KEY)
    node.publishers.check_key(running, code)
    return running, code


@route("/whip/{stream_id:str}", http_method=[HttpMethod.POST, HttpMethod.OPTIONS])
async def post_offer(request: AnyRequest, stream_id: FromPath[str]) -> Response[bytes]:
    """Answer an offer; checks the key before it reads the body or creates anything."""
    node: NodeState = request.app.state.node
    if request.method == "OPTIONS":
        return options(node)
    running, code = _authorised(node, request, stream_id)
    offer = await read_text(request, SDP)
    peer, answer = await node.whip.publish(running, code, offer)
    return created(node, request, peer, answer)


@route("/whip/{stream_id:str}/{peer_id:str}", http_method=[HttpMethod.PATCH], status_code=200)
async def patch_peer(
    request: AnyRequest, stream_id: FromPath[str], peer_id: FromPath[str]
) -> Response[bytes]:
    """Accept trickled candidates."""
    return await patch_session(request.app.state.node, request, "whip", stream_id, peer_id)


@route("/whip/{stream_id:str}/{peer_id:str}", http_method=[HttpMethod.DELETE], status_code=200)
async def delete_peer(
    request: AnyRequest, stream_id: FromPath[str], peer_id: FromPath[str]
) -> Response[bytes]:
    """End publishing."""
    return await delete_session(request.app.state.node, "whip", stream_id, peer_id)


WHIP_ROUTES = [post_offer, patch_peer, delete_peer]
