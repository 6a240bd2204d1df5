"""What a report of moments shows: their facts, pictures and texts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.accounts.models import Caller
from domain.accounts.rights import Rights
from domain.infra.base import Base
from domain.infra.database import Record
from domain.moments.models import MediaFile, Moment
from domain.moments.processing import read_start
from domain.moments.records import MomentRecords
from domain.moments.rules import check_number

_MAX_PICTURE: Final = 2 * 1024 * 1024
_FILES: Final = """
SELECT a.moment_id, a.file_name, a.mime_type, a.file_size_bytes, a.metadata,
    p.gcs_bucket, p.gcs_path, p.mime_type AS p_mime, p.file_size_bytes AS p_size
FROM moment_assets a LEFT JOIN moment_assets p ON p.id = a.preview_id
WHERE a.moment_id = ANY($1::text[]) AND a.purpose = 'media' AND a.generation IS NOT NULL
ORDER BY a.id
"""


@dataclass(frozen=True, slots=True)
class ReportedFile:
    """A file in a report: its preview if it has a picture, its beginning if it is a text."""

    name: str
    content_type: str
    size_bytes: int
    text: str | None
    picture: MediaFile | None


@dataclass(frozen=True, slots=True)
class Reported:
    """A moment in a report."""

    moment: Moment
    files: Sequence[ReportedFile]


class Reporting:
    """Reads what reports show."""

    def __init__(self, base: Base, rights: Rights, records: MomentRecords) -> None:
        self._database = base.database
        self._storage = base.storage
        self._rights = rights
        self._records = records

    async def of(self, caller: Caller, moment_ids: Sequence[str]) -> Sequence[Reported]:
        """Return moments with their files, oldest first.

        Raises:
            BadFields: None, or over 500. NotFound: One is absent.
        """
        check_number(moment_ids)
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            moments = await self._records.many(actor, moment_ids)
            rows = await self._database.fetch(_FILES, list(moment_ids))
        return [
            Reported(moment, [_file(row) for row in rows if row["moment_id"] == moment.id])
            for moment in sorted(moments, key=lambda each: (each.created_at, each.id))
        ]

    async def picture(self, file: MediaFile) -> bytes:
        """Return a preview's bytes; nothing if it is too large."""
        if file.size_bytes > _MAX_PICTURE:
            return b""
        return await read_start(self._storage, file, _MAX_PICTURE)


def _file(row: Record) -> ReportedFile:
    picture = None
    if row["gcs_path"] is not None:
        picture = MediaFile(
            row["gcs_bucket"], row["gcs_path"], row["p_mime"], row["p_size"], row["file_name"]
        )
    text = json.loads(row["metadata"]).get("preview")
    return ReportedFile(
        name=row["file_name"],
        content_type=row["mime_type"],
        size_bytes=row["file_size_bytes"],
        text=text if isinstance(text, str) else None,
        picture=picture,
    )
