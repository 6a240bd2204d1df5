"""What a mark may be: its length, its moment, and whether it can be played here."""

from datetime import datetime, timedelta
from typing import Final

from domain.core.errors import BadFields
from domain.marks.links import Link
from domain.marks.models import NewMark, TrackSource
from domain.marks.times import clock_text, whole_end, whole_start
from domain.moments.models import MediaSource, MomentChange, NewMoment
from domain.moments.rules import MAX_TITLE, clean_change, clean_new

_PREVIEW_MS: Final = 31_000
_FRESH: Final = timedelta(days=7)


def is_fresh(source: TrackSource, now: datetime) -> bool:
    """Return whether a source's provider was asked lately."""
    return source.fetched_at is not None and source.fetched_at > now - _FRESH


def check_length(new: NewMark, source: TrackSource) -> None:
    """Check a part against the media's length, and that it was not taken from a preview.

    Raises:
        BadFields: It ends after the media, or its times are a preview's.
    """
    known, seen = source.length_ms, new.seen_duration_ms
    is_preview = seen is not None and seen <= _PREVIEW_MS and (known or 0) > _PREVIEW_MS + 4_000
    if source.provider in {"spotify", "soundcloud"} and is_preview:
        raise BadFields({"duration": "is a preview's: sign in at the provider in this browser"})
    length_ms = seen or known
    if length_ms is not None and new.end_ds * 100 > length_ms + 1_000:
        raise BadFields({"end": f"must be at most {whole_end(length_ms // 100)}, the length"})


def blocked(source: TrackSource | None) -> str | None:
    """Return why a source cannot be played here, or None."""
    reason = source.restrictions.get("reason") if source else None
    return str(reason) if reason else None


def draft_of(new: NewMark, link: Link) -> NewMoment:
    """Return the moment of a mark; provider texts stay with the source, which expires."""
    lines = new.note.strip().splitlines()
    first = "".join(filter(str.isprintable, lines[0]))[:MAX_TITLE] if lines else ""
    title = (new.title or "").strip() or first.strip()
    duration = new.seen_duration_ms
    draft = NewMoment(
        title=title or f"{clock_text(new.start_ds)} to {clock_text(new.end_ds)}",
        description=new.note,
        tags=new.tags,
        kind="mark",
        visibility=new.visibility,
        source=MediaSource(
            provider=link.provider,
            provider_id=link.provider_id,
            url=link.url,
            duration_s=None if duration is None else -(-duration // 1000) + 1,
        ),
        start_s=whole_start(new.start_ds),
        end_s=whole_end(new.end_ds),
    )
    try:
        return clean_new(draft)
    except BadFields as error:
        raise _renamed(error) from error


def clean_change_of(change: MomentChange) -> MomentChange:
    """Return a change of a mark's moment, cleaned; errors name the mark's fields.

    Raises:
        BadFields: A field is not valid.
    """
    try:
        return clean_change(change)
    except BadFields as error:
        raise _renamed(error) from error


def _renamed(error: BadFields) -> BadFields:
    names = {"description": "note", "startS": "start", "endS": "end"}
    return BadFields({names.get(name, name): text for name, text in error.fields.items()})
