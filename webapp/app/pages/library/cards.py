"""What the cards of a page of moments show, read with one query for each sort of fact."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.captures.models import Clip, Snapshot
from domain.core.time import clock_text, isoformat
from domain.moments.models import Cover, Moment
from domain.videos.models import Video
from webapp.app.components.moment_card import CardItem
from webapp.app.kit.elements import plural
from webapp.app.kit.lengths import length_text
from webapp.app.kit.video_words import IS_WORKING, words_of
from webapp.app.pages.library.state import Filters
from webapp.players import PROVIDER_NAMES

_CAPTURED: Final = frozenset({"clip", "snapshot"})
_MAX_WORDS: Final = 160


class Cards:
    """Reads cards for a caller."""

    def __init__(self, services: Services, caller: Caller) -> None:
        self._captures = services.gallery
        self._assets = services.moment_assets
        self._marks = services.marks
        self._videos = services.videos
        self._retention = timedelta(days=services.settings.retention_days)
        self._caller = caller

    async def of(self, moments: Sequence[Moment], filters: Filters) -> list[CardItem]:
        """Return the cards of some moments, in their order; each leads to its page."""
        captured = [moment.id for moment in moments if moment.kind in _CAPTURED]
        captures = await self._captures.of_moments(self._caller, captured) if captured else {}
        others = [moment.id for moment in moments if moment.id not in captures]
        marked = [moment.id for moment in moments if moment.kind == "mark"]
        saved = await self._marks.saved_by(self._caller, marked) if marked else {}
        covers = await self._assets.covers(self._caller, others) if others else {}
        filmed = [moment.id for moment in moments if moment.kind == "video"]
        videos = await self._videos.of_moments(self._caller, filmed) if filmed else {}
        cards = [self._card(each, filters) for each in moments]
        return [
            _of_capture(card, captures[card.id])
            if card.id in captures
            else _of_video(card, videos[card.id], covers.get(card.id, Cover()))
            if card.id in videos
            else replace(
                _of_files(card, covers.get(card.id, Cover())), saved_by=saved.get(card.id, 0)
            )
            for card in cards
        ]

    def _card(self, moment: Moment, filters: Filters) -> CardItem:
        deleted_at = moment.deleted_at
        return CardItem(
            id=moment.id,
            kind=moment.kind,
            title=moment.title,
            href=filters.address(moment.id),
            created_at=isoformat(moment.created_at),
            kept_until=isoformat(deleted_at + self._retention) if deleted_at else None,
            origin=_origin(moment),
            who=_who(moment, self._caller),
            words=_words(moment),
            files=moment.asset_count,
            start_s=moment.start_s,
            end_s=moment.end_s,
            length_s=moment.source.duration_s if moment.source else None,
            figure=_figure(moment),
        )


def _of_capture(card: CardItem, capture: Clip | Snapshot) -> CardItem:
    card = replace(card, capture=capture.id, words="")
    if isinstance(capture, Snapshot):
        return replace(
            card,
            picture=capture.thumbnail_url,
            starts_at=isoformat(capture.timestamp),
            figure=f"{capture.height}p" if capture.height else "",
        )
    has_failed = capture.status == "failed"
    return replace(
        card,
        status=capture.status,
        why=capture.error if has_failed else "Processing",
        may_retry=has_failed,
        picture=capture.preview_url,
        starts_at=isoformat(capture.start_ts),
        ends_at=isoformat(capture.requested_end_ts),
        figure=length_text(capture.duration_ms),
    )


def _of_video(card: CardItem, video: Video, cover: Cover) -> CardItem:
    """Show its stage; its page is that of the video, unless it is in the bin."""
    card = replace(
        card,
        picture=cover.picture_url,
        figure=length_text(video.duration_ms) if video.duration_ms else card.figure,
        href=card.href if card.kept_until else f"/videos/{video.id}",
    )
    if video.status == "failed":
        return replace(card, status="failed", why=words_of(video))
    if video.status in IS_WORKING:
        return replace(card, status="processing", why=words_of(video))
    return card


def _of_files(card: CardItem, cover: Cover) -> CardItem:
    card = replace(card, picture=cover.picture_url)
    if cover.failed:
        what = "A file" if cover.failed == 1 else "Some files"
        return replace(card, status="failed", why=f"{what} could not be read")
    if cover.unfinished:
        what = "a file" if cover.unfinished == 1 else "files"
        return replace(card, status="processing", why=f"Waiting for {what}")
    return card


def _words(moment: Moment) -> str:
    """Return what stands for a picture; not the title once more, which a mark's note often is."""
    words = moment.git.commit_message or moment.description
    return "" if words == moment.title else words[:_MAX_WORDS]


def _figure(moment: Moment) -> str:
    """Return where in its source a moment is, or how many files it has."""
    if moment.start_s is None:
        return plural(moment.asset_count, "file") if moment.asset_count else ""
    ends = [moment.start_s] if moment.end_s is None else [moment.start_s, moment.end_s]
    return " – ".join(clock_text(end) for end in ends)  # noqa: RUF001 (between two times)


def _origin(moment: Moment) -> str:
    """Return the name of a moment's source: a stream, a track, a commit or a VM."""
    commit = (moment.git.commit_hash or "")[:7]
    source = moment.source
    media = (source.title or PROVIDER_NAMES.get(source.provider)) if source else None
    if moment.kind == "mark":
        return media or ""
    vm = moment.vm.name if moment.vm else None
    return moment.source_name or media or commit or moment.git.branch or vm or ""


def _who(moment: Moment, caller: Caller) -> str:
    if moment.created_by is None:
        return moment.vm.name if moment.vm else ""
    if moment.created_by.id == caller.user_id:
        return "you"
    return moment.created_by.name or moment.created_by.email
