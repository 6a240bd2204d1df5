"""Marks as files: take one's own marks along, and bring them from elsewhere.

A file is JSON of our own, CSV (RFC 4180) with the same fields, or the segments of SponsorBlock's
API (`GET /api/skipSegments/{hash}`: `[{"videoID", "segments": [{"segment": [start, end]}]}]`).
"""

import csv
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from domain.accounts.models import Caller
from domain.core.errors import BadFields, BadInput, Conflict, MomentsError, NotFound
from domain.core.time import isoformat
from domain.infra.rate_limit import RateLimiter
from domain.marks.models import Mark, MarkFilter, NewMark
from domain.marks.service import MarkService
from domain.marks.times import MAX_DS

Format = Literal["json", "csv", "sponsorblock"]
MAX_MARKS: Final = 1000  # of one file
MAX_PER_HOUR: Final = 20
_PAGE: Final = 100
_FIELDS: Final = ("url", "start", "end", "title", "note", "tags", "visibility", "created_at")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets would run (OWASP)
_MAX_S: Final = MAX_DS / 10
_WATCH: Final = "https://www.youtube.com/watch?v="

Time = Annotated[float, Meta(ge=0, le=_MAX_S)]


class Row(msgspec.Struct, omit_defaults=True):
    """A mark in a file; times are seconds with tenths."""

    url: str
    start: Time
    end: Time
    title: str = ""
    note: str = ""
    tags: list[str] = []
    visibility: str = ""
    created_at: str = ""

    def new(self) -> NewMark:
        """Return the mark to save: private, whatever it was elsewhere."""
        return NewMark(
            url=self.url,
            start_ds=round(self.start * 10),
            end_ds=round(self.end * 10),
            note=self.note,
            title=self.title or None,
            tags=self.tags,
        )


class _File(msgspec.Struct):
    marks: list[msgspec.Raw]


class _Segment(msgspec.Struct):
    segment: tuple[Time, Time]
    category: str = ""
    description: str = ""


class _Video(msgspec.Struct, rename={"video_id": "videoID"}):
    video_id: str
    segments: list[_Segment]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: how many marks are new, were there, and why others are neither."""

    saved: int
    known: int
    failed: tuple[tuple[int, str], ...]  # the number of the mark in the file, from 1


class MarkTransfer:
    """The service of marks in files."""

    def __init__(self, marks: MarkService, limiter: RateLimiter) -> None:
        self._marks = marks
        self._limiter = limiter

    async def export(self, caller: Caller, form: Format) -> str:
        """Return one's own marks of the organisation, newest first, as a file."""
        found = [mark async for mark in self._own(caller)]
        if form == "sponsorblock":
            return _segments(found)
        rows = list(map(_row, found))
        return _table(rows) if form == "csv" else _json({"version": 1, "marks": rows})

    async def load(self, caller: Caller, text: str) -> Imported:
        """Save the marks of a file as one's own, private; those that one has are left alone.

        Raises:
            BadInput: It is no such file, or has more than `MAX_MARKS` marks. Forbidden.
            RateLimited: The caller imported too many files within the hour.
        """
        rows = _read(text)
        if len(rows) > MAX_MARKS:
            raise BadInput(f"The file has {len(rows)} marks. Import at most {MAX_MARKS} at a time.")
        if caller.user_id is not None:
            await self._limiter.hit("marks.import", caller.user_id, MAX_PER_HOUR, 3600)
        saved, known, failed = 0, 0, list[tuple[int, str]]()
        for number, row in enumerate(rows, 1):
            if isinstance(row, str):
                failed.append((number, row))
                continue
            try:
                await self._marks.create(caller, row.new(), is_import=True)
                saved += 1
            except (BadInput, NotFound, Conflict) as error:
                if error.code == "mark_exists":
                    known += 1
                else:
                    failed.append((number, _problem(error)))
        return Imported(saved, known, tuple(failed))

    async def _own(self, caller: Caller) -> AsyncIterator[Mark]:
        offset = 0
        while True:
            wanted = MarkFilter(is_mine=True, limit=_PAGE, offset=offset)
            page = await self._marks.list(caller, wanted)
            for mark in page.items:
                yield mark
            offset += _PAGE
            if offset >= page.total:
                return


def _row(mark: Mark) -> Row:
    return Row(
        url=mark.source.url,
        start=mark.start_ds / 10,
        end=mark.end_ds / 10,
        title=mark.title,
        note=mark.note,
        tags=list(mark.tags),
        visibility=mark.visibility,
        created_at=isoformat(mark.created_at),
    )


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value)).decode() + "\n"


def _table(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(_FIELDS)
    for row in rows:
        cells = (getattr(row, name) for name in _FIELDS)
        table.writerow(map(_cell, cells))
    return text.getvalue()


def _cell(value: str | float | list[str]) -> str:
    text = ", ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def _segments(marks: Sequence[Mark]) -> str:
    """Return the marks of YouTube's videos as SponsorBlock writes them."""
    videos: dict[str, list[dict[str, object]]] = {}
    for mark in marks:
        if mark.source.provider == "youtube":
            videos.setdefault(mark.source.provider_id, []).append(
                {
                    "UUID": mark.id,
                    "segment": [mark.start_ds / 10, mark.end_ds / 10],
                    "category": "poi_highlight",
                    "actionType": "skip",
                    "videoDuration": (mark.source.length_ms or 0) / 1000,
                    "description": mark.note,
                }
            )
    return _json([{"videoID": key, "segments": found} for key, found in videos.items()])


def _read(text: str) -> list[Row | str]:
    """Return a file's marks; a string stands for one that cannot be read, and says why."""
    start = text.lstrip("\ufeff \t\r\n")
    try:
        if start.startswith("{"):
            return [_of_json(raw) for raw in msgspec.json.decode(start, type=_File).marks]
        if start.startswith("["):
            return list(_of_segments(msgspec.json.decode(start, type=list[_Video])))
    except msgspec.MsgspecError as error:
        raise BadInput(f"The file cannot be read: {error}.") from error
    return list(_of_table(start))


def _of_json(raw: msgspec.Raw) -> Row | str:
    try:
        return msgspec.json.decode(raw, type=Row)
    except msgspec.ValidationError as error:
        return f"{error}."


def _of_segments(videos: Sequence[_Video]) -> Iterator[Row]:
    for video in videos:
        for each in video.segments:
            tags = [each.category] if each.category else []
            yield Row(_WATCH + video.video_id, *each.segment, note=each.description, tags=tags)


def _of_table(text: str) -> Iterator[Row | str]:
    try:
        table = csv.DictReader(io.StringIO(text), strict=True)
        if not {"url", "start", "end"} <= set(table.fieldnames or ()):
            raise BadInput(
                "The file is neither JSON nor a table with the columns url, start and end."
            )
        for cells in table:
            yield _of_cells(cells)
    except csv.Error as error:
        raise BadInput(f"The table cannot be read: {error}.") from error


def _of_cells(cells: dict[str, str | None]) -> Row | str:
    texts = {name: _plain(cells.get(name) or "") for name in _FIELDS}
    tags = [tag for each in texts.pop("tags").split(",") if (tag := each.strip())]
    try:
        return msgspec.convert({**texts, "tags": tags}, type=Row, strict=False)
    except msgspec.ValidationError as error:
        return f"{error}."


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _problem(error: MomentsError) -> str:
    if not isinstance(error, BadFields):
        return error.message
    return " ".join(f"{name.capitalize()} {why.rstrip('.')}." for name, why in error.fields.items())
