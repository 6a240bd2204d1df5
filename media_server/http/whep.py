"""WHEP routes: WebRTC playback (draft-ietf-wish-whep).

    POST   /whep/{stream}[/t/{token}]            application/sdp offer -> 201, the answer
    PATCH  /whep/{stream}[/t/{token}]/{session}  trickled candidates -> 204
    DELETE /whep/{stream}[/t/{token}]/{session}  -> 200
    GET    /whep/{stream}[/t/{token}]/clock      -> the clock as JSON

Access rules are the same as for HLS. A session ends when its token expires, or when a public stream
becomes private; viewers who still have access start a new session. A refusal is JSON with a `code`;
`b_frames` and `codec` (both 415) mean: play the stream by HLS.

**The clock.** Every frame that a player shows has an RTP timestamp (`requestVideoFrameCallback`:
`metadata.rtpTimestamp`). The 201's `X-Moments-Clock` header maps one timestamp to its instant:
`<rtp>=<utc_us>`, at 90 kHz. The instant of a frame is

    utc_us + ceil(((rtpTimestamp - rtp) | 0) * 100 / 9)

where `| 0` makes the difference a signed 32-bit number, so that it survives a wrap. The result is
never before the frame and less than 12 us after it, so a still or a clip at this instant starts
with the frame that was on screen. The offset is constant while the stream runs on its node; the
pair is valid for six hours. `clock` returns a fresh pair:

    {"video": {"rtp": 1, "utc_us": 1, "rate": 90000}, "audio": {"rtp": 1, "utc_us": 1, …}}
"""

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath

from media_server.egress.access import check_viewer
from media_server.http.caller import player_of
from media_server.http.errors import AnyRequest
from media_server.http.signalling import SDP, created, delete_session, patch_session, read_text
from media_server.http.state import NodeState
from media_server.relay.webrtc.sdp import check_offer

CLOCK_HEADER = "X-Moments-Clock"


def _allowed(request: AnyRequest, stream_id: str, token: str | None) -> int | None:
    """Check a viewer's access; return when the token expires, if there is one."""
    node: NodeState = request.app.state.node
    return check_viewer(node.registry.get(stream_id).config, token, node.keyring)


async def _open(request: AnyRequest, stream_id: str, token: str | None) -> Response[bytes]:
    node: NodeState = request.app.state.node
    _allowed(request, stream_id, token)
    text = await read_text(request, SDP)
    offer = check_offer(text, sends=False)
    stream = node.registry.get(stream_id).stream
    peer, answer = await node.whep.open(
        stream,
        text,
        offer,
        player_of(request, token),
        lambda: _allowed(request, stream_id, token),
    )
    response = created(node, request, peer, answer)
    _, rtp, utc_us = node.whep.broadcast(stream_id).clocks()["video"]
    response.headers[CLOCK_HEADER] = f"{rtp}={utc_us}"
    return response


def _clock(request: AnyRequest, stream_id: str, token: str | None) -> Response[bytes]:
    node: NodeState = request.app.state.node
    _allowed(request, stream_id, token)
    clocks = node.whep.broadcast(stream_id).clocks()
    body = {
        name: {"rtp": rtp, "utc_us": utc_us, "rate": clock.rate}
        for name, (clock, rtp, utc_us) in clocks.items()
    }
    return Response(
        msgspec.json.encode(body),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


@post("/whep/{stream_id:str}")
async def open_session(request: AnyRequest, stream_id: FromPath[str]) -> Response[bytes]:
    """Answer a viewer's offer for a public stream."""
    return await _open(request, stream_id, None)


@post("/whep/{stream_id:str}/t/{token:str}")
async def open_session_with_token(
    request: AnyRequest, stream_id: FromPath[str], token: FromPath[str]
) -> Response[bytes]:
    """Answer the offer of a viewer with a token."""
    return await _open(request, stream_id, token)


@get("/whep/{stream_id:str}/clock", sync_to_thread=False)
def get_clock(request: AnyRequest, stream_id: FromPath[str]) -> Response[bytes]:
    """Return the instants that RTP timestamps map to."""
    return _clock(request, stream_id, None)


@get("/whep/{stream_id:str}/t/{token:str}/clock", sync_to_thread=False)
def get_clock_with_token(
    request: AnyRequest, stream_id: FromPath[str], token: FromPath[str]
) -> Response[bytes]:
    """Return the instants that RTP timestamps map to, for a viewer with a token."""
    return _clock(request, stream_id, token)


@patch(["/whep/{stream_id:str}/{peer_id:str}", "/whep/{stream_id:str}/t/{token:str}/{peer_id:str}"])
async def trickle(
    request: AnyRequest, stream_id: FromPath[str], peer_id: FromPath[str]
) -> Response[bytes]:
    """Accept a viewer's trickled candidates."""
    return await patch_session(request.app.state.node, request, "whep", stream_id, peer_id)


@delete(
    ["/whep/{stream_id:str}/{peer_id:str}", "/whep/{stream_id:str}/t/{token:str}/{peer_id:str}"],
    status_code=200,
)
async def end_session(
    request: AnyRequest, stream_id: FromPath[str], peer_id: FromPath[str]
) -> Response[bytes]:
    """End a session."""
    return await delete_session(request.app.state.node, "whep", stream_id, peer_id)


WHEP_ROUTES = (
    open_session,
    open_session_with_token,
    get_clock,
    get_clock_with_token,
    trickle,
    end_session,
)
