"""While somebody chooses a part: what is known of it, who saved it, and whether they did."""

from typing import Final

from domain.accounts.models import Caller, Role
from domain.accounts.rights import Rights
from domain.infra.base import Base
from domain.marks.links import Link
from domain.marks.models import Around, TrackSource
from domain.marks.rows import MarkRows
from domain.marks.service import ENRICH_JOB
from domain.marks.sums import Sums, Window

_MAX_PER_HOUR: Final = 300


class ChoosingService:
    """The service behind the page where marks are made."""

    def __init__(self, base: Base, rights: Rights, rows: MarkRows, sums: Sums) -> None:
        self._database = base.database
        self._queue = base.queue
        self._limiter = base.limiter
        self._rights = rights
        self._rows = rows
        self._sums = sums

    async def open(self, caller: Caller, link: Link) -> TrackSource | None:
        """Return the source of a link, and have its provider asked about it (members).

        Raises:
            RateLimited: The caller opened too many within the hour.
        """
        if link.provider == "moments":  # known by its moment once it is saved
            return None
        if caller.user_id is not None:
            await self._limiter.hit("marks.open", caller.user_id, _MAX_PER_HOUR, 3600)
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            source = await self._rows.add_source(link, actor.organization_id)
            asker = [actor.organization_id, actor.user_id] if actor.user_id else []
            args = {"source_id": source.id, "asker": asker}
            await self._queue.enqueue(ENRICH_JOB, args, key=source.id)
        return source

    async def around(
        self, caller: Caller, link: Link, start_ds: int, end_ds: int, *, other_than: str = ""
    ) -> Around:
        """Return who saved a part of a link's media; times are on its own timeline."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            source = await self._rows.source(link, actor.organization_id)
            if source is None:
                return Around(0, None)
            start_ds, end_ds = start_ds + source.offset_ds, end_ds + source.offset_ds
            window = Window("part", source.track_id, start_ds, end_ds)
            saved_by = (await self._sums.saved_by([window], actor))["part"]
            own_id = actor.user_id and await self._rows.own_near(
                actor.user_id, source.track_id, start_ds, end_ds, other_than
            )
            return Around(saved_by, own_id)
