"""Texts of files as markup: colours for what is known, and nothing that runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.moments.diffs import files_of
from webapp.app.pages.library.colours import coloured
from webapp.app.pages.library.diffs import markup_of
from webapp.app.pages.library.readable import log, readable

_HOSTILE = "<img src=x onerror=alert(1)>&\"'"


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m on", '<span class="m-a-red">red</span> on'),
        ("\x1b[1;94mvite\x1b[m 5", '<span class="m-a-bold m-a-blue">vite</span> 5'),
        ("\x1b[1ma\x1b[22mb", '<span class="m-a-bold">a</span>b'),
        ("\x1b[38;5;2mok\x1b[39m!", '<span class="m-a-green">ok</span>!'),
        ("\x1b[38;2;1;31;32mno name\x1b[48;5;1m", "no name"),
        ("\x1b[2K\x1b[1Gdone\x1b]0;title\x07", "done"),
        ("\x1b[999999999999m\x1b[mx", "x"),
        ("broken \x1b[3", "broken \x1b[3"),
    ],
)
def test_a_log_keeps_its_colours(text: str, markup: str) -> None:
    assert log(text) == markup


def test_a_diff_is_read_file_by_file() -> None:
    text = (
        "diff --git a/old.css b/hero.css\nsimilarity index 90%\nrename from old.css\n"
        "rename to hero.css\n--- a/old.css\n+++ b/hero.css\n@@ -40,2 +41,3 @@ .hero\n same\n"
        "-block;\n+flex;\n+gap;\n--- a/gone.sql\n+++ /dev/null\n@@ -1 +0,0 @@\n--- comment\n"
    )
    hero, gone = files_of(text)
    assert (hero.name, hero.count("add"), hero.count("del")) == ("hero.css", 2, 1)
    assert [line.number for line in hero.lines if line.look == "add"] == [42, 43]
    assert (gone.name, gone.count("add"), gone.count("del")) == ("gone.sql", 0, 1)


def test_lines_that_look_like_names_stay_lines() -> None:
    [only] = files_of("--- a/x.sql\n+++ b/x.sql\n@@ -1,2 +1,2 @@\n--- old comment\n+++i;\n")
    assert (only.name, only.count("add"), only.count("del")) == ("x.sql", 1, 1)
    assert only.lines[-1].text == "+++i;"  # the last line's end begins no other line


@given(st.text(alphabet="+-@ ,1\nab/", max_size=80))
def test_any_diff_has_markup(text: str) -> None:
    for each in files_of(f"diff --git a/x b/x\n@@ -1,2 +1,2 @@\n{text}"):
        assert str(markup_of(each)).count("<span") == len(each.lines)


def test_configuration_and_code_have_colours() -> None:
    assert coloured("toml", 'name = "Moments"').endswith(
        '<span class="m-a-green">&#34;Moments&#34;</span>'
    )
    markup = readable("shop.conf", "# who\nport = 80", is_log=False, is_config=True)
    assert markup.startswith('<span class="m-a-dim"># who</span>')
    assert '<span class="m-a-blue">port</span>' in markup


def test_a_log_without_colours_gets_its_levels() -> None:
    text = "14:02:06 warn hero.jpg <b>\nan error 2"
    assert readable("a.log", text, is_log=True, is_config=False) == (
        '<span class="m-a-dim">14:02:06</span> <span class="m-a-yellow">warn</span> hero.jpg'
        ' &lt;b&gt;\nan <span class="m-a-red">error</span> 2'
    )


@pytest.mark.parametrize("name", ["a.log", "a.diff", "a.toml", "a.txt", "a.html", "a.svg"])
def test_words_of_files_are_only_words(name: str) -> None:
    text = f"+{_HOSTILE}\n{_HOSTILE} = 1\n\x1b[31m{_HOSTILE}"
    for is_log, is_config in ((True, False), (False, True), (False, False)):
        assert "<img" not in readable(name, text, is_log=is_log, is_config=is_config)


@given(st.text(alphabet="\x1b[]0123456789;:m<>&ab\n", max_size=60))
def test_any_log_has_markup(text: str) -> None:
    assert log(text).replace("<span", "").count("<") == log(text).count("</span>")
