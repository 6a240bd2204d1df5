"""Reports of tracks and artists in wire format, as JSON and as CSV."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from domain.marks.models import ArtistReport, Report, Shares, Theme
from webapp.api.schemas import Out
from webapp.api.track_schemas import BestOut, HeatOut, TrackOut, best_out, heat_out, track_out

OWN_DATA = "Moments' own data: counted from saves of its users, not from the providers."


class DayOut(Out, frozen=True, kw_only=True):
    """How many people saved a part on a day (UTC)."""

    day: str
    saves: int


class ThemeOut(Out, frozen=True, kw_only=True):
    """A word of public notes, and how many people use it."""

    word: str
    people: int


class SharesOut(Out, frozen=True, kw_only=True):
    """How many people shared marks in a way; null: too few to say."""

    way: Literal["page", "link", "collection"]
    people: int | None
    number: int | None
    opened: int | None


class ReportOut(Out, frozen=True, kw_only=True):
    """What Moments' own users saved of a track; few people's days are left out."""

    label: str = OWN_DATA
    since: str | None
    track: TrackOut
    people: int | None
    days: list[DayOut]
    best: BestOut
    heatmap: HeatOut
    themes: list[ThemeOut]
    shares: list[SharesOut]


class ArtistTrackOut(Out, frozen=True, kw_only=True):
    """A track of an artist; people are null where they are few."""

    id: str
    title: str | None
    people: int | None
    best: BestOut


class ArtistReportOut(Out, frozen=True, kw_only=True):
    """What Moments' own users saved of an artist; few people's figures are left out."""

    label: str = OWN_DATA
    since: str | None
    artist: str
    people: int | None
    tracks: list[ArtistTrackOut]
    days: list[DayOut]
    themes: list[ThemeOut]
    shares: list[SharesOut]


def report_out(report: Report) -> ReportOut:
    """Return a report in wire format."""
    return ReportOut(
        since=report.since.isoformat() if report.since else None,
        track=track_out(report.track),
        people=report.users,
        days=_days(report.by_day),
        best=best_out(report.best),
        heatmap=heat_out(report.heat),
        themes=_themes(report.themes),
        shares=_shares(report.shares),
    )


def artist_out(report: ArtistReport) -> ArtistReportOut:
    """Return an artist's report in wire format."""
    return ArtistReportOut(
        since=report.since.isoformat() if report.since else None,
        artist=report.name,
        people=report.users,
        tracks=[
            ArtistTrackOut(
                id=track.id,
                title=track.title or None,
                people=track.users,
                best=best_out(track.best),
            )
            for track in report.tracks
        ],
        days=_days(report.by_day),
        themes=_themes(report.themes),
        shares=_shares(report.shares),
    )


def report_csv(report: Report) -> str:
    """Return a report's days and its heat map as CSV (RFC 4180): numbers alone, no texts."""
    step = report.heat.bucket_s
    seconds = [f"second,{n * step},{value}" for n, value in enumerate(report.heat.values)]
    return _csv([*_day_lines(report.by_day), *seconds])


def artist_csv(report: ArtistReport) -> str:
    """Return an artist's days and tracks as CSV: numbers and ids, no texts."""
    tracks = [f"track,{track.id},{track.users or ''}" for track in report.tracks]
    return _csv([*_day_lines(report.by_day), *tracks])


def _csv(lines: Sequence[str]) -> str:
    return "\r\n".join(["kind,at,saves", *lines]) + "\r\n"


def _day_lines(days: Sequence[tuple[date, int]]) -> list[str]:
    return [f"day,{day.isoformat()},{saves}" for day, saves in days]


def _days(days: Sequence[tuple[date, int]]) -> list[DayOut]:
    return [DayOut(day=day.isoformat(), saves=saves) for day, saves in days]


def _themes(themes: Sequence[Theme]) -> list[ThemeOut]:
    return [ThemeOut(word=each.word, people=each.people) for each in themes]


def _shares(shares: Sequence[Shares]) -> list[SharesOut]:
    return [
        SharesOut(way=each.way, people=each.people, number=each.number, opened=each.opened)
        for each in shares
    ]
