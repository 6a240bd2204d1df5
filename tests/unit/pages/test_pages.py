"""Small rules of the pages."""

import re

import pytest

from webapp import assets
from webapp.pages.error_page import trouble
from webapp.pages.posted import safe_next
from webapp.pages.theme import icon, initials, sign, size_text


@pytest.mark.parametrize(
    ("wanted", "goal"),
    [
        ("/library?status=shared", "/library?status=shared"),
        ("/watch/demo", "/watch/demo"),
        ("//evil.example", "/library"),
        ("/\\evil.example", "/library"),
        ("https://evil.example/", "/library"),
        ("", "/library"),
        (None, "/library"),
    ],
)
def test_sign_in_leads_nowhere_else(wanted: str | None, goal: str) -> None:
    assert safe_next(wanted) == goal


@pytest.mark.parametrize(
    ("name", "email", "letters"),
    [("Ada Lovelace", "a@b.c", "AL"), ("Ada", "a@b.c", "A"), ("", "grace@b.c", "G")],
)
def test_initials(name: str, email: str, letters: str) -> None:
    assert initials(name, email) == letters


def test_sizes_are_for_people() -> None:
    assert [size_text(n) for n in (0, 999, 1200, 34_000_000)] == ["0 B", "999 B", "1.2 kB", "34 MB"]


def test_icons_are_those_of_the_browser() -> None:
    assert "<path" in icon("live")
    assert "var(--ember)" in sign()


def test_what_a_page_is_given_is_escaped() -> None:
    page = bytes(trouble(404, "<b>", "&").body).decode()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


def test_an_error_page_keeps_the_account_menu() -> None:
    of_others = {"id": "org_2", "name": "Others"}
    me = {
        "name": "Ada",
        "email": "ada@example.org",
        "picture": None,
        "initials": "A",
        "role": "admin",
        "organization": "Ours",
        "organization_id": "org_1",
        "organizations": [{"id": "org_1", "name": "Ours"}, of_others],
    }
    page = bytes(trouble(404, "Not here", "It is gone", me=me).body).decode()
    assert 'popovertarget="m-account"' in page
    assert 'action="/sign-out"' in page
    assert 'value="org_2"' in page
    for script in re.findall(r'src="/static/\w+/(js/[^"]+)"', page):
        assert (assets.FOLDER / script).is_file()
