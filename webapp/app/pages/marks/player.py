"""Where the media of a mark plays from."""

from dataclasses import replace

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.captures.models import Clip
from domain.core.errors import NotFound
from domain.marks.links import Link
from domain.marks.models import TrackSource
from webapp.players import Playable


async def playable(
    services: Services, caller: Caller, link: Link, source: TrackSource | None
) -> Playable:
    """Return what is to be played; a clip of ours plays from its own file."""
    what = Playable.of(link, source)
    if link.provider != "moments":
        return what
    if link.url.endswith(f"/m/{link.provider_id}"):
        return replace(what, media_url=f"/m/{link.provider_id}/media")
    found = await services.gallery.of_moments(caller, [link.provider_id])
    clip = found.get(link.provider_id)
    if isinstance(clip, Clip) and clip.url:
        return replace(
            what,
            media_url=clip.url,
            poster=clip.preview_url,
            title=clip.title,
            length_ms=clip.duration_ms,
        )
    return await _uploaded(services, caller, what)


async def _uploaded(services: Services, caller: Caller, what: Playable) -> Playable:
    """Return a moment's own video or recording, if it has one."""
    try:
        assets = await services.moment_assets.list(caller, what.provider_id)
    except NotFound:
        return what
    for each in assets:
        if each.download_url and each.file.content_type.startswith(("video/", "audio/")):
            return replace(what, media_url=each.download_url, poster=each.preview_url)
    return what
