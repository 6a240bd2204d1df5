"""A report of moments: one HTML file with its pictures inside, which runs and fetches nothing."""

import base64
from collections.abc import AsyncIterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, Template

from domain.moments.diffs import MAX_CHARS, FileDiff, files_of
from domain.moments.models import Moment
from domain.moments.reporting import Reported, ReportedFile, Reporting

_FOLDER: Final = Path(__file__).parent.parent / "templates"
_PICTURES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})


@cache
def _template() -> Template:
    loader = FileSystemLoader(_FOLDER)
    return Environment(loader=loader, autoescape=True, enable_async=True).get_template(
        "report.html"
    )


async def report(
    reporting: Reporting, found: Sequence[Reported], title: str, origin: str
) -> AsyncIterator[bytes]:
    """Yield a report while its pictures are read: one is in memory at a time."""

    async def picture(file: ReportedFile) -> str:
        if file.picture is None or file.picture.content_type not in _PICTURES:
            return ""
        data = base64.b64encode(await reporting.picture(file.picture)).decode()
        return f"data:{file.picture.content_type};base64,{data}" if data else ""

    parts = _template().generate_async(
        title=title, origin=origin, found=found, picture=picture, changes=_changes
    )
    async for part in parts:
        yield part.encode()


def _changes(moment: Moment) -> Sequence[FileDiff]:
    return files_of((moment.git.diff or "")[:MAX_CHARS])
