"""Short links: where they lead, and what is not believed of their hosts."""

from typing import cast

import pytest

from domain.core.errors import BadInput, Unavailable
from domain.infra.http.safe_http import FetchedBody, Policy, SafeFetcher
from domain.marks.links import parse_link
from domain.marks.short_links import ShortLinks

SONG = "https://open.spotify.com/track/4PTG3Z6ehGkBFwjybzWkR8"
SHORT = "https://spotify.link/AbCdEfGh12"


class Host:
    """A short link's host, as the guarded client reports it: an address after redirects, a page."""

    def __init__(self, url: str, page: str = "") -> None:
        self.url = url
        self._page = page.encode()

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        piece, self._page = self._page[:size], self._page[size:]
        return piece

    def __enter__(self) -> "Host":
        return self

    def __exit__(self, *_: object) -> None:
        pass


class ScriptedFetcher(SafeFetcher):
    """Answers as told, and counts."""

    def __init__(self, answer: Host | Exception) -> None:
        super().__init__(Policy.PUBLIC_ONLY)
        self.answer = answer
        self.calls: list[str] = []

    def open_sync(self, url: str, **_: object) -> FetchedBody:
        """Return the answer, or raise it."""
        self.calls.append(url)
        if isinstance(self.answer, Exception):
            raise self.answer
        return cast(FetchedBody, self.answer)


async def opened(url: str, answer: Host | Exception, *, is_on: bool = True) -> str:
    """Return where a link leads."""
    fetcher = ScriptedFetcher(answer)
    try:
        link = await ShortLinks(lambda: fetcher, is_on=is_on).open(parse_link(url))
    finally:
        fetcher.close()
    is_asked = is_on and parse_link(url).kind == "short"
    assert fetcher.calls == ([url] if is_asked else [])
    return link.url


PLACES = [
    (SHORT, Host(f"{SONG}?si=x&utm_source=y"), SONG),
    (SHORT, Host("https://spotify.link/AbCdEfGh12", f"<a href='{SONG}?si=1'>Open</a>"), SONG),
    (SHORT, Host(SHORT, f"https://evil.example/x https://www.spotify.com/about {SONG}"), SONG),
    (
        "https://on.soundcloud.com/AbCdE",
        Host("https://soundcloud.com/faithless/insomnia?ref=clipboard"),
        "https://soundcloud.com/faithless/insomnia",
    ),
    (SONG, Host("https://evil.example/"), SONG),
]


@pytest.mark.parametrize(("url", "answer", "target"), PLACES)
async def test_a_short_link_leads_to_its_item(url: str, answer: Host, target: str) -> None:
    assert await opened(url, answer) == target


NOWHERE = [
    Host("https://evil.example/"),
    Host("http://127.0.0.1/admin"),
    Host("https://open.spotify.com.evil.example/track/4PTG3Z6ehGkBFwjybzWkR8"),
    Host("https://open.spotify.com/playlist/4PTG3Z6ehGkBFwjybzWkR8"),
    Host("https://www.youtube.com/watch?v=dQw4w9WgXcQ"),  # another provider
    Host("https://spotify.link/Another123"),  # and another short one
    Host("javascript:alert(1)"),
    Host(SHORT, "x" * 200_000 + SONG),
    Host(SHORT, " ".join(f"https://evil.example/{n}" for n in range(100)) + " " + SONG),
    BadInput("No.", code="unsafe_url"),
    Unavailable("It does not answer."),
]


@pytest.mark.parametrize("answer", NOWHERE)
async def test_anything_else_stays_a_short_link(answer: Host | Exception) -> None:
    assert await opened(SHORT, answer) == SHORT


async def test_nobody_is_asked_where_the_operator_says_no() -> None:
    assert await opened(SHORT, Host(SONG), is_on=False) == SHORT
