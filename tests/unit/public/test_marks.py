"""`/m/{slug}` of a mark and `/t/{id}`: heads, pictures, escaping and privacy, without a browser."""

import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from PIL import Image

from domain.marks.models import Heat
from domain.moments.models import MediaFile
from tests.fakes.public import ORIGIN, SOURCE, FakePublic, client_of
from webapp.public import cards
from webapp.public.heat import bars, lane_of
from webapp.public.qr import qr_svg

HOSTILE = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}"
PAGES = (
    *("/m/drop", "/m/drop/embed"),
    *("/t/track_1", "/t/track_1/embed", "/t/track_1/report", "/t/artist?name=Glass%20Harbour"),
    *("/c/night", "/c/night/embed", "/u/mira", "/u/mira?page=2", "/u/mira?kind=clip"),
)
_VOID = {"br", "circle", "hr", "img", "input", "link", "meta", "path"}


class Outline(HTMLParser):
    """What a page is made of, and what in it is not valid."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.wrong.append(f"an attribute of <{tag}> twice")
        if tag in {"p", "button", "a"} and self.open and self.open[-1] == "ul":
            self.wrong.append(f"<{tag}> in <ul>")
        if tag in {"a", "button"} and {"a", "button"} & set(self.open):
            self.wrong.append(f"<{tag}> in a control")
        if tag in {"div", "p", "ul", "ol", "section"} and {"p", "span", "h1"} & set(self.open):
            self.wrong.append(f"<{tag}> in {self.open}")
        self.tags.append((tag, dict(attrs)))
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")


@pytest.fixture
def public() -> FakePublic:
    return FakePublic()


@pytest_asyncio.fixture
async def http(public: FakePublic) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(public) as client:
        yield client


def tags_of(page: httpx.Response) -> dict[str, str]:
    found = re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', page.text)
    return {name: unescape(value) for name, value in found}


def outside(outline: Outline) -> set[str]:
    """Return the other origins that a page loads from."""
    loads = [
        value
        for tag, attrs in outline.tags
        for name, value in attrs.items()
        if value and (name in {"src", "poster", "data"} or (tag == "link" and name == "href"))
    ]
    return {url for url in loads if urlsplit(url).netloc and not url.startswith(ORIGIN)}


@pytest.mark.parametrize("path", PAGES)
async def test_pages_are_valid_small_and_load_nothing_from_elsewhere(
    http: httpx.AsyncClient, path: str
) -> None:
    page = await http.get(path)
    assert page.status_code == 200
    outline = Outline(page.text)
    assert (outline.wrong, outline.open) == ([], [])
    assert len(outline.ids) == len(set(outline.ids))
    assert [tag for tag, _ in outline.tags].count("h1") == 1
    assert outside(outline) == set()
    assert "ytimg" not in page.text
    assert page.text.index("</head>") < 16_000
    again = await http.get(path, headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert page.headers["cache-control"] == "public, max-age=30"


async def test_the_head_of_a_mark_suits_every_unfurler(http: httpx.AsyncClient) -> None:
    page = await http.get("/m/drop")
    tags = tags_of(page)
    assert tags["og:title"] == "That drop"
    assert tags["og:description"].startswith("That drop!\nRight when")
    assert (tags["twitter:card"], tags["twitter:player"]) == ("player", f"{ORIGIN}/m/drop/embed")
    assert not [name for name in tags if name.startswith("og:video")]
    assert (tags["og:image:width"], tags["og:image:height"]) == ("1200", "630")
    card = await http.get(tags["og:image"])
    assert (card.status_code, card.headers["content-type"]) == (200, "image/jpeg")
    assert len(card.content) <= 250_000
    assert Image.open(io.BytesIO(card.content)).size == (1200, 630)
    known = await http.get(tags["og:image"], headers={"If-None-Match": card.headers["etag"]})
    assert known.status_code == 304
    assert (await http.get("/m/drop/qr.svg")).headers["content-type"].startswith("image/svg+xml")


@pytest.mark.parametrize("path", ["/m/drop", "/m/earlier", "/t/track_1", "/c/night", "/c/earlier"])
async def test_oembed_is_a_video_with_a_frame_alone(http: httpx.AsyncClient, path: str) -> None:
    told = (await http.get("/oembed", params={"url": ORIGIN + path, "maxwidth": 320})).json()
    assert (told["version"], told["type"]) == ("1.0", "video")
    assert (told["width"], told["height"]) == (320, 240)
    assert re.fullmatch(r"<iframe [^<>]*></iframe>", told["html"])
    assert told["thumbnail_url"].endswith("/card.jpg")


async def test_oembed_is_answered_in_xml_too(http: httpx.AsyncClient) -> None:
    asked = {"url": f"{ORIGIN}/m/drop"}
    told = (await http.get("/oembed", params=asked)).json()
    answer = await http.get("/oembed", params=asked | {"format": "xml"})
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.text.startswith('<?xml version="1.0" encoding="utf-8" standalone="yes"?><oembed>')
    elements = re.findall(r"<(\w+)>([^<]*)</\1>", answer.text)
    assert {name: unescape(text) for name, text in elements} == {
        name: str(value) for name, value in told.items()
    }
    refused = await http.get("/oembed", params=asked | {"format": "yaml"})
    assert refused.status_code == 400


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/m/drop", "text/html; charset=utf-8"),
        ("/m/nothing", "text/html; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
    ],
)
async def test_a_character_set_is_named_once(
    http: httpx.AsyncClient, path: str, content_type: str
) -> None:
    assert (await http.get(path)).headers["content-type"] == content_type


async def test_a_mark_says_what_it_plays_and_how_to_save_it(
    http: httpx.AsyncClient, public: FakePublic
) -> None:
    page = await http.get("/m/drop")
    outline = Outline(page.text)
    [player] = [json.loads(a["data-stage"] or "") for _, a in outline.tags if "data-stage" in a]
    assert (player["source"]["provider"], player["source"]["id"]) == ("youtube", "dQw4w9WgXcQ")
    assert player["range"] == {"start": 45, "end": 60}
    [save] = [a["href"] or "" for _, a in outline.tags if "data-save" in a]
    wanted = {"url": [SOURCE.url], "start": ["45"], "end": ["60"], "of": ["drop"]}
    assert parse_qs(urlsplit(save).query) == wanted
    assert f'href="{SOURCE.url}&amp;t=45s"' in page.text
    for words in ("64</b>", "people saved this part", "Open at 0:45", "Mira Holt", "Night Ferry"):
        assert words in page.text
    away = replace(SOURCE, restrictions={"reason": "Not available in some countries."})
    public.mark = replace(public.mark, source=away, saved_by=0)
    page = await http.get("/m/drop")
    assert "data-stage>" in page.text
    assert "Not available in some countries." in page.text
    assert "A few people saved this part" in page.text


@pytest.mark.parametrize("path", ["/m/drop", "/t/track_1", "/c/night", "/u/mira"])
async def test_a_qr_code_is_the_page_s_address(http: httpx.AsyncClient, path: str) -> None:
    made = await http.get(f"{path}/qr.svg")
    assert made.content == qr_svg(ORIGIN + path)
    assert made.content != qr_svg(ORIGIN)


async def test_a_profile_shows_one_kind(http: httpx.AsyncClient) -> None:
    page = await http.get("/u/mira?kind=clip")
    assert "/m/lights" in page.text
    assert "/m/drop" not in page.text
    assert 'href="/u/mira?page=2&amp;kind=clip"' in page.text
    assert page.headers["x-robots-tag"] == "noindex"
    empty = await http.get("/u/mira?kind=snapshot")
    assert "No public snapshots yet." in empty.text
    assert (await http.get("/u/mira?kind=note")).status_code == 400


async def test_an_embed_leads_to_a_mark_of_one_s_own(http: httpx.AsyncClient) -> None:
    for path, way in (("/m/drop", f"{ORIGIN}/mark?"), ("/t/track_1", f"{ORIGIN}/t/track_1")):
        page = await http.get(f"{path}/embed")
        assert "Make your own mark" in page.text
        assert f'href="{way}' in page.text


async def test_few_saves_show_no_numbers(http: httpx.AsyncClient, public: FakePublic) -> None:
    public.best_part, public.heat = None, Heat(1, (0,) * 222)
    public.mark = replace(public.mark, saved_by=0)
    for path in ("/t/track_1", "/t/track_1/report", "/m/drop"):
        page = await http.get(path)
        assert page.status_code == 200
        assert "m-heat" not in page.text
    page = await http.get("/t/track_1")
    assert "No best part yet" in page.text
    assert page.headers["x-robots-tag"] == "noindex"
    assert (await http.get("/t/track_1/card.jpg")).status_code == 200


async def test_an_artist_s_report_names_what_anybody_may_know(
    http: httpx.AsyncClient, public: FakePublic
) -> None:
    track = await http.get("/t/track_1/report")
    assert 'href="/t/artist?name=Glass+Harbour"' in track.text
    page = await http.get("/t/artist", params={"name": "Glass Harbour"})
    for words in ("290</b>", "11 links, opened 408 times", "a few", "96 %", "They are not the"):
        assert words in page.text
    assert page.headers["x-robots-tag"] == "noindex"
    assert "/api/artists/report?format=csv&amp;name=Glass+Harbour" in page.text
    assert (await http.get("/t/artist", params={"name": "Nobody"})).status_code == 404
    assert (await http.get("/t/artist")).status_code == 400
    public.mark = replace(public.mark, source=replace(SOURCE, title=HOSTILE, artist=HOSTILE))
    for path in ("/t/track_1/report", "/t/artist?name=Glass%20Harbour"):
        assert "<script>alert" not in (await http.get(path)).text


async def test_a_report_is_of_the_period_that_its_address_names(http: httpx.AsyncClient) -> None:
    for path, table in (
        ("/t/track_1/report", "/api/tracks/track_1/report?format=csv"),
        ("/t/artist?name=Glass+Harbour", "/api/artists/report?format=csv&amp;name=Glass+Harbour"),
    ):
        page = await http.get(path)
        assert "saved at any time" in page.text
        assert 'aria-current="page" rel="nofollow">All time' in page.text
        join = "&amp;" if "?" in path else "?"
        assert f'href="{path}{join}period=30d"' in page.text
        page = await http.get(path, params={"name": "Glass Harbour", "period": "30d"})
        assert "What was saved since 23 October 2026." in page.text
        assert 'aria-current="page" rel="nofollow">30 days' in page.text
        assert f'href="{path}"' in page.text  # back to all of it
        assert f"{table}&amp;period=30d" in page.text.replace("?period", "&amp;period")
        wrong = await http.get(path, params={"name": "Glass Harbour", "period": "31d"})
        assert wrong.status_code == 400
    page = await http.get("/t/artist", params={"name": "Glass Harbour", "period": "30d"})
    assert 'href="/t/track_1/report?period=30d"' in page.text
    moved = await http.get("/t/track_0/report?period=30d")
    assert moved.headers["location"] == "/t/track_1/report?period=30d"


async def test_addresses_that_moved_are_gone_or_never_were(
    http: httpx.AsyncClient, public: FakePublic
) -> None:
    moved = await http.get("/m/earlier/card.jpg")
    assert (moved.status_code, moved.headers["location"]) == (301, "/m/drop/card.jpg")
    for path in ("/c/earlier", "/u/earlier"):
        assert (await http.get(path)).headers["location"] in {"/c/night", "/u/mira"}
    merged = await http.get("/t/track_0/report")
    assert (merged.status_code, merged.headers["location"]) == (301, "/t/track_1/report")
    absent = [await http.get(path) for path in ("/m/none", "/m/none/card.jpg", "/t/track_9")]
    public.visibility = "private"
    private = [await http.get(path) for path in ("/m/drop", "/m/drop/card.jpg", "/t/track_8")]
    for never, hidden in zip(absent, private, strict=True):  # an address tells nothing
        assert (never.status_code, hidden.status_code) == (404, 404)
        assert never.text == hidden.text
        assert dict(never.headers) == dict(hidden.headers)
    public.visibility, public.deleted = "public", True
    assert (await http.get("/m/drop")).status_code == 410


async def test_hostile_texts_are_escaped_everywhere(
    http: httpx.AsyncClient, public: FakePublic
) -> None:
    public.title = public.note = public.by = public.bio = HOSTILE
    source = replace(SOURCE, title=HOSTILE, artist=HOSTILE, url="javascript:alert(1)")
    public.mark = replace(public.mark, source=source)
    for path in PAGES:
        page = await http.get(path)
        outline = Outline(page.text)
        assert (outline.wrong, outline.open) == ([], [])
        assert "{{ 7*7 }}" in page.text
        assert [a for tag, a in outline.tags if tag == "img" and a.get("src") == "x"] == []
        assert [t for t, a in outline.tags if t == "script" and not a.get("src")] == []
        assert [a for _, a in outline.tags if (a.get("href") or "").startswith("javascript")] == []
    for path in (
        "/m/drop/card.jpg",
        "/t/track_1/card.jpg",
        "/c/night/card.jpg",
        "/u/mira/card.jpg",
    ):
        assert (await http.get(path)).status_code == 200
    told = (await http.get("/oembed", params={"url": f"{ORIGIN}/m/drop"})).json()
    assert "<script" not in told["html"]


async def test_a_collection_plays_what_has_a_player(http: httpx.AsyncClient) -> None:
    page = await http.get("/c/night")
    items = [
        json.loads(a["data-item"] or "") for _, a in Outline(page.text).tags if "data-item" in a
    ]
    assert [item["source"]["provider"] for item in items] == ["youtube", "moments"]
    assert [item["range"] for item in items] == [{"start": 45, "end": 60}, {"start": 0, "end": 26}]
    assert items[1]["source"]["url"] == f"{ORIGIN}/m/lights/media.mp4"
    assert "Not played here" in page.text
    assert "3 moments, 0:41" in page.text


async def test_a_collection_and_a_profile_show_pictures_where_there_are_some(
    http: httpx.AsyncClient, public: FakePublic
) -> None:
    poster = MediaFile("bucket", "key", "image/jpeg", 1, "preview.jpg")
    shown = replace(public.clip.items[0], poster=poster)
    public.clip = replace(public.clip, items=(shown,))
    queue = Outline((await http.get("/c/night")).text).tags
    pictures = [a["src"] for tag, a in queue if tag == "img" and a.get("class") == "m-qpic"]
    assert pictures == [f"{ORIGIN}/m/lights/thumbnail.jpg"]
    assert [tag for tag, a in queue if a.get("class") == "m-qpic"] == ["span", "img", "span"]
    page = (await http.get("/u/mira")).text
    assert (
        '<span class="m-face_ m-mosaic"><img loading="lazy" src="/m/lights/thumbnail.jpg"' in page
    )
    assert "0:45" in page


async def test_anybody_can_report_a_moment(http: httpx.AsyncClient, public: FakePublic) -> None:
    form = await http.get("/m/drop/report")
    assert Outline(form.text).wrong == []
    sent = await http.post("/m/drop/report", data={"reason": "spam", "details": "Again"})
    assert sent.status_code == 200
    assert "Thank you" in sent.text
    assert public.reports == [("spam", "Again")]
    wrong = await http.post("/m/drop/report", data={"reason": "spam", "details": HOSTILE * 99})
    assert wrong.status_code == 400
    assert "<script>alert" not in wrong.text
    assert (await http.post("/m/none/report", data={"reason": "spam"})).status_code == 404


async def test_search_engines_get_addresses(http: httpx.AsyncClient) -> None:
    robots = (await http.get("/robots.txt")).text
    assert f"Sitemap: {ORIGIN}/sitemap.xml" in robots
    sitemap = (await http.get("/sitemap.xml")).text
    for path in ("/m/drop", "/t/track_1", "/u/mira"):
        assert f"<loc>{ORIGIN}{path}</loc>" in sitemap


def test_cards_write_what_their_font_has() -> None:
    plain = cards.draw(cards.Card("Wörter", "Łódź"))
    assert cards.draw(cards.Card("Wörter 🌊", "Łódź 夜")) == plain
    assert (
        len(cards.draw(cards.Card("W" * 5000, "x " * 900, "y" * 900, (1.0,) * 160, 0, 1))) < 250_000
    )


def test_bars_keep_the_peaks() -> None:
    assert bars((0, 0, 4, 2)) == [0, 0, 1, 0.5]
    assert max(bars((0,) * 599 + (9,))) == 1
    assert len(bars((1,) * 600)) <= 160
    assert bars((0, 0)) == []
    lane = lane_of(None, 10, 20, 100)
    assert lane is not None
    assert (lane.left, lane.width, lane.paths) == (10, 10, [])
    assert lane_of(Heat(1, (0,)), 10, 20, None) is None
