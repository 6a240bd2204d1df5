"""Opens short links, whose target only their host knows (`spotify.link`, `on.soundcloud.com`)."""

import asyncio
from collections.abc import Callable
from typing import Final

from domain.core.errors import BadFields, MomentsError
from domain.core.log import get_logger
from domain.infra.http.safe_http import SafeFetcher
from domain.marks.links import Link, first_link, parse_link

log = get_logger(__name__)

_TOTAL_S: Final = 4.0
_READ_BYTES: Final = 64 * 1024
_MOST_LINKS: Final = 50


class ShortLinks:
    """Asks a short link's host; somebody waits for the answer, so it is given little time."""

    def __init__(self, fetcher: Callable[[], SafeFetcher], *, is_on: bool) -> None:
        self._fetcher = fetcher
        self._is_on = is_on

    async def open(self, link: Link) -> Link:
        """Return the link that a short one leads to at the same provider, or the link itself."""
        if link.kind != "short" or not self._is_on:
            return link
        try:
            url, page = await asyncio.to_thread(self._ask, link.url)
        except MomentsError as error:
            log.info("short_link_not_opened", provider=link.provider, reason=error.message)
            return link
        return _found(link, url) or _on_page(link, page) or link

    def _ask(self, url: str) -> tuple[str, str]:
        with self._fetcher().open_sync(url, total_s=_TOTAL_S, any_status=True) as body:
            page = bytearray()
            while len(page) < _READ_BYTES and (piece := body.read(_READ_BYTES)):
                page += piece
            return body.url, page.decode("utf-8", "replace")


def _found(short: Link, url: str) -> Link | None:
    try:
        link = parse_link(url)
    except BadFields:
        return None
    return link if link.provider == short.provider and link.kind != "short" else None


def _on_page(short: Link, page: str) -> Link | None:
    """Return the first link of an item on a page: some hosts redirect by script."""
    rest = page
    for _ in range(_MOST_LINKS):
        url = first_link(rest)
        if url is None:
            return None
        if link := _found(short, url):
            return link
        rest = rest[rest.index(url) + len(url) :]
    return None
