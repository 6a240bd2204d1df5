"""`/api/tracks`: canonical recordings, and the sums over everybody's marks."""

from typing import Annotated, Any, Literal

from litestar import Controller, Response, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from domain.marks.models import Period
from webapp.api.mark_schemas import MarkList, mark_out
from webapp.api.report_schemas import (
    ArtistReportOut,
    ReportOut,
    artist_csv,
    artist_out,
    report_csv,
    report_out,
)
from webapp.api.schemas import (
    READ,
    WRITE,
    Anybody,
    IdempotencyKey,
    Limit,
    Offset,
    Svc,
    Who,
    page_of,
    problems,
)
from webapp.api.track_schemas import (
    BestOut,
    HeatOut,
    MatchIn,
    MatchList,
    SourceNameIn,
    SourceNameList,
    SourceNameOut,
    TrackOut,
    best_out,
    heat_out,
    match_out,
    track_out,
)

InPeriod = Annotated[Period, QueryParameter(name="period")]
Format = Annotated[Literal["json", "csv"], QueryParameter(name="format")]

ArtistName = Annotated[str, QueryParameter(name="name", min_length=1, max_length=200)]


class TrackController(Controller):
    """Tracks."""

    path = "/tracks"
    tags = ("Tracks",)

    @get("/{track_id:str}", summary="Get a track", responses=READ)
    async def get_track(self, services: Svc, caller: Who, track_id: FromPath[str]) -> TrackOut:
        """Return a track with its sources and its most saved parts."""
        return track_out(await services.tracks.get(caller, track_id))

    @get("/{track_id:str}/heatmap", summary="Get a track's heat map", responses=READ)
    async def get_heatmap(self, services: Svc, caller: Who, track_id: FromPath[str]) -> HeatOut:
        """Return how many people saved each stretch of a track."""
        return heat_out(await services.tracks.heatmap(caller, track_id))

    @get("/{track_id:str}/best", summary="Get a track's best part", responses=READ)
    async def get_best(self, services: Svc, caller: Who, track_id: FromPath[str]) -> BestOut:
        """Return the part that most saves agree on."""
        return best_out(await services.tracks.best(caller, track_id))

    @get("/{track_id:str}/moments", summary="List a track's marks", responses=READ)
    async def list_track_moments(
        self,
        services: Svc,
        caller: Who,
        track_id: FromPath[str],
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> MarkList:
        """List the marks of a track that the caller can see, newest first."""
        page = await services.tracks.moments(caller, track_id, limit=limit, offset=offset)
        return MarkList(
            items=list(map(mark_out, page.items)), total=page.total, limit=limit, offset=offset
        )

    @get(
        "/{track_id:str}/report",
        summary="Get a track's report",
        responses=problems(404),
        opt={"anybody": True},
        security=[{}],
    )
    async def get_report(
        self,
        services: Svc,
        visitor: Anybody,
        track_id: FromPath[str],
        format: Format = "json",
        period: InPeriod = "all",
    ) -> Response[ReportOut | str]:
        """Return the saves of a track over time and over its length, as JSON or CSV."""
        report = await services.tracks.report(visitor, track_id, period=period)
        if format == "json":
            return Response(report_out(report))
        return _csv(report_csv(report), report.track.id)

    @get("/{track_id:str}/matches", summary="List a track's matches", responses=READ)
    async def list_matches(
        self,
        services: Svc,
        caller: Who,
        track_id: FromPath[str],
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> MatchList:
        """List the same recording at other providers, each with its confidence."""
        matches = await services.matches.list(caller, track_id)
        return page_of(MatchList, list(map(match_out, matches)), limit, offset)

    @post("/{track_id:str}/matches", summary="Correct a match", responses=WRITE)
    async def correct_match(
        self,
        services: Svc,
        caller: Who,
        track_id: FromPath[str],
        data: JSONBody[MatchIn],
        idempotency_key: IdempotencyKey = None,
    ) -> MatchList:
        """Confirm, shift or reject a source; three equal corrections become the default."""
        matches = await services.matches.correct(caller, track_id, data.correction())
        return page_of(MatchList, list(map(match_out, matches)), 100, 0)

    @put(
        "/{track_id:str}/sources/{source_id:str}/name",
        summary="Correct a source's name",
        responses=problems(401, 403, 404, 409, 413, 415, 429),
    )
    async def correct_name(
        self,
        services: Svc,
        caller: Who,
        track_id: FromPath[str],
        source_id: FromPath[str],
        data: JSONBody[SourceNameIn],
        idempotency_key: IdempotencyKey = None,
    ) -> SourceNameList:
        """Say what a source is called; three who agree change what is shown."""
        found = await services.source_names.correct(
            caller, track_id, source_id, data.title, data.artist
        )
        names = [
            SourceNameOut(title=each.title, artist=each.artist or None, people=each.people)
            for each in found
        ]
        return page_of(SourceNameList, names, 100, 0)


class ArtistController(Controller):
    """Artists, as providers write their names."""

    path = "/artists"
    tags = ("Tracks",)

    @get(
        "/report",
        summary="Get an artist's report",
        responses=problems(404),
        opt={"anybody": True},
        security=[{}],
    )
    async def get_report(
        self, services: Svc, name: ArtistName, format: Format = "json", period: InPeriod = "all"
    ) -> Response[ArtistReportOut | str]:
        """Return the saves of an artist's tracks over time, for anybody, as JSON or CSV."""
        report = await services.artists.report(name, period)
        if format == "json":
            return Response(artist_out(report))
        return _csv(artist_csv(report), "artist")


def _csv(text: str, name: str) -> Response[Any]:
    disposition = f'attachment; filename="{name}.csv"'
    return Response(text, media_type="text/csv", headers={"content-disposition": disposition})
