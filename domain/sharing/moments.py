"""The public view of a whole moment: its texts and its files."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from domain.accounts.models import Actor
from domain.infra.database import Database, Record
from domain.moments.models import MediaFile, MediaSource, Speaker
from domain.moments.records import MomentRecords
from domain.moments.row_values import speaker_of
from domain.sharing.models import PublicCommit, PublicItem, PublicMoment
from domain.sharing.places import place_of, public_address, safe_url

_SPEAKER_LINES: Final = 100  # a page stays small, however long the talk
_FILES: Final = 500
COLUMNS: Final = f"""m.id, m.kind, m.title, m.description, m.tags, m.topic_tags, m.key_emotions,
    m.emotion_tags, m.source_name, m.source, m.start_s, m.end_s, m.created_at, m.git_branch,
    m.git_commit_hash, m.git_commit_message, m.git_author, m.git_commit_date,
    m.metadata -> 'repository' AS repository,
    jsonb_path_query_array(m.speakers, '$[0 to {_SPEAKER_LINES - 1}]') AS speakers"""
_FILES_OF: Final = f"""
SELECT a.id, a.moment_id, a.mime_type, a.file_name, a.file_size_bytes, a.gcs_bucket, a.gcs_path,
    a.created_at, a.metadata -> 'width' AS width, a.metadata -> 'height' AS height,
    a.metadata -> 'durationMs' AS duration_ms, a.metadata -> 'preview' AS preview,
    p.gcs_bucket AS p_bucket, p.gcs_path AS p_path, p.mime_type AS p_mime,
    p.file_size_bytes AS p_size
FROM moment_assets a LEFT JOIN moment_assets p ON p.id = a.preview_id
WHERE a.moment_id = ANY($1::text[]) AND a.purpose = 'media' AND a.generation IS NOT NULL
    AND a.processing_status = 'completed' ORDER BY a.id LIMIT {_FILES}
"""  # noqa: S608 (constants)
# Image types that browsers display; SVG can run scripts, so it is a download.
_PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"})
_MAX_SIDE: Final = 100_000


@dataclass(frozen=True, slots=True)
class Part:
    """A package's knowledge of a moment's file: its view, or that it was removed (None)."""

    moment_id: str
    asset_id: str | None  # None until it is stored
    item: PublicItem | None


class Parts(Protocol):
    """A package that knows more about a moment's files than their rows."""

    async def parts(self, moment_ids: Sequence[str]) -> Sequence[Part]:
        """Return the package's knowledge of moments' files."""
        ...


class PublicMoments:
    """Views of moments, and the subjects `moment_…` of share links."""

    def __init__(
        self, database: Database, records: MomentRecords, pillars: Sequence[Parts]
    ) -> None:
        self._database = database
        self._records = records
        self._pillars = pillars

    async def check(self, actor: Actor, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the moments that an actor can see, locked."""
        moments = await self._records.many(actor, ids, lock=True)
        return {moment.id: moment.id for moment in moments}

    async def moments(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Return the given moments that still exist."""
        rows = await self._database.fetch(
            "SELECT id FROM moments WHERE id = ANY($1::text[])", list(ids)
        )
        return {row["id"]: row["id"] for row in rows}

    async def views(self, ids: Sequence[str], organization_id: str) -> Mapping[str, PublicMoment]:
        """Return the public views of moments."""
        rows = await self._database.fetch(
            f"SELECT {COLUMNS} FROM moments m WHERE m.id = ANY($1::text[])"  # noqa: S608 (constants)
            " AND m.organization_id = $2 AND m.deleted_at IS NULL",
            list(ids),
            organization_id,
        )
        return {view.id: view for view in await self.of_rows(rows)}

    async def of_rows(self, rows: Sequence[Record]) -> list[PublicMoment]:
        """Return the views of rows that have `COLUMNS`."""
        ids = [row["id"] for row in rows]
        items: dict[str, list[PublicItem]] = {moment_id: [] for moment_id in ids}
        known = set()
        for pillar in self._pillars:
            for part in await pillar.parts(ids):
                known.add(part.asset_id)
                items[part.moment_id] += [part.item] if part.item else []
        for file in await self._database.fetch(_FILES_OF, ids):
            if file["id"] not in known:
                items[file["moment_id"]].append(_item_of(file))
        return [_view_of(row, items[row["id"]]) for row in rows]

    def event(self, subject_id: str) -> str:
        """Return the event kind for a changed moment."""
        return "moment.updated"


def _view_of(row: Record, items: Sequence[PublicItem]) -> PublicMoment:
    is_capture = bool(items) and row["kind"] in {"clip", "snapshot"}
    source = MediaSource(**json.loads(row["source"])) if row["source"] else None
    return PublicMoment(
        id=row["id"],
        kind=row["kind"],
        title=row["title"],
        description=row["description"],
        source_name=row["source_name"],
        at=items[0].captured_at if is_capture else row["created_at"],
        items=tuple(items),
        tags=_once(row["tags"], row["topic_tags"]),
        emotions=_once(row["key_emotions"], row["emotion_tags"]),
        speakers=_speakers(row["speakers"]),
        commit=_commit_of(row),
        place=place_of(source, row["start_s"], row["end_s"]) if source else None,
    )


def _once(*lists: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for texts in lists for text in texts))


def _speakers(text: str) -> tuple[Speaker, ...]:
    return tuple(map(speaker_of, json.loads(text)))


def _commit_of(row: Record) -> PublicCommit | None:
    if row["git_commit_hash"] is None and row["git_branch"] is None:
        return None
    repository = public_address(_json(row["repository"]))
    return PublicCommit(
        repository=repository,
        repository_url=safe_url(repository),
        branch=row["git_branch"],
        commit_hash=row["git_commit_hash"],
        message=row["git_commit_message"],
        author=row["git_author"],
        committed_at=row["git_commit_date"],
    )


def _item_of(row: Record) -> PublicItem:
    mime_type = row["mime_type"].partition(";")[0].strip().lower()
    media = MediaFile(
        row["gcs_bucket"],
        row["gcs_path"],
        row["mime_type"],
        row["file_size_bytes"],
        row["file_name"],
    )
    poster = None
    if row["p_path"] is not None:
        poster = MediaFile(
            row["p_bucket"], row["p_path"], row["p_mime"], row["p_size"], "preview.jpg"
        )
    text = _json(row["preview"])
    is_picture, is_video = mime_type in _PICTURES, mime_type.startswith("video/")
    is_text = isinstance(text, str) and not is_picture and not is_video
    return PublicItem(
        id=row["id"],
        kind="snapshot" if is_picture else "clip" if is_video else "text" if is_text else "file",
        title=row["file_name"],
        captured_at=row["created_at"],
        duration_ms=_size(row["duration_ms"], 10**10) or None,
        width=_size(row["width"]),
        height=_size(row["height"]),
        is_ready=True,
        media=media,
        poster=poster or (media if is_picture else None),
        text=text if is_text else None,
    )


def _size(text: str | None, largest: int = _MAX_SIDE) -> int:
    """Return a number from metadata, which may contain anything; else 0."""
    value = _json(text)
    is_size = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= largest
    return int(value) if is_size else 0


def _json(text: str | None) -> Any:  # noqa: ANN401 (whatever somebody wrote)
    return None if text is None else json.loads(text)
