"""Languages as codes and names."""

import pytest

from domain.insight.languages import code_of, name_of


@pytest.mark.parametrize(
    ("text", "code"),
    [("en", "en"), ("German", "de"), ("yue", "yue"), ("haitian creole", "ht"), ("", None)],
)
def test_servers_name_a_language_by_its_code_or_in_english(text: str, code: str | None) -> None:
    assert code_of(text) == code


def test_people_read_the_name_of_a_language() -> None:
    assert [name_of(code) for code in ("en", "yue", "xx")] == ["English", "Cantonese", "xx"]
