"""A commit's diff on its moment's page, file by file."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from domain.moments.diffs import FileDiff, Line
from webapp.app.kit.elements import El, plural

_OPEN_LINES: Final = 200  # files begin open until so many lines are shown
_MAX_FILES: Final = 30


def markup_of(each: FileDiff) -> Markup:
    """Return a file's lines as markup; every text is escaped."""
    return Markup("").join(map(_line_markup, each.lines))


def _line_markup(line: Line) -> Markup:
    number = "" if line.number is None else Markup(' data-n="{}"').format(line.number)
    return Markup('<span class="m-d-{}"{}>{}</span>').format(line.look, number, line.text or " ")


def draw_diff(files: Sequence[FileDiff], *, is_whole: bool) -> None:
    """Draw a diff; the first files are open."""
    added, removed = (sum(each.count(look) for each in files) for look in ("add", "del"))
    with El("div", "m-diffs"):
        with El("div", "m-row m-mdiff"):
            with El("h2", "m-grow", "Diff "):
                El("span", "m-3 m-sm", plural(len(files), "file"))
            _draw_counts(added, removed)
        shown = 0
        for each in files[:_MAX_FILES]:
            _draw_file(each, is_open=shown < _OPEN_LINES)
            shown += len(each.lines)
        if not is_whole or len(files) > _MAX_FILES:
            El("p", "m-3 m-sm", "This is the beginning; the API returns all of it.")


def _draw_file(each: FileDiff, *, is_open: bool) -> None:
    name = each.name or "Changes"
    with El("details", "m-dfile", open=is_open or None):
        with El("summary", "m-row"):
            El("span", "m-grow m-cut m-mono m-sm", name)
            _draw_counts(each.count("add"), each.count("del"))
        markup = str(markup_of(each))
        label = f"Diff of {name}"
        El("pre", "m-code", tabindex="0", role="region", aria_label=label, innerHTML=markup)


def _draw_counts(added: int, removed: int) -> None:
    El("span", "m-ok m-sm", f"+{added}")
    El("span", "m-bad m-sm", f"\N{MINUS SIGN}{removed}")
