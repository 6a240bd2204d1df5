"""`/t/{id}`: a song or video with its heat map, its best part and what people write; its report."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from urllib.parse import urlencode

from litestar import Controller, Response, route
from litestar.params import FromPath, QueryParameter

from domain.bootstrap import Services
from domain.marks.models import Period, Report, TrackSource
from domain.moments.models import MediaSource
from domain.sharing.places import place_of
from webapp.edge.asgi_types import Scope
from webapp.players import PROVIDER_NAMES
from webapp.public import cards
from webapp.public.errors import MovedTo
from webapp.public.heat import Lane, lane_of
from webapp.public.marks import range_of, save_url
from webapp.public.provider_stage import Stage, stage_of
from webapp.public.qr import qr_answer
from webapp.public.render import cacheable_page, oembed_url
from webapp.public.views import READ, AnyRequest, Svc

Days = tuple[tuple[str, int, int], ...]  # day, saves, height in percent
InPeriod = Annotated[Period, QueryParameter(name="period")]
ArtistName = Annotated[str, QueryParameter(name="name", min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True)
class ShownPart:
    """One of the most saved parts, on the chosen source's own time."""

    span: str  # in seconds, as JSON for the script
    range: str
    saves: int
    quote: str | None
    save_url: str


@dataclass(frozen=True, slots=True)
class TrackPage:
    """The template's variables."""

    report: Report
    url: str
    title: str
    artist: str
    stage: Stage
    start_url: str  # where a signed-in person marks a part of it
    best: str | None  # its range
    lane: Lane | None
    parts: tuple[ShownPart, ...]
    days: Days
    period: Period

    @property
    def names(self) -> list[tuple[str, str | None]]:
        """The providers that have the track, each with its address."""
        return [
            (PROVIDER_NAMES.get(s.provider, s.provider), place_url(s))
            for s in self.report.track.sources
        ]


def days_of(by_day: Sequence[tuple[date, int]]) -> Days:
    """Return the bars of saves by day."""
    most = max((saves for _, saves in by_day), default=1)
    return tuple((f"{day:%-d %B %Y}", n, round(100 * n / most)) for day, n in by_day)


def place_url(source: TrackSource) -> str | None:
    """Return the address of a source that a page may link to."""
    return place_of(MediaSource(source.provider, source.provider_id, source.url), None, None).url


