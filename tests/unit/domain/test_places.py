"""Addresses that people wrote, as public pages may show them."""

import pytest

from domain.moments.models import MediaSource
from domain.sharing.places import place_of, public_address, safe_url


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " https://h/",
        "https://h/\n",
        "https://h/\u202e",
        "data:text/html,x",
        "//evil.example",
        "https:///x",
        "https://[",
        "https://h:x/",
        "ftp://h/",
        "",
        None,
        7,
        {"url": "https://h/"},
    ],
)
def test_what_is_no_web_address_is_not_linked(text: object) -> None:
    assert safe_url(text) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://x-token:secret@git.example/shop.git", "https://git.example/shop.git"),
        ("https://git.example/shop?token=secret#secret", "https://git.example/shop"),
        ("ssh://git:secret@git.example:22/shop.git", "ssh://git.example:22/shop.git"),
        ("git@git.example:org/shop.git", "git@git.example:org/shop.git"),
        ("https://a:secret@[", None),
        ("web-shop", "web-shop"),
        (["web-shop"], None),
    ],
)
def test_a_repositorys_address_shows_no_secret(text: object, shown: str | None) -> None:
    assert public_address(text) == shown


@pytest.mark.parametrize(
    ("source", "opened"),
    [
        (MediaSource("youtube", "a b"), ("https://www.youtube.com/watch?v=a+b&t=45s", True)),
        (
            MediaSource("YouTube", url="https://youtu.be/abc?t=1&list="),
            ("https://youtu.be/abc?list=&t=45s", True),
        ),
        (MediaSource("vimeo", "1"), ("https://vimeo.com/1#t=45s", True)),
        (
            MediaSource("dailymotion", url="https://d.example/v"),
            ("https://d.example/v?start=45", True),
        ),
        (MediaSource("spotify", "abc"), ("https://open.spotify.com/track/abc", False)),
        (MediaSource("other", url="https://o.example/x?t=1"), ("https://o.example/x?t=1", False)),
        (MediaSource("youtube", url="javascript:alert(1)"), (None, False)),
        (MediaSource("other", "../x"), (None, False)),
    ],
)
def test_a_place_opens_at_its_start_where_the_provider_can(
    source: MediaSource, opened: tuple[str | None, bool]
) -> None:
    place = place_of(source, 45, 60)
    assert (place.url, place.opens_at_start) == opened
