"""What the library adds to the bar of every page: the user's work in progress."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.captures.models import Clip
from domain.moments.models import Asset
from webapp.pages.sources import Running, Sources
from webapp.pages.theme import size_text


def add_sources(sources: Sources, services: Services) -> None:
    """Add them."""
    sources.running += [partial(_clips, services), partial(_files, services)]


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
    arriving = await services.moment_assets.arriving(caller)
    checked = await services.moment_assets.unfinished(caller)
    return [
        *(_of_file(each, _sent(each, received)) for each, received in arriving),
        *(_of_file(each, "Checking the file") for each in checked),
    ]


def _sent(asset: Asset, received: int) -> str:
    return f"Uploading, {size_text(received)} of {size_text(asset.file.size_bytes)}"


def _of_file(asset: Asset, detail: str) -> Running:
    href = f"/library/{asset.moment_id}"
    return Running(asset.id, asset.file.file_name, detail, href, glyph="upload")
