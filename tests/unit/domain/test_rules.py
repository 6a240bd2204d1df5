"""Rules that need no database: ranges, names, slugs, masks, roles."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.rules import clean_email, clean_name
from domain.captures.models import NewClip
from domain.captures.ranges import must_record, read_range
from domain.core.errors import BadFields
from domain.core.slugs import slug_from
from domain.core.time import to_us
from domain.live.stream_rules import mask_url
from domain.live.wire import StreamStatus, Window
from domain.moments.archive import unique_names
from domain.moments.rules import clean_words, default_title, file_name

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
END = to_us(NOW)
STATUS = StreamStatus(
    stream_id="s", status="live", window=Window(start_us=END - 60_000_000, end_us=END)
)


@given(st.text(max_size=300))
def test_any_name_makes_a_slug_that_is_one(name: str) -> None:
    slug = slug_from(name, otherwise="stream")
    assert 1 <= len(slug) <= 50
    assert slug.strip("-") == slug
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://u:p@h:554/a?k=s#f", "rtsp://***@h:554/a?***"),
        ("rtsp://user@h/a", "rtsp://***@h/a"),
        ("http://h/a", "http://h/a"),
        ("rtsp://u:p@a@h/", "rtsp://***@h/"),
    ],
)
def test_credentials_are_masked(url: str, shown: str) -> None:
    assert mask_url(url) == shown


def test_a_range_up_to_the_newest_frame_is_cut_and_a_later_one_recorded() -> None:
    start = NOW - timedelta(seconds=10)
    exact = read_range(NewClip(start_ts=start, duration_ms=10_000), 120)
    longer = read_range(NewClip(start_ts=start, duration_ms=10_001), 120)
    assert not must_record(exact, STATUS, NOW)
    assert must_record(longer, STATUS, NOW)
    assert not must_record(read_range(NewClip(last_ms=120_000), 120), STATUS, NOW)


def test_a_start_near_the_end_of_time_is_a_bad_field() -> None:
    with pytest.raises(BadFields) as caught:
        read_range(NewClip(start_ts=datetime.max.replace(tzinfo=UTC), duration_ms=1000), 120)
    assert "start_ts" in caught.value.fields


@given(st.lists(st.sampled_from(["a.mp4", "A.mp4", "a (2).mp4", "b", ".x", "a.MP4"]), max_size=30))
def test_names_in_an_archive_never_meet(names: list[str]) -> None:
    unique = unique_names(names)
    assert len({name.casefold() for name in unique}) == len(names)


@given(st.text(max_size=400))
def test_any_title_makes_a_file_name(title: str) -> None:
    name = file_name(title, "video/mp4")
    assert name.endswith(".mp4")
    assert not set(name) & set('/\\<>:"|?*\0\n')
    assert len(name.encode()) <= 200


def test_captures_are_called_after_where_and_when() -> None:
    assert default_title("Garden", NOW) == "Garden 2026-11-21 12:00:00"


@given(st.lists(st.text(max_size=60), max_size=40))
def test_labels_are_tidied_or_refused(labels: list[str]) -> None:
    try:
        cleaned = clean_words(None, None, labels).tags or []
    except BadFields as error:
        fields = list(error.fields)
    else:
        fields = ["tags"]
        assert all(label == " ".join(label.split()) for label in cleaned)
        assert len(set(cleaned)) == len(cleaned) <= 30
    assert fields == ["tags"]


@given(st.text(max_size=120))
def test_names_end_up_on_one_printable_line(name: str) -> None:
    cleaned = clean_name(name)
    assert cleaned == clean_name(cleaned)
    assert "\n" not in cleaned
    assert clean_email(clean_email(name)) == clean_email(name)