async def track_page(
    scope: Scope, services: Services, track_id: str, below: str = "", period: Period = "all"
) -> TrackPage:
    """Return what a track's page shows.

    Raises:
        NotFound: There is no such track for everybody. MovedTo: It became a part of another one.
    """
    report = await services.tracks.report(
        None, track_id, period=period, with_shares=below == "/report"
    )
    track = report.track
    if track.id != track_id:
        query = "" if period == "all" else f"?period={period}"
        raise MovedTo(f"/t/{track.id}{below}{query}")
    source = next((s for s in track.sources if s.shown_title), track.sources[0])
    length_s = -(-track.duration_ms // 1000) if track.duration_ms else None
    best = report.best
    span = _span(source, best.start_s, best.end_s) if best else None
    return TrackPage(
        report=report,
        url=f"{services.settings.origin}/t/{track.id}",
        title=track.title or f"A track at {PROVIDER_NAMES.get(source.provider, source.provider)}",
        artist=track.artist,
        stage=stage_of(scope, services.settings, source, span),
        start_url=f"/mark?{urlencode({'url': source.url})}",
        best=range_of(best.start_s * 10, best.end_s * 10) if best else None,
        lane=lane_of(report.heat, best.start_s if best else 0, best.end_s if best else 0, length_s),
        parts=tuple(_parts(report, source)),
        days=days_of(report.by_day),
        period=period,
    )


def _span(source: TrackSource, start_s: float, end_s: float) -> tuple[float, float]:
    """Return a part of the track on a source's own time."""
    shift = source.offset_ds / 10
    return max(0.0, start_s - shift), max(0.0, end_s - shift)


def _parts(report: Report, source: TrackSource) -> list[ShownPart]:
    made = []
    for part, quote in zip(report.track.parts, report.quotes, strict=True):
        start, end = _span(source, part.start_ds / 10, part.end_ds / 10)
        made.append(
            ShownPart(
                span=json.dumps({"start": start, "end": end}),
                range=range_of(part.start_ds, part.end_ds),
                saves=part.saves,
                quote=quote,
                save_url=save_url(source.url, round(start * 10), round(end * 10)),
            )
        )
    return made


class TrackPageController(Controller):
    """Tracks' public pages; what only few people saved is not in them."""

    path = "/t/{track_id:str}"
    include_in_schema = False

    @route("/", http_method=READ)
    async def page(
        self, request: AnyRequest, services: Svc, track_id: FromPath[str]
    ) -> Response[str]:
        """Show the track."""
        return await _answer(request, services, track_id, "track.html")

    @route("/report", http_method=READ)
    async def report(
        self,
        request: AnyRequest,
        services: Svc,
        track_id: FromPath[str],
        period: InPeriod = "all",
    ) -> Response[str]:
        """Show its report: charts, ready to print."""
        return await _answer(request, services, track_id, "track_report.html", "/report", period)

    @route("/embed", http_method=READ)
    async def embed(
        self, request: AnyRequest, services: Svc, track_id: FromPath[str]
    ) -> Response[str]:
        """Show only the player, for a frame in somebody else's page."""
        return await _answer(request, services, track_id, "part_embed.html", "/embed")

    @route("/card.jpg", http_method=READ)
    async def card(
        self, request: AnyRequest, services: Svc, track_id: FromPath[str]
    ) -> Response[bytes]:
        """Answer with the picture for cards elsewhere."""
        page = await track_page(request.scope, services, track_id, "/card.jpg")
        lane, best = page.lane, page.report.best
        card = cards.Card(
            title=page.title,
            lead=page.artist,
            foot=f"The best part is {page.best}, saved by {best.saves}" if best else "",
            bars=lane.heights if lane else (),
            start=lane.left / 100 if lane and best else 0,
            end=(lane.left + lane.width) / 100 if lane and best else 0,
        )
        return await cards.answer(request.scope, card)

    @route("/qr.svg", http_method=READ)
    async def qr(
        self, request: AnyRequest, services: Svc, track_id: FromPath[str]
    ) -> Response[bytes]:
        """Answer with the page's address as a QR code."""
        return qr_answer((await track_page(request.scope, services, track_id, "/qr.svg")).url)


@route("/t/artist", http_method=READ, include_in_schema=False)
async def artist_report(
    request: AnyRequest, services: Svc, name: ArtistName, period: InPeriod = "all"
) -> Response[str]:
    """Show an artist's report: charts, ready to print."""
    report = await services.artists.report(name, period)
    return cacheable_page(
        request.scope,
        "artist_report.html",
        is_private=False,
        no_index=True,
        report=report,
        period=period,
        query=urlencode({"name": report.name}),
        days=days_of(report.by_day),
        tracks=[
            (each, range_of(each.best.start_s * 10, each.best.end_s * 10) if each.best else None)
            for each in report.tracks
        ],
        origin=services.settings.origin,
    )


async def _answer(
    request: AnyRequest,
    services: Services,
    track_id: str,
    template: str,
    below: str = "",
    period: Period = "all",
) -> Response[str]:
    page = await track_page(request.scope, services, track_id, below, period)
    is_listed = bool(page.parts)
    return cacheable_page(
        request.scope,
        template,
        is_private=False,
        no_index=not is_listed or bool(below),
        page=page,
        is_listed=is_listed,
        oembed=oembed_url(services.settings.origin, page.url),
        origin=services.settings.origin,
    )
