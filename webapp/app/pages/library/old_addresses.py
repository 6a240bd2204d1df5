"""Addresses that lead to the library: the app's root, and the gallery that it replaces."""

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from domain.core.errors import NotFound, Unauthenticated
from domain.moments.models import MomentFilter
from webapp.app.pages.library.state import Filters
from webapp.pages.context import Pages, Visit, to_sign_in

_TABS = {"clips": "clip", "snapshots": "snapshot"}
_WHEN = {"today": "day", "week": "week", "month": "month"}


def register(pages: Pages) -> None:
    """Add the redirects."""

    @ui.page("/")
    async def home(request: Request) -> Response | None:
        return await _lead(pages, request, _home_of)

    @ui.page("/gallery")
    async def gallery(request: Request) -> Response | None:
        async def find(pages: Pages, visit: Visit) -> str:
            return await _address_of(pages, visit, request.url.query)

        return await _lead(pages, request, find)


async def _lead(
    pages: Pages, request: Request, find: Callable[[Pages, Visit], Awaitable[str]]
) -> Response:
    visit = await pages.visit(request)
    try:
        address = await find(pages, visit) if visit else ""
    except Unauthenticated:  # signed out a moment ago
        address = ""
    return RedirectResponse(address, status_code=303) if address else to_sign_in(request)


async def _home_of(pages: Pages, visit: Visit) -> str:
    """Return where a user begins: the library, once there is something in it."""
    found = await pages.services.moments.list(visit.caller, MomentFilter(limit=1))
    return "/library" if found.items else "/live"


async def _address_of(pages: Pages, visit: Visit, query: str) -> str:
    """Return the library's address for the query of a gallery."""
    given = parse_qs(query, max_num_fields=50)
    one = {name: values[-1] for name, values in given.items()}
    filters = Filters.from_query(query)  # q, from and to, and a clip's status, are the same
    wanted = [
        ("q", filters.q),
        ("kind", _TABS.get(one.get("tab", ""), "")),
        *(("tag", each) for each in given.get("label", [])),
        *(("stream", each) for each in await _stream_ids(pages, visit, given.get("stream", []))),
        ("person", one.get("by", "")),
        ("status", "shared" if one.get("tab") == "shared" else filters.status),
        ("within", _WHEN.get(one.get("when", ""), "")),
        ("from", one.get("from", "")),
        ("to", one.get("to", "")),
        ("bin", "1" if one.get("status") == "deleted" else ""),
    ]
    equal = Filters.from_query(urlencode([(name, value) for name, value in wanted if value]))
    return equal.address(await _moment_of(pages, visit, one.get("open", "")))


async def _stream_ids(pages: Pages, visit: Visit, slugs: list[str]) -> list[str]:
    found = []
    for slug in slugs[:10]:
        try:
            found.append((await pages.services.streams.get(visit.caller, slug)).id)
        except NotFound:
            continue
    return found


async def _moment_of(pages: Pages, visit: Visit, capture_id: str) -> str:
    """Return the moment of an open clip or snapshot; empty: the list is shown."""
    services = pages.services
    service = services.clips if capture_id.startswith("clip_") else services.snapshots
    try:
        return (await service.get(visit.caller, capture_id)).moment_id if capture_id else ""
    except NotFound:
        return ""
