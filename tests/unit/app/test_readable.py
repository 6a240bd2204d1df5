"""Texts of files as markup: colours for what is known, and nothing that runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.app.pages.library.readable import changed, config, diff, log, readable

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


def test_a_diff_is_told_line_by_line() -> None:
    text = "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-old\n+new\n same\n"
    assert changed(text) == (1, 1)
    looks = [part.partition('"')[0] for part in diff(text).split('class="m-d-')[1:]]
    assert looks == ["file", "file", "file", "hunk", "del", "add", "same"]


def test_configuration_sets_keys_and_comments_apart() -> None:
    text = '# who\n[shop]\n  name = "Moments"\nport: 80\nplain'
    assert config(text).splitlines() == [
        '<span class="m-a-dim"># who</span>',
        '<span class="m-a-bold">[shop]</span>',
        '  <span class="m-a-blue">name</span> = &#34;Moments&#34;',
        '<span class="m-a-blue">port</span>: 80',
        "plain",
    ]


@pytest.mark.parametrize("name", ["a.log", "a.diff", "a.toml", "a.txt"])
def test_words_of_files_are_only_words(name: str) -> None:
    text = f"+{_HOSTILE}\n{_HOSTILE} = 1\n\x1b[31m{_HOSTILE}"
    for is_log, is_config in ((True, False), (False, True), (False, False)):
        assert "<img" not in readable(name, text, is_log=is_log, is_config=is_config)


@given(st.text(alphabet="\x1b[]0123456789;:m<>&ab\n", max_size=60))
def test_any_log_has_markup(text: str) -> None:
    assert log(text).replace("<span", "").count("<") == log(text).count("</span>")
