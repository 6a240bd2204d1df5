"""Viewer routes: LL-HLS, thumbnails and stream status. The path may contain a token."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
from litestar import Litestar, Request, Response, route
from litestar.config.cors import CORSConfig
from litestar.enums import HttpMethod
from litestar.params import FromPath

from domain.core.errors import BadInput, LeftTheBuffer, NotFound, TooEarly
from domain.infra.rate_limit import network_of
from domain.live.wire import StreamConfig
from media_server.egress.access import check_viewer
from media_server.egress.outlet import Outlet
from media_server.http.caller import player_of
from media_server.http.errors import HANDLERS
from media_server.http.signalling import ALLOWED_HEADERS, EXPOSED_HEADERS
from media_server.http.state import NodeState
from media_server.http.whep import CLOCK_HEADER, WHEP_ROUTES
from media_server.http.whip import WHIP_ROUTES
from media_server.relay.decode_queue import Priority
from media_server.relay.decoders import StillKey

_M3U8, _MP4, _JPEG = "application/vnd.apple.mpegurl", "video/mp4", "image/jpeg"
_WIDTHS = (160, 240, 320, 480, 640, 960, 1280)  # thumbnails: a few fixed sizes, for cache hits
_FRAME_SLACK_US = 10_000_000
_FOR_EVER, _BRIEFLY, _NEVER = "max-age=3600, immutable", "max-age=30", "no-cache"
_METHODS = [HttpMethod.GET, HttpMethod.HEAD]


@dataclass(frozen=True)
class _Asked:
    """A request for one of a stream's files."""

    node: NodeState
    config: StreamConfig
    outlet: Outlet
    request: Request  # type: ignore[type-arg]
    is_member: bool  # the request has a token; without one it is anonymous

    def number(self, name: str) -> int | None:
        """Return an integer query parameter.

        Raises:
            BadInput: It is not an integer.
        """
        text = self.request.query_params.get(name)
        if text is None:
            return None
        if not text.isdecimal() or len(text) > 18:
            raise BadInput(f"{name} must be a whole number.")
        return int(text)


@dataclass(frozen=True)
class _File:
    body: bytes
    media_type: str
    cache: str


async def _multivariant(asked: _Asked, _numbers: tuple[int, ...]) -> _File:
    return _File(asked.outlet.multivariant().encode(), _M3U8, _NEVER)


async def _media(asked: _Asked, _numbers: tuple[int, ...]) -> _File:
    skip = asked.request.query_params.get("_HLS_skip") in {"YES", "v2"}
    text = await asked.outlet.playlist(
        asked.number("_HLS_msn"), asked.number("_HLS_part"), skip=skip
    )
    return _File(text.encode(), _M3U8, _NEVER)


async def _init(asked: _Asked, numbers: tuple[int, ...]) -> _File:
    return _File(asked.outlet.init(numbers[0]), _MP4, _NEVER)


async def _segment(asked: _Asked, numbers: tuple[int, ...]) -> _File:
    return _File(b"".join(await asked.outlet.segment(numbers[0])), _MP4, _FOR_EVER)


async def _part(asked: _Asked, numbers: tuple[int, ...]) -> _File:
    return _File(b"".join(await asked.outlet.part(numbers[0], numbers[1])), _MP4, _FOR_EVER)


async def _frame(asked: _Asked, numbers: tuple[int, ...]) -> _File:
    """Return a thumbnail of the keyframe nearest to an instant, or of the newest keyframe."""
    ring = asked.outlet.stream.ring
    window = ring.window()
    newest = window[1] if window else 0
    at_us = numbers[0] if numbers else newest
    if window and at_us < window[0] - _FRAME_SLACK_US:
        raise LeftTheBuffer("That time has already left the stream's buffer. Choose a later one.")
    if window and at_us > newest + _FRAME_SLACK_US:
        raise TooEarly("That time is still in the future. Choose an earlier one.")
    pts = ring.keyframe_at(at_us)
    wanted = asked.number("w") or 320
    width = next((width for width in _WIDTHS if width >= wanted), _WIDTHS[-1])
    key = StillKey(asked.config.stream_id, pts, "jpeg", width)
    priority = Priority.THUMBNAIL if asked.is_member else Priority.VISITOR_THUMBNAIL
    address = "" if asked.is_member else network_of(player_of(asked.request, None).address)
    still = await asked.node.decoders.still(key, lambda: ring.frame_bytes(pts), priority, address)
    return _File(still.data, _JPEG, _BRIEFLY if numbers else "max-age=1")


