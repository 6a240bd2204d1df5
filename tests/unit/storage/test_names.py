"""File names, response headers, signed URLs, ranges and the breaker: rules without I/O."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.core.errors import Forbidden
from domain.core.secrets import Keyring
from domain.infra.breaker import Breaker
from domain.infra.storage.file_urls import FileUrls
from domain.infra.storage.objects import Layout, check_names, safe_file_name
from domain.infra.storage.presentation import disposition, served_type
from tests.fakes.clock import FakeClock
from webapp.edge.ranges import NotSatisfiable, parse_range


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("clip.mp4", "clip.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("  größe  2.png ", "größe 2.png"),
        ("a\x00b\u202egpj.exe", "abgpj.exe"),
        (".htaccess", "htaccess"),
        ("...", "file"),
        ("", "file"),
        ("é" * 300 + ".jpeg", "é" * 72 + ".jpeg"),
    ],
)
def test_a_name_is_only_a_name(name: str, safe: str) -> None:
    assert safe_file_name(name) == safe


@given(st.text(max_size=400))
def test_any_name_can_be_a_key(name: str) -> None:
    safe = safe_file_name(name)
    check_names("moments-org-1", f"moment_1/asset_1-{safe}")
    assert safe_file_name(safe) == safe


def test_a_shared_bucket_keeps_organisations_apart() -> None:
    shared = Layout("all")
    assert (shared.bucket("org_A"), shared.key("org_A", "m/a")) == ("all", "org_A/m/a")
    assert (Layout().bucket("org_A"), Layout().key("org_A", "m/a")) == ("moments-org-a", "m/a")


def test_what_could_run_is_bytes() -> None:
    assert served_type("Image/SVG+xml; charset=x") == "application/octet-stream"
    assert served_type("video/mp4") == "video/mp4"
    assert disposition("a.html", "text/html", inline=True).startswith("attachment")
    assert disposition("a.zip", "application/zip", inline=True).startswith("attachment")
    assert disposition("a.mp4", "video/mp4", inline=True).startswith("inline")
    assert disposition('a"\r\nx: y.png', "image/png", inline=True) == (
        "inline; filename=\"a___x: y.png\"; filename*=UTF-8''a%22%0D%0Ax%3A%20y.png"
    )


def test_names_in_any_language_are_saved() -> None:
    line = disposition('Gärten "1" 50%\r\nx.mp4', "video/mp4", inline=False)
    assert line.startswith('attachment; filename="G_rten _1_ 50___x.mp4"')
    assert "filename*=UTF-8''G%C3%A4rten" in line


def test_a_signed_url_expires_and_binds() -> None:
    clock = FakeClock()
    urls = FileUrls("https://x", Keyring(b"k" * 32), clock)
    url = urls.signed_put("b-1", "m/a", content_type="image/png", size=3, lifetime_s=60)
    query = dict(part.split("=", 1) for part in url.partition("?")[2].split("&"))
    query["type"] = "image/png"
    assert urls.check("PUT", "b-1", "m/a", query).size == 3
    for change in ({"size": "4"}, {"type": "text/html"}, {"exp": "9999999999"}, {"name": "x"}):
        with pytest.raises(Forbidden):
            urls.check("PUT", "b-1", "m/a", {**query, **change})
    with pytest.raises(Forbidden):
        urls.check("GET", "b-1", "m/a", query)
    with pytest.raises(Forbidden):
        urls.check("PUT", "b-1", "m/a", {**query, "sig": "é"})
    with pytest.raises(Forbidden):
        FileUrls("https://x", Keyring(b"other"), clock).check("PUT", "b-1", "m/a", query)
    clock.advance(60)
    with pytest.raises(Forbidden) as caught:
        urls.check("PUT", "b-1", "m/a", query)
    assert caught.value.code == "expired"


@given(st.text(alphabet="bytes=0123456789-, ", max_size=30), st.integers(0, 50))
def test_any_range_lies_in_the_file(header: str, size: int) -> None:
    try:
        found = parse_range(header, None, size, '"1"')
    except NotSatisfiable:
        return
    if found is not None:
        assert 0 <= found[0] < found[1] <= size


def test_ranges() -> None:
    def parse(header: str) -> tuple[int, int] | None:
        return parse_range(header, None, 10, '"1"')

    assert parse("bytes=0-") == (0, 10)
    assert parse("bytes=2-4") == (2, 5)
    assert parse("bytes=-3") == (7, 10)
    assert parse("bytes=-30") == (0, 10)
    assert parse("bytes=5-99") == (5, 10)
    assert parse("bytes=1-2,4-5") is None
    assert parse("items=1-2") is None
    assert parse("bytes=4-2") is None
    assert parse_range("bytes=2-4", '"2"', 10, '"1"') is None
    for header in ("bytes=10-", "bytes=-0"):
        with pytest.raises(NotSatisfiable):
            parse(header)


def test_a_breaker_opens_waits_longer_and_closes() -> None:
    now = 0.0
    breaker = Breaker(first_s=1, longest_s=3, monotonic=lambda: now)
    assert not breaker.is_open
    assert breaker.failed()
    assert not breaker.failed()  # others notice the same outage
    assert (breaker.is_open, breaker.probe_in_s) == (True, 1)
    waits = []
    for _ in range(3):
        now += breaker.probe_in_s
        breaker.failed()
        waits.append(breaker.probe_in_s)
    assert waits == [2, 3, 3]
    assert breaker.succeeded()
    assert not breaker.is_open
