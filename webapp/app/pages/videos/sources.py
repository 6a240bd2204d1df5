"""What videos add to the bar of every page: the user's videos and exports in progress."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.videos.models import Video
from webapp.app.kit.video_words import words_of
from webapp.pages.sources import Running, Sources

_SHOWN: Final = 20
_NEW: Final = timedelta(hours=1)  # a failure is in the tray, then only on its page


def add_sources(sources: Sources, services: Services) -> None:
    """Add them."""
    sources.running += [partial(_videos, services), partial(_exports, services)]


async def _videos(services: Services, caller: Caller) -> Sequence[Running]:
    working = await services.videos.list(caller, limit=_SHOWN, progress="working")
    failed = await services.videos.list(caller, limit=_SHOWN, progress="failed")
    since = services.clock.now() - _NEW
    items = [*working.items, *(each for each in failed.items if each.updated_at >= since)]
    mine = (each for each in items if each.created_by == caller.user_id)
    return [_of_video(services, caller, each) for each in mine]


def _of_video(services: Services, caller: Caller, video: Video) -> Running:
    has_failed = video.status == "failed"
    return Running(
        id=video.id,
        title=video.title,
        detail=words_of(video),
        href=f"/videos/{video.id}",
        glyph="video",
        picture=video.poster_url,
        has_failed=has_failed,
        retry=partial(services.videos.retry, caller, video.id) if has_failed else None,
    )


async def _exports(services: Services, caller: Caller) -> Sequence[Running]:
    return [
        Running(
            id=f"export_{each.moment_id}",
            title=each.title,
            detail="Exporting for phones",
            href=f"/videos/{each.video_id}",
            glyph="download",
        )
        for each in await services.vertical_exports.unfinished(caller)
    ]
