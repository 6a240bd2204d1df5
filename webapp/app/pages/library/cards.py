"""What the cards of a page of moments show, read with one query for each sort of fact."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.captures.models import Clip, Snapshot
from domain.core.time import isoformat
from domain.moments.models import Cover, Moment

Item = Mapping[str, Any]
_CAPTURED = frozenset({"clip", "snapshot"})


class Cards:
    """Reads cards for a caller."""

    def __init__(self, services: Services, caller: Caller) -> None:
        self._captures = services.gallery
        self._assets = services.moment_assets
        self._retention = timedelta(days=services.settings.retention_days)
        self._caller = caller

    async def of(self, moments: Sequence[Moment]) -> list[dict[str, Any]]:
        """Return the cards of some moments, in their order."""
        captured = [moment.id for moment in moments if moment.kind in _CAPTURED]
        captures = await self._captures.of_moments(self._caller, captured) if captured else {}
        others = [moment.id for moment in moments if moment.id not in captures]
        covers = await self._assets.covers(self._caller, others) if others else {}
        return [self._card(each, captures.get(each.id), covers.get(each.id)) for each in moments]

    def _card(
        self, moment: Moment, capture: Clip | Snapshot | None, cover: Cover | None
    ) -> dict[str, Any]:
        deleted_at = moment.deleted_at
        item: dict[str, Any] = {
            "id": moment.id,
            "kind": moment.kind,
            "title": moment.title,
            "href": f"/gallery?open={capture.id}" if capture else f"/library/{moment.id}",
            "created_at": isoformat(moment.created_at),
            "kept_until": isoformat(deleted_at + self._retention) if deleted_at else None,
            "from": _origin(moment),
            "who": _who(moment, self._caller),
            "words": (moment.git.commit_message or moment.description)[:160],
            "files": moment.asset_count,
            "start_s": moment.start_s,
            "end_s": moment.end_s,
        }
        if capture is not None:
            return item | _of_capture(capture)
        return item | _of_files(cover or Cover())


def _of_capture(capture: Clip | Snapshot) -> dict[str, Any]:
    if isinstance(capture, Snapshot):
        return {
            "capture": capture.id,
            "status": "ready",
            "picture": capture.thumbnail_url,
            "starts_at": isoformat(capture.timestamp),
            "height": capture.height,
        }
    return {
        "capture": capture.id,
        "status": capture.status,
        "why": capture.error if capture.status == "failed" else "Processing",
        "may_retry": capture.status == "failed",
        "picture": capture.preview_url,
        "starts_at": isoformat(capture.start_ts),
        "ends_at": isoformat(capture.requested_end_ts),
        "duration_ms": capture.duration_ms,
    }


def _of_files(cover: Cover) -> dict[str, Any]:
    status, why = "ready", None
    if cover.failed:
        status = "failed"
        why = "A file could not be read" if cover.failed == 1 else "Some files could not be read"
    elif cover.unfinished:
        status = "processing"
        why = "Waiting for files" if cover.unfinished > 1 else "Waiting for a file"
    return {"status": status, "why": why, "picture": cover.picture_url}


def _origin(moment: Moment) -> str:
    """Return the name of a moment's source: a stream, a track, a commit or a VM."""
    commit = (moment.git.commit_hash or "")[:7]
    media = moment.source.title if moment.source else None
    vm = moment.vm.name if moment.vm else None
    return moment.source_name or media or commit or moment.git.branch or vm or ""


def _who(moment: Moment, caller: Caller) -> str:
    if moment.created_by is None:
        return moment.vm.name if moment.vm else ""
    if moment.created_by.id == caller.user_id:
        return "you"
    return moment.created_by.name or moment.created_by.email
