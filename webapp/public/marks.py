"""The public page of a mark: the part in its provider's player, and what others saved of it."""

from dataclasses import dataclass
from urllib.parse import urlencode

from domain.bootstrap import Services
from domain.marks.models import PublicMark
from domain.marks.times import whole_end, whole_start
from domain.profiles.models import Reactions
from domain.sharing.models import PublicView
from webapp.edge.asgi_types import Scope
from webapp.public.cards import Card
from webapp.public.heat import Lane, lane_of
from webapp.public.provider_stage import Stage, stage_of
from webapp.public.render import duration


@dataclass(frozen=True, slots=True)
class MarkPage:
    """The template's variables beside the view's."""

    mark: PublicMark
    reactions: Reactions
    stage: Stage
    lane: Lane | None
    track_url: str | None
    title: str  # of the track, as the provider says
    artist: str
    save_url: str

    @property
    def range(self) -> str:
        """The part as people write it."""
        return range_of(self.mark.start_ds, self.mark.end_ds)

    @property
    def seconds(self) -> int:
        """How long the part is."""
        return max(1, round((self.mark.end_ds - self.mark.start_ds) / 10))


def range_of(start_ds: int, end_ds: int) -> str:
    """Return a part as people write it: its start and its end."""
    return f"{duration(start_ds * 100)} – {duration(end_ds * 100)}"  # noqa: RUF001 (a range)


async def mark_page(scope: Scope, services: Services, view: PublicView) -> MarkPage | None:
    """Return what the page of a mark shows; None: the moment is no mark."""
    moment = view.moments[0]
    if moment.kind != "mark":
        return None
    mark = (await services.public_marks.of([moment.id])).get(moment.id)
    if mark is None:
        return None
    is_shared = mark.source.organization_id is None  # a track of files is its organisation's
    heat = await services.tracks.heatmap(None, mark.track_id) if is_shared else None
    source, stage = mark.source, stage_of_mark(scope, services, mark)
    start, end = mark.start_ds + source.offset_ds, mark.end_ds + source.offset_ds
    length_ms = source.length_ms or mark.seen_duration_ms
    return MarkPage(
        mark=mark,
        reactions=await services.reactions.of(moment.id),
        stage=stage,
        lane=lane_of(heat, start / 10, end / 10, -(-length_ms // 1000) if length_ms else None),
        track_url=f"{services.settings.origin}/t/{mark.track_id}" if is_shared else None,
        title=source.shown_title,
        artist=source.shown_artist,
        save_url=save_url(stage.url, mark.start_ds, mark.end_ds, view.url.rpartition("/")[2]),
    )


def stage_of_mark(scope: Scope, services: Services, mark: PublicMark) -> Stage:
    """Return a mark's place on a page; our own media plays from its own public page."""
    own = f"{services.settings.origin}/m/{mark.media_slug}" if mark.media_slug else None
    span = (mark.start_ds / 10, mark.end_ds / 10)
    return stage_of(scope, services.settings, mark.source, span, own=own)


def save_url(url: str, start_ds: int, end_ds: int, slug: str = "") -> str:
    """Return the address where a signed-in person saves the same part.

    `slug` is the mark's, for suggestions to its owner.
    """
    query = {"url": url, "start": whole_start(start_ds), "end": whole_end(end_ds)}
    return f"/mark?{urlencode(query | ({'of': slug} if slug else {}))}"


def card_of(view: PublicView, page: MarkPage) -> Card:
    """Return the picture of a mark."""
    lane = page.lane
    lead = " by ".join(filter(None, (page.title, page.artist)))
    saved = page.mark.saved_by
    return Card(
        title=view.title,
        lead=f"{page.range} · {lead or page.stage.name}",
        foot=f"{saved} people saved this part" if saved > 1 else "",
        bars=lane.heights if lane else (),
        start=lane.left / 100 if lane else 0,
        end=(lane.left + lane.width) / 100 if lane else 0,
    )
