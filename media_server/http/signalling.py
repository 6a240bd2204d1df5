"""What the WHIP and WHEP routes share: bodies, the session resource, response headers.

RFC 9725 (WHIP); draft-ietf-wish-whep for the other direction. A session's address is unguessable
and is the only credential that PATCH and DELETE need.
"""

from typing import Any, TypeAlias

from litestar import Request, Response
from litestar.exceptions import HTTPException

from domain.core.errors import BadInput, TooLarge, UnsupportedMedia
from media_server.http.state import NodeState
from media_server.relay.webrtc.ice import link_values
from media_server.relay.webrtc.peer import Direction, Peer
from media_server.relay.webrtc.sdp import MOST_BYTES, parse_fragment

SDP, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
ALLOWED_HEADERS = ["authorization", "content-type", "if-match"]
EXPOSED_HEADERS = ["Location", "ETag", "Link", "Accept-Patch", "Retry-After"]
_NEVER = {"Cache-Control": "no-store"}

AnyRequest: TypeAlias = Request[Any, Any, Any]


async def read_text(request: AnyRequest, media_type: str) -> str:
    """Return a small request body of one media type.

    Raises:
        UnsupportedMedia: It has another type.
        TooLarge: It is larger than 64 KiB.
        BadInput: It is not UTF-8 text.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        raise UnsupportedMedia(f"The request body must be {media_type}.")
    too_large = f"The request body is larger than {MOST_BYTES // 1024} KiB."
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > MOST_BYTES:
        raise TooLarge(too_large)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise TooLarge(too_large)
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise BadInput("The request body is not valid UTF-8.") from None


def created(node: NodeState, request: AnyRequest, peer: Peer, answer: str) -> Response[bytes]:
    """Answer an offer; the session's address is below the address that received the offer."""
    path = request.url.path.rstrip("/")
    response = Response(
        answer.encode(),
        status_code=201,
        media_type=SDP,
        headers={
            **_NEVER,
            "Location": f"{path}/{peer.id}",
            "ETag": peer.etag,
            "Accept-Patch": FRAGMENT,
        },
    )
    _link(node, response)
    return response


def options(node: NodeState) -> Response[bytes]:
    """Return the accepted type and the ICE servers (RFC 9725, 4.6)."""
    response = Response(
        b"", status_code=204, headers={**_NEVER, "Accept-Post": SDP, "Allow": "POST, OPTIONS"}
    )
    _link(node, response)
    return response


def _link(node: NodeState, response: Response[bytes]) -> None:
    values = link_values(node.ice)
    if values:
        response.headers["Link"] = ", ".join(values)


async def patch_session(
    node: NodeState, request: AnyRequest, direction: Direction, stream_id: str, peer_id: str
) -> Response[bytes]:
    """Accept trickled candidates.

    Answers an ICE restart with 422, as the RFC requires of a server without ICE restarts (aiortc
    has none); the client then sends a new POST.
    """
    peer = node.peers.get(direction, stream_id, peer_id)
    fragment = parse_fragment(await read_text(request, FRAGMENT))
    matches = request.headers.get("if-match")
    renewed = fragment.ufrag is not None and bool(peer.ufrags) and fragment.ufrag not in peer.ufrags
    if matches == "*" or renewed:
        raise HTTPException(
            status_code=422,
            detail="This session cannot restart ICE. End it and start a new one.",
        )
    if matches is None:
        raise HTTPException(
            status_code=428, detail=("PATCH needs an If-Match header with the session's ETag.")
        )
    if matches != peer.etag:
        raise HTTPException(
            status_code=412, detail=("The If-Match header does not match the session's ETag.")
        )
    await peer.trickle(fragment)
    return Response(b"", status_code=204, headers={**_NEVER, "ETag": peer.etag})


async def delete_session(
    node: NodeState, direction: Direction, stream_id: str, peer_id: str
) -> Response[bytes]:
    """End a session."""
    await node.peers.get(direction, stream_id, peer_id).close()
    return Response(b"", status_code=200, headers=_NEVER)
