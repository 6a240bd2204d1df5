"""What strangers and providers may send in place of texts, lengths, pictures and times."""

import json
import math

import pytest

from domain.core.errors import BadFields, MomentsError
from domain.core.untrusted import duration_ms, json_object, list_of, object_of, text
from domain.marks.providers.answers import picture
from domain.marks.providers.client import Answer
from domain.marks.providers.oembed import read_oembed
from domain.marks.times import check_times

TEXTS: list[tuple[object, str]] = [
    ("a\x00b\x07c", "abc"),
    ("\u202eevil\u2066", "evil"),
    ("\ud800x", "x"),
    ("two\nlines\tand\r\nmore", "two lines and more"),
    ("\u200b\ufeff\u200e", ""),
    ("  ", ""),
    ("x" * 10_000, "x" * 300),
    ("\x00" * 5000 + "late", ""),
    (None, ""),
    (5, ""),
    (True, ""),
    (["a"], ""),
    ({"$ne": ""}, ""),
    (b"bytes", ""),
]
LENGTHS: list[object] = [
    None, "216", "NaN", True, False, [], {}, 0, -1, -0.5, math.nan, math.inf, -math.inf, 1e300,
    10**400, -(10**400), 7 * 24 * 3600 + 1,
]  # fmt: skip
PICTURES: list[object] = [
    None, 5, "", "javascript:alert(1)", "data:image/png;base64,x", "//i.ytimg.com/x.jpg",
    "http://i.ytimg.com/x.jpg", "https://evil.example/i.ytimg.com", "https://i.ytimg.com.evil.example/x",
    "https://evil.example#i.ytimg.com", "https://user@i.ytimg.com/x.jpg", "https://xi.ytimg.com/x.jpg",
    "https://evilspotifycdn.com/x", "https://i.ytimg.com\n/x.jpg", "https://[/x", "https://i.ytimg.com/"
    + "x" * 600,
]  # fmt: skip
BODIES = [
    b"", b"null", b"[]", b"5", b'"x"', b"\xff\xfe", b"<html>", b"{", b'{"a":}', b"[" * 100_000,
    b'{"a":' * 50_000, b"NaN", b'{"title": NaN}',
]  # fmt: skip
TIMES = [
    (10, 10), (10, 5), (-1, 10), (-10, -5), (0, 0), (0, 10**9), (10**9, 10**9 + 1), (2**31, 2**40),
]  # fmt: skip
SCRIPTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "'; DROP TABLE marks; --",
    "\u202e<b>\x00",
]


@pytest.mark.parametrize(("value", "clean"), TEXTS)
def test_texts_become_one_clean_line(value: object, clean: str) -> None:
    assert text(value) == clean


@pytest.mark.parametrize("value", LENGTHS)
def test_no_media_has_such_a_length(value: object) -> None:
    assert duration_ms(value) is None
    assert duration_ms(value, unit_ms=1) is None or value == 7 * 24 * 3600 + 1


@pytest.mark.parametrize("value", PICTURES)
def test_only_the_providers_own_pictures_pass(value: object) -> None:
    assert picture(value) is None


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_no_object_is_nothing(body: bytes) -> None:
    assert json_object(body) is None
    assert read_oembed("youtube", Answer(200, body)) is None


@pytest.mark.parametrize("value", [None, 5, "x", True])
def test_what_has_the_wrong_form_is_empty(value: object) -> None:
    assert object_of(value) == {}
    assert list(list_of(value)) == []


@pytest.mark.parametrize(("start_ds", "end_ds"), TIMES)
def test_times_out_of_order_or_range_are_refused(start_ds: int, end_ds: int) -> None:
    with pytest.raises((BadFields, MomentsError)):
        check_times(start_ds, end_ds)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_of_a_provider_stays_a_text(script: str) -> None:
    said = {"title": script, "author_name": script, "html": script, "thumbnail_url": script}
    found = read_oembed("youtube", Answer(200, json.dumps(said).encode()))
    assert found is not None
    assert found.title == text(script)
    assert found.title.isprintable()
    assert found.thumbnail_url is None