async def _status(asked: _Asked, _numbers: tuple[int, ...]) -> _File:
    status = asked.outlet.stream.status()
    body = msgspec.json.encode(status if asked.is_member else status.for_visitors())
    return _File(body, "application/json", "no-store")


_Answer = Callable[[_Asked, tuple[int, ...]], Awaitable[_File]]
_FILES: tuple[tuple[re.Pattern[str], _Answer], ...] = (
    (re.compile(r"part-(\d{1,15})-(\d{1,6})\.m4s"), _part),
    (re.compile(r"media\.m3u8"), _media),
    (re.compile(r"seg-(\d{1,15})\.m4s"), _segment),
    (re.compile(r"init-(\d{1,9})\.mp4"), _init),
    (re.compile(r"index\.m3u8"), _multivariant),
    (re.compile(r"frame-(\d{1,18})\.jpg"), _frame),
    (re.compile(r"frame-latest\.jpg"), _frame),
    (re.compile(r"status\.json"), _status),
)
_OF_PLAYERS = (_part, _media, _segment)


async def _answer(
    request: Request,  # type: ignore[type-arg]
    stream_id: str,
    token: str | None,
    file: str,
) -> Response[bytes]:
    node: NodeState = request.app.state.node
    outlet = node.outlets.get(stream_id)
    config = node.registry.get(stream_id).config
    check_viewer(config, token, node.keyring)
    asked = _Asked(node, config, outlet, request, is_member=token is not None)
    answer, numbers = _find(file)
    if answer in _OF_PLAYERS:
        outlet.viewers.saw(player_of(request, token))
    found = await answer(asked, numbers)
    return _with_cache(request, found, file, is_private=token is not None)


def _find(file: str) -> tuple[_Answer, tuple[int, ...]]:
    for pattern, answer in _FILES:
        match = pattern.fullmatch(file)
        if match is not None:
            return answer, tuple(int(group) for group in match.groups())
    raise NotFound("The stream has no such file.")


def _with_cache(
    request: Request,  # type: ignore[type-arg]
    found: _File,
    name: str,
    *,
    is_private: bool,
) -> Response[bytes]:
    scope = "private" if is_private else "public"
    headers = {"Cache-Control": f"{scope}, {found.cache}", "X-Content-Type-Options": "nosniff"}
    if found.cache is _FOR_EVER:
        headers["ETag"] = f'"{name}"'  # names are never reused
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(b"", status_code=304, headers=headers)
    body = found.body
    if request.method == "HEAD":
        headers["Content-Length"] = str(len(body))
        body = b""
    return Response(body, status_code=200, media_type=found.media_type, headers=headers)


@route("/hls/{stream_id:str}/{file:str}", http_method=_METHODS)
async def get_open(
    request: Request,  # type: ignore[type-arg]
    stream_id: FromPath[str],
    file: FromPath[str],
) -> Response[bytes]:
    """Serve a file of a public stream."""
    return await _answer(request, stream_id, None, file)


@route("/hls/{stream_id:str}/t/{token:str}/{file:str}", http_method=_METHODS)
async def get_with_token(
    request: Request,  # type: ignore[type-arg]
    stream_id: FromPath[str],
    token: FromPath[str],
    file: FromPath[str],
) -> Response[bytes]:
    """Serve a stream's file to a viewer with a token."""
    return await _answer(request, stream_id, token, file)


def public_app(node: NodeState, *, is_direct: bool = False) -> Litestar:
    """Return the viewer listener's app; requests arrive through the web process or directly."""
    app = Litestar(
        [get_open, get_with_token, *WHEP_ROUTES, *WHIP_ROUTES],
        cors_config=CORSConfig(
            allow_origins=["*"],
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=ALLOWED_HEADERS,
            allow_credentials=False,
            expose_headers=["Content-Length", CLOCK_HEADER, *EXPOSED_HEADERS],
            max_age=86400,
        ),
        exception_handlers=HANDLERS,  # type: ignore[arg-type]
        openapi_config=None,
        logging_config=None,
    )
    app.state.node = node
    app.state.is_direct = is_direct
    return app
