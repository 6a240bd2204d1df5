"""`/api/public`: routes for visitors without an account: captures of public streams."""

from typing import Annotated, Any

from litestar import Controller, Request, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.captures.models import NewClip, VisitorCapture
from domain.core.errors import Forbidden
from domain.sharing.models import PublicItem
from webapp.api.clips import Duration
from webapp.api.schemas import In, Instant, Out, Svc, instant, parse, problems
from webapp.auth import Gatekeeper, client_ip
from webapp.edge.asgi_types import header

AnyRequest = Request[Any, Any, Any]
CAPTURED = problems(403, 404, 410, 413, 415, 425, 429)


class MomentIn(In, frozen=True, kw_only=True):
    """The instant that the visitor saw; by default, now."""

    timestamp: Instant | None = None


class RangeIn(In, frozen=True, kw_only=True):
    """A range: `start_ts` and `duration_ms`, or `last_ms`."""

    start_ts: Instant | None = None
    duration_ms: Duration | None = None
    last_ms: Annotated[int, Meta(ge=1, le=86_400_000, examples=[30000])] | None = None


class CapturedOut(Out, frozen=True, kw_only=True):
    """A visitor's capture and its link."""

    id: str
    kind: str
    status: str
    share_url: str
    token: str


class SharedItemOut(Out, frozen=True, kw_only=True):
    """One item behind a share link."""

    id: str
    kind: str
    title: str
    is_ready: bool
    duration_ms: int | None
    captured_at: Instant


class SharedOut(Out, frozen=True, kw_only=True):
    """A share link's content, with its progress."""

    title: str
    items: list[SharedItemOut]
    expires_at: Instant | None


def _captured(made: VisitorCapture) -> CapturedOut:
    return CapturedOut(
        id=made.id,
        kind=made.kind,
        status=made.status,
        share_url=made.share_url,
        token=made.token,
    )


def _item(item: PublicItem) -> SharedItemOut:
    return SharedItemOut(
        id=item.id,
        kind=item.kind,
        title=item.title,
        is_ready=item.is_ready,
        duration_ms=item.duration_ms,
        captured_at=instant(item.captured_at) or "",
    )


def _check_page(request: AnyRequest) -> None:
    """Refuse requests that a foreign page makes its readers send."""
    gatekeeper: Gatekeeper = request.app.state.gatekeeper
    origin = header(request.scope, "origin")
    if origin is not None and not gatekeeper.is_ours(origin, header(request.scope, "host")):
        raise Forbidden(
            "Captures must be made on the stream's own page. Open it there.", code="foreign_origin"
        )


class VisitorController(Controller):
    """Visitors' captures, if a stream's owner allows them (10 a minute each)."""

    path = "/public"
    tags = ("Visitors",)
    opt: dict[str, object] = {"anybody": True}  # noqa: RUF012 (the framework's own attribute)
    security = ({},)

    @post("/streams/{slug:str}/snapshots", summary="Capture a frame", responses=CAPTURED)
    async def snapshot(
        self, request: AnyRequest, services: Svc, slug: FromPath[str], data: JSONBody[MomentIn]
    ) -> CapturedOut:
        """Keep the frame that a visitor saw, and return its link."""
        _check_page(request)
        timestamp = parse("timestamp", data.timestamp)
        ip = client_ip(request.scope)
        return _captured(await services.visitors.snapshot(slug, timestamp, ip=ip))

    @post(
        "/streams/{slug:str}/clips", status_code=202, summary="Capture a clip", responses=CAPTURED
    )
    async def clip(
        self, request: AnyRequest, services: Svc, slug: FromPath[str], data: JSONBody[RangeIn]
    ) -> CapturedOut:
        """Cut the span that a visitor saw, and return its link."""
        _check_page(request)
        new = NewClip(
            start_ts=parse("start_ts", data.start_ts),
            duration_ms=data.duration_ms,
            last_ms=data.last_ms,
        )
        ip = client_ip(request.scope)
        return _captured(await services.visitors.clip(slug, new, ip=ip))

    @get("/shares/{token:str}", summary="Read a share link", responses=problems(403, 404, 410))
    async def shared(self, services: Svc, token: FromPath[str]) -> SharedOut:
        """Return the content of a link without a password, with its progress."""
        view = await services.share_views.view(token)
        return SharedOut(
            title=view.title,
            items=[_item(item) for item in view.items],
            expires_at=instant(view.expires_at),
        )
