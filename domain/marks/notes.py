"""What people write beside a track's public marks, and the words that many of them use."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.infra.database import Database
from domain.marks.models import Theme
from domain.marks.periods import KEPT, Summed

_NOTES: Final = """
SELECT k.user_id, k.start_ds, k.end_ds, m.title, m.description FROM {marks} k
JOIN moments m ON m.id = k.moment_id
WHERE k.track_id = ANY($1::text[]) AND k.visibility = 'public' AND NOT k.is_deleted
    AND m.description <> ''
ORDER BY k.created_at DESC, k.moment_id DESC LIMIT 500
"""
_WORD: Final = re.compile(r"[^\W\d_]{3,30}")
_COMMON: Final = frozenset(
    _WORD.findall("""
about after again all also and any are because been before but can could der die das did
does down each ein eine est even ever every for from get gets had has have her here him his
how into its just les like more most much never not now off one only our out over own part
really right same she should some such than that the their them then there these they this
those too und under until very was were what when where which while who why will with would
you your
""")
)


@dataclass(frozen=True, slots=True)
class Note:
    """A public mark's note: its first line, and all of it."""

    user_id: str | None
    start_ds: int
    end_ds: int
    title: str
    text: str


async def public_notes(
    database: Database, track_ids: Sequence[str], summed: Summed = KEPT
) -> list[Note]:
    """Return the newest notes of tracks' public marks."""
    rows = await database.fetch(summed.sql(_NOTES), list(track_ids))
    return [Note(*row) for row in rows]


def themes(notes: Sequence[Note], most: int = 6) -> list[Theme]:
    """Return the words that at least two people use, and how many do."""
    people: dict[str, set[str]] = {}
    for note in notes:
        for word in {found.casefold() for found in _WORD.findall(note.text)} - _COMMON:
            people.setdefault(word, set()).add(note.user_id or "")
    shared = [Theme(word, len(users)) for word, users in people.items() if len(users) > 1]
    return sorted(shared, key=lambda theme: (-theme.people, theme.word))[:most]


def quote_of(notes: Sequence[Note], start_ds: int, end_ds: int) -> str | None:
    """Return the newest note within 2 s of a part at both ends."""
    near = (
        note.title
        for note in notes
        if abs(note.start_ds - start_ds) <= 20 and abs(note.end_ds - end_ds) <= 20
    )
    return next(near, None)
