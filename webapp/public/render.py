"""Templates, and cache lifetimes."""

import re
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from litestar import Response

from domain.core.time import clock_text, isoformat
from webapp import assets
from webapp.edge.asgi_types import Scope, header
from webapp.players import PROVIDER_NAMES
from webapp.stage import TEMPLATES

FOLDER = Path(__file__).parent / "templates"
_DATED = re.compile(r" \d{4}-\d\d-\d\d (?P<time>\d\d:\d\d:\d\d)(?= and \d+ more$|$)")
CACHE_S = 30  # a revoked link stops working within a minute, on its page and its media


def duration(ms: int | None) -> str:
    """Return a human-readable length: `0:07`, `12:03`, `1:02:03`."""
    return clock_text(round((ms or 0) / 1000))


def iso_duration(ms: int | None) -> str:
    """Return a length in ISO 8601: `PT7.25S`."""
    return f"PT{(ms or 0) / 1000:g}S"


def day_and_time(instant: datetime) -> str:
    """Return a human-readable instant in UTC."""
    return instant.strftime("%-d %B %Y, %H:%M:%S UTC")


def time_left(left: timedelta) -> str:
    """Return in words for how long something still works: `3 more days`."""
    minutes = max(1, int(left.total_seconds() // 60))
    if minutes > 2 * 1440:
        count, unit = round(minutes / 1440), "day"
    elif minutes > 120:
        count, unit = round(minutes / 60), "hour"
    else:
        count, unit = minutes, "minute"
    return f"{count} more {unit}{'' if count == 1 else 's'}"


def file_size(size_bytes: int | None) -> str:
    """Return a human-readable size: `820 kB`, `3.4 MB`."""
    size = float(size_bytes or 0)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return ""


def oembed_url(origin: str, url: str) -> str:
    """Return where other sites learn how to embed one of our pages."""
    return f"{origin}/oembed?format=json&url={quote(url, safe='')}"


def short_title(title: str) -> str:
    """Return a heading's title: for a default one, the stream and the time of day."""
    return _DATED.sub(r", \g<time>", title)


@cache
def environment() -> Environment:
    """Return the template engine: escapes, and unknown names are errors."""
    made = Environment(
        loader=FileSystemLoader([FOLDER, TEMPLATES]),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals["static"] = assets.url
    made.filters |= {
        "duration": duration,
        "iso": isoformat,
        "iso_duration": iso_duration,
        "day_and_time": day_and_time,
        "file_size": file_size,
        "short_title": short_title,
        "provider_name": lambda provider: PROVIDER_NAMES.get(provider, provider),
    }
    return made


def _html(text: str, status: int, headers: dict[str, str]) -> Response[str]:
    # Litestar adds the character set.
    return Response(text, status_code=status, media_type="text/html", headers=headers)


def page(
    name: str, *, status: int = 200, headers: dict[str, str] | None = None, **context: object
) -> Response[str]:
    """Return a page that must not be cached."""
    text = environment().get_template(name).render(**context)
    return _html(text, status, {"cache-control": "no-store", **(headers or {})})


def cacheable_page(
    scope: Scope, name: str, *, is_private: bool, no_index: bool, **context: object
) -> Response[str]:
    """Return a page that is cached for less than a minute, or not at all if it is private."""
    robots = {"x-robots-tag": "noindex"} if no_index else {}
    text = environment().get_template(name).render(**context)
    if is_private:
        return _html(text, 200, {"cache-control": "no-store", **robots})
    etag = f'"{sha256(text.encode()).hexdigest()[:20]}"'
    kept = {"cache-control": f"public, max-age={CACHE_S}", "etag": etag, **robots}
    is_known = header(scope, "if-none-match") == etag
    return _html("" if is_known else text, 304 if is_known else 200, kept)
