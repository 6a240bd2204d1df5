"""Rows of moments: shared by every kind."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from domain.accounts.models import Actor
from domain.core.errors import NotFound
from domain.core.ids import is_id, new_id
from domain.core.time import Clock
from domain.infra.database import Database
from domain.infra.indexing import index_later
from domain.infra.queue import Queue
from domain.moments.access import OPEN, Access, condition
from domain.moments.mention_names import mention_later
from domain.moments.models import (
    Moment,
    MomentChange,
    NewMoment,
    Visibility,
)
from domain.moments.row_values import Origin, moment_of, speakers_json
from domain.moments.search import Where
from domain.moments.slugs import Slugs
from domain.moments.tables import Moments

# The searched words are long, and nobody reads them back.
_COLUMNS: Final = ", ".join(
    f"m.{column._meta.name}" for column in Moments._meta.columns if column is not Moments.search
)
_SELECT: Final = f"""
SELECT {_COLUMNS}, u.email AS user_email, u.name AS user_name,
    v.name AS vm_name, v.created_at AS vm_created_at, v.last_seen_at AS vm_last_seen_at,
    (SELECT count(*) FROM moment_assets a WHERE a.moment_id = m.id AND a.purpose = 'media')
        AS asset_count
FROM moments m
LEFT JOIN app_user u ON u.id = m.created_by
LEFT JOIN vms v ON v.id = m.vm_id
"""  # noqa: S608 (constants)

# What was found in a video tells what the video says; what somebody shared stays shared.
_HIDE_PARTS: Final = """
UPDATE moments SET visibility = 'private' WHERE visibility = 'organization' AND id IN (
    SELECT f.moment_id FROM video_moments f JOIN videos v ON v.id = f.video_id
    WHERE v.moment_id = $1)
