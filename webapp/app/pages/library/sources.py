"""What the library adds to the bar of every page: its search, and the user's work in progress."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.captures.models import Clip
from domain.moments.models import Asset, MomentFilter
from webapp.app.components.moment_card import CardItem
from webapp.app.pages.library.cards import Cards
from webapp.app.pages.library.state import KINDS, Filters
from webapp.pages.sources import Hit, Running, Sources

_SHOWN: Final = 8
_KINDS: Final = {kind: (label.removesuffix("s"), glyph) for kind, label, glyph in KINDS}


def add_sources(sources: Sources, services: Services) -> None:
    """Add them."""
    sources.search["Moments"] = partial(_find, services)
    sources.running += [partial(_clips, services), partial(_files, services)]


async def _find(services: Services, caller: Caller, words: str) -> Sequence[Hit]:
    page = await services.moments.list(caller, MomentFilter(q=words, limit=_SHOWN))
    cards = await Cards(services, caller).of(page.items, Filters(q=words))
    return [_hit(card) for card in cards]


def _hit(card: CardItem) -> Hit:
    kind, glyph = _KINDS[card.kind]
    return Hit(
        id=card.id,
        title=card.title,
        href=card.href,
        glyph=glyph,
        kind=kind,
        at=card.created_at,
        detail=card.origin or card.words,
        picture=card.picture,
    )


async def _clips(services: Services, caller: Caller) -> Sequence[Running]:
    found = await services.gallery.unfinished(caller)
    return [_of_clip(services, caller, each) for each in found]


def _of_clip(services: Services, caller: Caller, clip: Clip) -> Running:
    running = Running(
        id=clip.id,
        title=clip.title,
        detail="Processing",
        href=f"/library/{clip.moment_id}",
        picture=clip.preview_url,
    )
    if clip.status == "recording":
        return replace(
            running,
            detail=f"Recording {round(clip.duration_ms / 1000)} s",
            begins_at=clip.requested_start_ts,
            ends_at=clip.requested_end_ts,
        )
    if clip.status == "failed":
        retry = partial(services.clips.retry, caller, clip.id)
        return replace(running, detail=clip.error or "", has_failed=True, retry=retry)
    return running


async def _files(services: Services, caller: Caller) -> Sequence[Running]:
    return [_of_file(each) for each in await services.moment_assets.unfinished(caller)]


def _of_file(asset: Asset) -> Running:
    name = asset.file.file_name
    return Running(
        asset.id, name, "Checking the file", f"/library/{asset.moment_id}", glyph="upload"
    )
