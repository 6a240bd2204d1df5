"""What was found in a video, in wire format: as all moments, camelCase."""

from typing import Annotated

from msgspec import Meta

from domain.videos.editing import FoundChange
from domain.videos.models import (
    ClipStatus,
    FoundMoment,
    Origin,
    StageStatus,
    Video,
)
from webapp.api.camel_schemas import CamelOut, user_ref_out
from webapp.api.moment_schemas import MomentItem, moment_out
from webapp.api.schemas import In, Out

Seconds = Annotated[float, Meta(ge=0, le=10**6)]


class FoundIn(In, frozen=True, kw_only=True):
    """A part of a video to make a moment."""

    start_s: Seconds
    end_s: Seconds
    title: Annotated[str, Meta(max_length=200)] = ""


class VerticalIn(In, frozen=True, kw_only=True):
    """A vertical export; `crop` is the centre of what is kept, without it everything is."""

    crop: Annotated[float, Meta(ge=0, le=1)] | None = None
    captions: bool = True


class FoundPatch(In, frozen=True, kw_only=True):
    """Changes of a video's moment; a new range is cut again."""

    title: Annotated[str, Meta(max_length=200)] | None = None
    start_s: Seconds | None = None
    end_s: Seconds | None = None
    kept: bool = True

    def change(self) -> FoundChange:
        """Return the changes."""
        return FoundChange(self.title, _ms(self.start_s), _ms(self.end_s), self.kept)


class ReasonOut(CamelOut, frozen=True, kw_only=True):
    """A signal that chose a moment, and its strength from 0 to 1."""

    signal: str
    strength: float


class FoundOut(CamelOut, frozen=True, kw_only=True):
    """Where a moment lies in its video, and why."""

    start_ms: int
    end_ms: int
    score: float | None
    reasons: list[ReasonOut]
    origin: Origin
    edited: bool
    clip_status: ClipStatus
    clip_error: str | None
    clip_url: str | None
    vertical_status: ClipStatus | None
    vertical_error: str | None
    vertical_url: str | None
    vertical_crop: float | None


class FoundItem(MomentItem, frozen=True, kw_only=True):
    """A moment of a video."""

    found: FoundOut


class FoundList(Out, frozen=True, kw_only=True):
    """The moments of a video, in its order."""

    items: list[FoundItem]
    total: int


class ClipStateOut(Out, frozen=True, kw_only=True):
    """The clip of a moment."""

    moment_id: str
    status: ClipStatus
    error: str | None
    url: str | None


class ClipStates(Out, frozen=True, kw_only=True):
    """The clips of a video's moments."""

    status: StageStatus
    progress: float
    items: list[ClipStateOut]


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def found_out(found: FoundMoment, share_url: str | None = None) -> FoundItem:
    """Return a moment of a video in wire format."""
    moment = found.moment
    return FoundItem(
        moment=moment_out(moment, share_url),
        created_by_user=user_ref_out(moment.created_by),
        vm=None,
        asset_count=moment.asset_count,
        found=FoundOut(
            start_ms=found.start_ms,
            end_ms=found.end_ms,
            score=found.score,
            reasons=[ReasonOut(signal=r.signal, strength=r.strength) for r in found.reasons],
            origin=found.origin,
            edited=found.is_edited,
            clip_status=found.clip_status,
            clip_error=found.clip_error,
            clip_url=found.clip_url,
            vertical_status=found.vertical_status,
            vertical_error=found.vertical_error,
            vertical_url=found.vertical_url,
            vertical_crop=found.vertical_crop,
        ),
    )


def clip_states_out(video: Video, found: list[FoundMoment]) -> ClipStates:
    """Return the clips of a video's moments."""
    stage = video.stages[-1]
    return ClipStates(
        status=stage.status,
        progress=stage.progress,
        items=[
            ClipStateOut(
                moment_id=each.moment.id,
                status=each.clip_status,
                error=each.clip_error,
                url=each.clip_url,
            )
            for each in found
        ],
    )
