"""The public page of a mark: the part in its provider's player, and what others saved of it."""

import json
from dataclasses import dataclass
from urllib.parse import urlencode

from domain.bootstrap import Services
from domain.marks.models import Heat, PublicMark
from domain.marks.times import whole_end, whole_start
from domain.moments.models import MediaSource
from domain.sharing.models import Place, PublicView
from domain.sharing.places import place_of
from webapp.public.cards import Card
from webapp.public.heat import Lane, lane_of
from webapp.public.render import duration

NAMES = {"youtube": "YouTube", "spotify": "Spotify", "soundcloud": "SoundCloud", "vimeo": "Vimeo"}


@dataclass(frozen=True, slots=True)
class Played:
    """A part for the player's script, as JSON in the page."""

    provider: str
    id: str
    kind: str
    url: str
    start: float
    end: float
    length: float | None

    @property
    def json(self) -> str:
        """The variables as JSON."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__})

    @property
    def name(self) -> str:
        """The provider's name."""
        return NAMES.get(self.provider, "Its site")


@dataclass(frozen=True, slots=True)
class MarkPage:
    """The template's variables beside the view's."""

    mark: PublicMark
    played: Played
    place: Place
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


async def mark_page(services: Services, view: PublicView) -> MarkPage | None:
    """Return what the page of a mark shows; None: the moment is no mark."""
    moment = view.moments[0]
    mark = (
        (await services.public_marks.of([moment.id])).get(moment.id)
        if moment.kind == "mark"
        else None
    )
    if mark is None:
        return None
    is_shared = mark.source.organization_id is None  # a track of files is its organisation's
    heat = await services.tracks.heatmap(None, mark.track_id) if is_shared else None
    return _page_of(services.settings.origin, mark, heat)


def _page_of(origin: str, mark: PublicMark, heat: Heat | None) -> MarkPage:
    source = mark.source
    start, end = mark.start_ds + source.offset_ds, mark.end_ds + source.offset_ds
    length_ms = source.length_ms or mark.seen_duration_ms
    played = played_of(origin, mark)
    return MarkPage(
        mark=mark,
        played=played,
        place=place_of(
            MediaSource(source.provider, source.provider_id, played.url),
            whole_start(mark.start_ds),
            whole_end(mark.end_ds),
        ),
        lane=lane_of(heat, start / 10, end / 10, -(-length_ms // 1000) if length_ms else None),
        track_url=f"{origin}/t/{mark.track_id}" if source.organization_id is None else None,
        title=source.title,
        artist=source.artist,
        save_url=save_url(played.url, mark.start_ds, mark.end_ds),
    )


def played_of(origin: str, mark: PublicMark) -> Played:
    """Return a mark for the player; our own media plays from its own public page."""
    source = mark.source
    url = f"{origin}/m/{mark.media_slug}" if mark.media_slug else source.url
    return Played(
        provider=source.provider,
        id=source.provider_id,
        kind=source.kind,
        url=url,
        start=mark.start_ds / 10,
        end=mark.end_ds / 10,
        length=source.length_ms / 1000 if source.length_ms else None,
    )


def save_url(url: str, start_ds: int, end_ds: int) -> str:
    """Return the address where a signed-in person saves the same part."""
    query = {"url": url, "start": whole_start(start_ds), "end": whole_end(end_ds)}
    return f"/mark?{urlencode(query)}"


def card_of(view: PublicView, page: MarkPage) -> Card:
    """Return the picture of a mark."""
    lane = page.lane
    lead = " by ".join(filter(None, (page.title, page.artist)))
    saved = page.mark.saved_by
    return Card(
        title=view.title,
        lead=f"{page.range} · {lead}" if lead else f"{page.range} · {page.place.provider}",
        foot=f"{saved} people saved this part" if saved > 1 else "",
        bars=lane.heights if lane else (),
        start=lane.left / 100 if lane else 0,
        end=(lane.left + lane.width) / 100 if lane else 0,
    )
