"""What videos add to the bar of every page: those of the user that are being processed."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from domain.accounts.models import Caller
from domain.bootstrap import Services
from webapp.app.kit.video_words import words_of
from webapp.pages.sources import Running, Sources

_SHOWN: Final = 20


def add_sources(sources: Sources, services: Services) -> None:
    """Add them."""
    sources.running.append(partial(_videos, services))


async def _videos(services: Services, caller: Caller) -> Sequence[Running]:
    page = await services.videos.list(caller, limit=_SHOWN, progress="working")
    return [
        Running(
            id=each.id,
            title=each.title,
            detail=words_of(each),
            href=f"/videos/{each.id}",
            glyph="video",
            picture=each.poster_url,
        )
        for each in page.items
        if each.created_by == caller.user_id
    ]
