"""What search found, as the bar and the search page show it: in groups, in short pieces."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from domain.search import words
from domain.search.models import Hit

# Of each group: its heading, its chip, and its drawing.
GROUPS: Final[Mapping[str, tuple[str, str, str]]] = {
    "said": ("Said in videos", "Transcripts", "video"),
    "commits": ("Commits", "Commits", "commit"),
    "chats": ("Chats", "Chats", "chat"),
    "marks": ("Marks", "Marks", "mark"),
    "captures": ("Clips and snapshots", "Captures", "clip"),
    "moments": ("Moments", "Moments", "library"),
    "tracks": ("Tracks", "Tracks", "mark"),
}
_OF_KIND: Final = {"line": "said", "message": "chats", "track": "tracks"}
_OF_MOMENT: Final = {
    "commit": "commits",
    "mark": "marks",
    "clip": "captures",
    "snapshot": "captures",
}
_MOST: Final = 180  # characters of a passage that are shown
_BEFORE: Final = 60  # of them before the first word that was found


def group_of(hit: Hit) -> str:
    """Return the group of a hit."""
    return _OF_KIND.get(hit.kind) or _OF_MOMENT.get(hit.moment_kind or "", "moments")


def grouped(hits: Sequence[Hit]) -> dict[str, list[Hit]]:
    """Return hits by their group: that of the best one first."""
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(group_of(hit), []).append(hit)
    return groups


def pieces_of(hit: Hit) -> list[tuple[str, bool]]:
    """Return the part of a passage around what was found, as pieces that are marked or not."""
    text, marks = hit.text, list(hit.highlights)
    start = max(0, marks[0][0] - _BEFORE) if marks and len(text) > _MOST else 0
    start = 0 if start == 0 else text.find(" ", start) + 1 or start
    end = len(text) if len(text) <= start + _MOST else _cut(text, start + _MOST)
    pieces: list[tuple[str, bool]] = [("… ", False)] if start else []
    at = start
    for first, last in marks:
        if first < at or last > end:
            continue
        pieces += [(text[at:first], False), (text[first:last], True)]
        at = last
    pieces.append((text[at:end], False))
    if end < len(text):
        pieces.append((" …", False))
    return [piece for piece in pieces if piece[0]]


def title_of(hit: Hit, query: str) -> list[tuple[str, bool]]:
    """Return a hit's title in the same pieces; where no word is anywhere, those spelled alike."""
    asked = words.words_of(query)
    marks = words.highlights(asked, hit.title)
    if not marks and not hit.highlights and hit.match == "words":
        marks = words.alike_highlights(asked, hit.title)
    return pieces_of(replace(hit, text=hit.title, highlights=marks))


def text_of(hit: Hit) -> str:
    """Return the same as plain text."""
    return "".join(text for text, _ in pieces_of(hit))


def _cut(text: str, end: int) -> int:
    at = text.rfind(" ", 0, end)
    return at if at > end - 40 else end
