"""Moments at their own addresses, `/m/{slug}`."""

from collections.abc import Sequence
from typing import Final

from domain.core.slugs import slug_problem
from domain.infra.base import Base
from domain.moments.access import OPEN, Access, moment_deleted, no_moment
from domain.moments.models import Moment
from domain.sharing.models import Moved, PublicView
from domain.sharing.moments import COLUMNS, PublicMoments

_BY_SLUG: Final = f"""
SELECT {COLUMNS}, m.slug, m.visibility, m.source_id, m.deleted_at,
    o.name AS organization_name, u.name AS created_by_name
FROM moment_slug s
LEFT JOIN moments m ON m.id = s.moment_id
LEFT JOIN organization o ON o.id = m.organization_id
LEFT JOIN app_user u ON u.id = m.created_by
WHERE s.slug = $1
"""  # noqa: S608 (constants)


class MomentPages:
    """The service for anyone with a moment's address."""

    def __init__(self, base: Base, access: Access, moments: PublicMoments) -> None:
        self._database = base.database
        self._origin = base.settings.origin
        self._access = access
        self._moments = moments

    async def urls(self, moments: Sequence[Moment]) -> dict[str, str]:
        """Return the address of each moment's page that anybody may see."""
        seen = {m.id: m for m in moments if m.visibility in OPEN and m.deleted_at is None}
        sources = {moment.source_id for moment in seen.values()}
        is_open = {source: await self._access.is_source_open(source) for source in sources}
        return {m.id: self._url(m.slug) for m in seen.values() if m.slug and is_open[m.source_id]}

    async def listed(self, most: int) -> list[str]:
        """Return the paths of the newest public moments and of their tracks, for search engines."""
        where = await self._access.listed()
        rows = await self._database.fetch(
            "SELECT m.slug, CASE WHEN m.kind = 'mark' AND m.source ->> 'provider'"  # noqa: S608 (constants)
            " NOT IN ('file', 'moments') THEN m.source_id END AS track_id"
            f" FROM moments m WHERE {where.sql}"
            f" ORDER BY m.created_at DESC, m.id DESC LIMIT {where.argument(most)}",
            *where.arguments,
        )
        tracks = dict.fromkeys(row["track_id"] for row in rows if row["track_id"])
        return [f"/m/{row['slug']}" for row in rows] + [f"/t/{track_id}" for track_id in tracks]

    async def view(self, slug: str) -> PublicView | Moved:
        """Return what a moment shows, or its present slug if this is an earlier one.

        Raises:
            NotFound: There never was such a page, or it is not for everybody (any more).
            Gone: The moment was deleted (code `moment_deleted`).
        """
        if slug_problem(slug) is not None:
            raise no_moment()
        async with self._database.transaction():
            row = await self._database.fetchrow(_BY_SLUG, slug)
            if row is None:
                raise no_moment()
            if row["id"] is None:
                raise moment_deleted()
            await self._access.check_open(row["visibility"], row["source_id"], row["deleted_at"])
            if row["slug"] != slug:
                return Moved(row["slug"])
            [moment] = await self._moments.of_rows([row])
        return PublicView(
            url=self._url(slug),
            title=moment.title,
            organization_name=row["organization_name"],
            by=row["created_by_name"],
            moments=(moment,),
            is_listed=row["visibility"] == "public",
        )

    def _url(self, slug: str) -> str:
        return f"{self._origin}/m/{slug}"
