"""The slugs of moments: assigned when a page becomes public, and never reused."""

import secrets
from typing import Final

from domain.core.errors import Conflict
from domain.core.slugs import slug_from
from domain.core.time import Clock
from domain.infra.database import Database
from domain.moments.access import OPEN
from domain.moments.tables import Moments

_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_LETTERS: Final = 12  # 60 bits: the address of an unlisted moment is its only protection


class Slugs:
    """Writes slugs; the caller opens the transaction and has locked the moment.

    `moment_slug` has each slug that a moment has or had, and keeps it when the moment is purged, so
    that an old address never shows something else.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def settle(self, moment_id: str, wanted: str | None = None) -> None:
        """Assign the requested slug, or a first one as soon as the moment is public or unlisted.

        Only a public moment can have a chosen slug: others must be unguessable.

        Raises:
            Conflict: Another moment has or had the slug (code `slug_taken`).
        """
        row = await self._database.fetchrow(
            "SELECT m.title, m.kind, m.visibility, m.slug, EXISTS (SELECT 1 FROM moment_slug s"
            " WHERE s.slug = $2 AND s.moment_id = m.id) AS is_own FROM moments m WHERE m.id = $1",
            moment_id,
            wanted,
        )
        if row is None:
            return
        if wanted is None:
            if row["slug"] is not None or row["visibility"] not in OPEN:
                return
            slug = unguessable(slug_from(row["title"], otherwise=row["kind"]))
        elif row["visibility"] == "public" or row["is_own"]:
            slug = wanted
        else:
            slug = unguessable(wanted)
        await self._claim(moment_id, slug)
        await Moments.update({Moments.slug: slug}).where(Moments.id == moment_id)

    async def _claim(self, moment_id: str, slug: str) -> None:
        claimed = await self._database.fetchval(
            "INSERT INTO moment_slug (slug, moment_id, created_at) VALUES ($1, $2, $3)"
            " ON CONFLICT (slug) DO UPDATE SET moment_id = excluded.moment_id"
            " WHERE moment_slug.moment_id = excluded.moment_id RETURNING slug",
            slug,
            moment_id,
            self._clock.now(),
        )
        if claimed is None:
            raise Conflict("This slug is taken. Choose another one.", code="slug_taken")


def unguessable(readable: str) -> str:
    """Return a slug that reads like a text and that nobody can guess."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_RANDOM_LETTERS))
    return f"{readable[:50].strip('-')}-{letters}"