"""


class MomentRecords:
    """Reads and writes; the caller opens the transaction and has loaded the rights."""

    def __init__(self, database: Database, clock: Clock, access: Access) -> None:
        self._database = database
        self._clock = clock
        self._access = access
        self._slugs = Slugs(database, clock)
        self._queue = Queue(database)

    def new_id(self) -> str:
        """Return an id for a new moment."""
        return new_id("moment")

    async def where(self, actor: Actor, *, organization: str = "m.organization_id") -> Where:
        """Return the condition for what an actor can see, for a query over `moments m`.

        Args:
            actor: Who asks.
            organization: The column that chooses the organisation; of two tables that are joined,
                one is enough, and the planner takes both for a coincidence.
        """
        arguments = await self._access.arguments(actor)
        return Where(condition(actor), arguments, organization=organization)

    async def shared(self) -> Where:
        """Return the condition for what all members of its organisation see, for `moments m`."""
        return await self._access.shared()

    async def where_about(self, actor: Actor, *, organization: str, moment: str) -> Where:
        """Return the condition for rows about a moment that an actor can see, or about none.

        The query joins `moments m`; `$3` is the actor's user.

        Args:
            actor: Who asks.
            organization: The row's column of its organisation.
            moment: The row's column of its moment.
        """
        seen = f"m.deleted_at IS NULL AND {condition(actor)}"
        return Where(
            f"{organization} = $1 AND ({moment} IS NULL OR ({seen}))",
            await self._access.arguments(actor),
        )

    async def insert(
        self,
        moment_id: str,
        organization_id: str,
        new: NewMoment,
        *,
        created_by: str | None,
        created_by_vm: str | None = None,
        source: Origin | None = None,
    ) -> None:
        """Insert a moment."""
        git, insight, now = new.git, new.insight, self._clock.now()
        source_id, source_name, stream_id = source or (None, None, None)
        is_commit = git.commit_hash is not None or git.branch is not None
        await Moments.insert(
            Moments(
                id=moment_id,
                organization_id=organization_id,
                created_by=created_by,
                created_by_vm=created_by_vm,
                vm_id=new.vm_id,
                kind=new.kind or ("commit" if is_commit else "note"),
                title=new.title,
                description=new.description,
                tags=list(new.tags),
                metadata=json.dumps(dict(new.metadata)),
                visibility=new.visibility,
                source_id=source_id,
                source_name=source_name,
                stream_id=stream_id,
                source=json.dumps(asdict(new.source)) if new.source else None,
                start_s=new.start_s,
                end_s=new.end_s,
                git_branch=git.branch,
                git_commit_hash=git.commit_hash,
                git_commit_message=git.commit_message,
                git_author=git.author,
                git_author_email=git.author_email,
                git_commit_date=git.commit_date,
                git_diff=git.diff,
                images=list(insight.images),
                speakers=speakers_json(insight.speakers),
                key_emotions=list(insight.key_emotions),
                emotion_tags=list(insight.emotion_tags),
                topic_tags=list(insight.topic_tags),
                created_at=now,
                updated_at=now,
            )
        )
        if new.slug is not None or new.visibility in OPEN:
            await self._slugs.settle(moment_id, new.slug)
        await index_later(self._queue, "moment", moment_id)
        await mention_later(self._queue, moment_id, new.description)

    async def hides(self, actor: Actor, moment_ids: Sequence[str]) -> bool:
        """Return whether any of these moments exists and is hidden from an actor."""
        where = Where("true", await self._access.arguments(actor))
        where.add(f"NOT coalesce(m.organization_id = $1 AND {condition(actor)}, false)")
        where.add_if("m.id = ANY({}::text[])", list(moment_ids))
        found = await self._database.fetchval(
            f"SELECT EXISTS (SELECT 1 FROM moments m WHERE {where.sql})",  # noqa: S608 (constants)
            *where.arguments,
        )
        return bool(found)

    async def seen(self, actor: Actor, moment_ids: Collection[str]) -> set[str]:
        """Return which of these moments an actor can see."""
        if not moment_ids:
            return set()
        where = await self.where(actor)
        where.add("m.deleted_at IS NULL")
        where.add_if("m.id = ANY({}::text[])", list(moment_ids))
        rows = await self._database.fetch(
            f"SELECT m.id FROM moments m WHERE {where.sql}",  # noqa: S608 (constants)
            *where.arguments,
        )
        return {row["id"] for row in rows}

    async def find(
        self, actor: Actor, moment_id: str, *, is_deleted: bool | None = False, lock: bool = False
    ) -> Moment:
        """Return a moment that an actor can see; `is_deleted=None` accepts either.

        Raises:
            NotFound: It is absent, another organisation's, or hidden from them.
        """
        [moment] = await self.many(actor, [moment_id], is_deleted=is_deleted, lock=lock)
        return moment

    async def many(
        self,
        actor: Actor,
        moment_ids: Sequence[str],
        *,
        is_deleted: bool | None = False,
        lock: bool = False,
    ) -> list[Moment]:
        """Return moments in the order of the given ids.

        Raises:
            NotFound: One of them is absent, another organisation's, or hidden from the actor.
        """
        ids = list(dict.fromkeys(text.replace("\0", "") for text in moment_ids))
        where = await self.where(actor)
        where.add_if("m.id = ANY({}::text[])", ids)
        if is_deleted is not None:
            where.add("m.deleted_at IS NOT NULL" if is_deleted else "m.deleted_at IS NULL")
        rows = await self.select(where, "ORDER BY m.id" + (" FOR UPDATE OF m" if lock else ""))
        found = {moment.id: moment for moment in rows}
        if len(found) < len(ids):
            message = "Moment not found"
            raise NotFound(message)
        return [found[moment_id] for moment_id in ids]

    async def select(self, where: Where, tail: str) -> list[Moment]:
        """Return the moments that match conditions; `tail` orders and limits."""
        rows = await self._database.fetch(f"{_SELECT} WHERE {where.sql} {tail}", *where.arguments)
        return [moment_of(row) for row in rows]

    async def change(
        self, moment_id: str, change: MomentChange, *, is_by_job: bool = False
    ) -> None:
        """Change a moment's fields; what a job derives does not count as an update.

        The moments found in a video become private with it, but for unlisted and public ones.

        Raises:
            Conflict: Another moment has or had the slug.
        """
        values: dict[Any, Any] = {
            Moments.title: change.title,
            Moments.description: change.description,
            Moments.tags: _listed(change.tags),
            Moments.visibility: change.visibility,
            Moments.start_s: change.start_s,
            Moments.end_s: change.end_s,
            Moments.images: _listed(change.images),
            Moments.speakers: None if change.speakers is None else speakers_json(change.speakers),
            Moments.key_emotions: _listed(change.key_emotions),
            Moments.emotion_tags: _listed(change.emotion_tags),
            Moments.topic_tags: _listed(change.topic_tags),
        }
        given = {column: value for column, value in values.items() if value is not None}
        if not is_by_job:
            given[Moments.updated_at] = self._clock.now()
        if given:
            await Moments.update(given).where(Moments.id == moment_id)
            await index_later(self._queue, "moment", moment_id)
            await mention_later(self._queue, moment_id, change.description)
        if change.slug is not None or change.visibility in OPEN:
            await self._slugs.settle(moment_id, change.slug)
        if change.visibility == "private":
            await self._database.execute(_HIDE_PARTS, moment_id)

    async def rights_of_parts(self, moment_id: str) -> tuple[Visibility, str | None]:
        """Return the visibility and the stream of what is found in a moment's video.

        The visibility changes only after this transaction.
        """
        row = await self._database.fetchrow(
            "SELECT visibility, source_id, stream_id FROM moments WHERE id = $1 FOR SHARE",
            moment_id,
        )
        if row is None:
            return "private", None
        source_id = row["source_id"]
        is_of_stream = source_id is not None and is_id(source_id, "stream")
        stream_id = source_id if is_of_stream else row["stream_id"]
        is_open = row["visibility"] != "private" and await self._access.is_source_open(stream_id)
        return ("organization" if is_open else "private"), stream_id

    async def add_capture(self, moment_id: str, note: str, tags: Sequence[str]) -> None:
        """Add another capture's note and tags to a moment."""
        await self._database.execute(
            "UPDATE moments SET description = concat_ws(E'\\n\\n', nullif(description, ''),"
            " nullif($2, '')), tags = tags || ARRAY(SELECT t FROM unnest($3::text[]) AS t"
            " WHERE t <> ALL(tags)), updated_at = $4, joined_at = $4 WHERE id = $1",
            moment_id,
            note,
            list(tags),
            self._clock.now(),
        )
        await index_later(self._queue, "moment", moment_id)
        await mention_later(self._queue, moment_id, note)

    async def set_cover(self, moment_id: str, asset_id: str) -> None:
        """Set the preview shown in lists, unless there is one."""
        await Moments.update({Moments.cover_id: asset_id}).where(
            Moments.id == moment_id, Moments.cover_id.is_null()
        )

    async def set_source(self, moment_ids: Sequence[str], source_id: str) -> None:
        """Record that moments come from another source, such as a track that was merged."""
        if moment_ids:
            await Moments.update({Moments.source_id: source_id}).where(
                Moments.id.is_in(list(moment_ids))
            )

    async def set_shared(self, moment_ids: Sequence[str], until: datetime | None) -> None:
        """Record until when the newest link to some moments is valid; lists filter by it."""
        await Moments.update({Moments.shared_until: until}).where(
            Moments.id.is_in(list(moment_ids))
        )

    async def delete(self, moment_ids: Sequence[str]) -> None:
        """Move moments to the bin."""
        await self._mark(moment_ids, {Moments.deleted_at: self._clock.now()})

    async def restore(self, moment_ids: Sequence[str]) -> None:
        """Restore moments from the bin."""
        now = self._clock.now()
        await self._mark(moment_ids, {Moments.deleted_at: None, Moments.restored_at: now})

    async def _mark(self, moment_ids: Sequence[str], values: Mapping[Any, datetime | None]) -> None:
        if moment_ids:
            await Moments.update({**values, Moments.updated_at: self._clock.now()}).where(
                Moments.id.is_in(list(moment_ids))
            )


def _listed(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else list(values)
