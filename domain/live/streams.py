"""The service of streams, the durable channels."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from domain.accounts.models import Actor, Caller, Role, system_caller
from domain.accounts.rights import Rights
from domain.core.errors import MomentsError, NodeUnavailable
from domain.core.time import Span, from_us
from domain.infra.base import Base
from domain.infra.database import Record
from domain.live.board import Seen, StatusBoard
from domain.live.models import (
    Health,
    NewStream,
    PublicStream,
    Publishing,
    Source,
    Stream,
    StreamChange,
    Watch,
)
from domain.live.node_client import NodeClient
from domain.live.nodes import Node, NodeRegistry
from domain.live.states import with_state
from domain.live.stream_rows import OPEN, StreamRows, may_run, no_stream, not_yours
from domain.live.stream_rules import SourceRules, check_stream, mask_url
from domain.live.urls import StreamUrls
from domain.live.wire import Figures, StreamStatus
from domain.moments.models import Count


class StreamService:
    """The streams of the caller's organisation, and public ones for anybody."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        rows: StreamRows,
        *,
        nodes: NodeRegistry,
        client: NodeClient,
        board: StatusBoard,
    ) -> None:
        self._database = base.database
        self._events = base.events
        self._rights = rights
        self._rows = rows
        self._rules = SourceRules(base.settings)
        self._nodes = nodes
        self._client = client
        self._board = board
        self._urls = StreamUrls(
            base.settings.origin, base.keyring, base.clock, rtmp_port=base.settings.rtmp_port
        )

    async def get(self, caller: Caller, id_or_slug: str) -> Stream:
        """Return a stream with its current status.

        Raises:
            NotFound: There is none, or the caller cannot see it.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            row = await self._rows.find(actor, id_or_slug)
        return (await self._seen(actor, [row]))[0]

    async def history(self, caller: Caller, id_or_slug: str) -> Sequence[Figures]:
        """Return a stream's health over the last minutes, oldest first (its creator and admins).

        Raises:
            NotFound, Forbidden: As `update`. NodeUnavailable: No node runs it now.
        """
        stream_id, node = await self._node_of(caller, id_or_slug)
        return (await self._client.history(node.control_url, stream_id)).figures

    async def retry(self, caller: Caller, id_or_slug: str) -> None:
        """Connect to a stream's source again, without waiting for the next automatic attempt.

        For its creator and admins; a stream that is on air stays as it is.

        Raises:
            NotFound, Forbidden: As `update`. NodeUnavailable: No node runs it now.
        """
        stream_id, node = await self._node_of(caller, id_or_slug)
        await self._client.restart(node.control_url, stream_id)

    async def create(self, caller: Caller, new: NewStream) -> Stream:
        """Create a stream; a node starts it at once (members; pull sources: admins).

        Raises:
            BadFields: A field is invalid. Forbidden: Only owners and admins create pull sources.
            Conflict: Another stream has the slug.
        """
        check_stream(name=new.name, slug=new.slug, buffer_s=new.buffer_s, visibility=new.visibility)
        await self._check_source(caller, new.source)
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            row = await self._rows.insert(actor, new)
            await self._changed(row, "stream.created")
        return (await self._seen(actor, [row]))[0]

    async def update(self, caller: Caller, id_or_slug: str, change: StreamChange) -> Stream:
        """Change a stream (its creator and admins; to a pull source: admins).

        Raises:
            As `create`; NotFound.
        """
        check_stream(
            name=change.name,
            slug=change.slug,
            buffer_s=change.buffer_s,
            visibility=change.visibility,
        )
        if change.source is not None:
            await self._check_source(caller, change.source)
        async with self._database.transaction():
            actor, before = await self._to_run(caller, id_or_slug)
            row = await self._rows.update(before, change)
            await self._changed(row, "stream.updated", before)
        return (await self._seen(actor, [row]))[0]

    async def delete(self, caller: Caller, id_or_slug: str) -> None:
        """Delete a stream (its creator and admins); its captures stay."""
        async with self._database.transaction():
            _, row = await self._to_run(caller, id_or_slug)
            await self._database.execute(
                "UPDATE stream SET deleted_at = now(), updated_at = now() WHERE id = $1", row["id"]
            )
            await self._changed(row, "stream.deleted")

    async def delete_of(self, user_id: str, organization_ids: Sequence[str]) -> None:
        """Delete in the open transaction a person's private streams, and whole organisations'."""
        rows = await self._database.fetch(
            "UPDATE stream SET deleted_at = now(), updated_at = now() WHERE deleted_at IS NULL AND"
            " (organization_id = ANY($2::text[]) OR (created_by = $1 AND visibility = 'private'))"
            " RETURNING *",
            user_id,
            list(organization_ids),
        )
        for row in rows:
            await self._changed(row, "stream.deleted")

    async def rotate_key(self, caller: Caller, id_or_slug: str) -> Stream:
        """Replace the publish key and return the stream with the new one."""
        async with self._database.transaction():
            actor, row = await self._to_run(caller, id_or_slug)
            row = await self._database.fetchrow(
                "UPDATE stream SET publish_key_version = publish_key_version + 1,"
                " updated_at = now() WHERE id = $1 RETURNING *",
                row["id"],
            )
            await self._changed(row, "stream.updated")
        return (await self._seen(actor, [row]))[0]

    async def watch(self, caller: Caller | None, id_or_slug: str) -> Watch:
        """Return the access to watch a stream; without a caller, only public and unlisted ones.

        `may_capture` says whether this caller (or any visitor) may take snapshots and clips.
        """
        async with self._database.transaction():
            row = await self._rows.find_any(id_or_slug)
            actor = None if row is None else await self._member(caller, row)
        if row is None or (actor is None and row["visibility"] not in OPEN):
            raise no_stream()
        may_capture = bool(row["allow_capture"]) if actor is None else actor.role >= Role.MEMBER
        seen = (await self._board.of({row["id"]: row["node_id"]}))[row["id"]]
        urls = self._urls.view(
            row["id"],
            media_url=seen.media_url,
            is_open=row["visibility"] in OPEN,
        )
        return Watch(
            stream=self._stream_of(row, seen, actor),
            hls_url=urls.hls,
            status_url=urls.status,
            frame_url=urls.frame,
            may_capture=may_capture,
            expires_at=urls.expires_at,
        )

    async def public(self, slug: str) -> PublicStream:
        """Return a stream's public view.

        Raises:
            NotFound: There is none, or it is not public.
        """
        watch = await self.watch(None, slug)
        name = await self._database.fetchval(
            "SELECT name FROM organization WHERE id = $1", watch.stream.organization_id
        )
        return PublicStream(
            url=self._urls.page(watch.stream.slug),
            organization_name=name,
            watch=watch,
            is_listed=watch.stream.visibility == "public",
        )

    async def ensure_demo(self, organization_id: str) -> None:
        """Create the demo stream of a new organisation, if there is no stream yet."""
        async with self._database.transaction():
            actor = await self._rights.load(system_caller(organization_id))
            if not (await self._rows.visible(actor, limit=1))[0]:
                demo = NewStream("Demo", Source("demo"), visibility="public")
                row = await self._rows.insert(actor, demo)
                await self._changed(row, "stream.created")

    async def list(
        self, caller: Caller, *, limit: int = 50, offset: int = 0
    ) -> tuple[Sequence[Stream], Count]:
        """Return one page of streams by name, and their total number."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            page, total = await self._rows.visible(actor, limit=limit, offset=offset)
        return await self._seen(actor, page), total

    async def _check_source(self, caller: Caller, source: Source) -> None:
        """Validate a source before any transaction: resolving names takes time."""
        if source.kind == "pull":
            await self._rights.load(caller, at_least=Role.ADMIN)
        await self._rules.check(source)

    async def _node_of(self, caller: Caller, id_or_slug: str) -> tuple[str, Node]:
        """Return the id of a stream that the caller may change, and the node that runs it."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            row = await self._rows.find(actor, id_or_slug)
            if not may_run(actor, row):
                raise not_yours()
        node = await self._nodes.of_stream(row["id"])
        if node is None:
            raise NodeUnavailable(
                "No media node is running this stream right now. Try again shortly."
            )
        return row["id"], node

    async def _to_run(self, caller: Caller, id_or_slug: str) -> tuple[Actor, Record]:
        actor = await self._rights.load(caller)
        row = await self._rows.find(actor, id_or_slug, lock=True)
        if not may_run(actor, row):
            raise not_yours()
        return actor, row

    async def _member(self, caller: Caller | None, row: Record) -> Actor | None:
        """Return the caller's rights over a stream; None for a visitor."""
        if caller is None or caller.organization_id != row["organization_id"]:
            return None
        actor = await self._rights.load(caller)
        try:
            await self._rows.find(actor, row["id"])
        except MomentsError:
            return None
        return actor

    async def _changed(self, row: Record, kind: str, before: Record | None = None) -> None:
        """Publish an event and, after the commit, notify the nodes.

        Events of a private stream go only to its creator and admins; if it has just become private,
        to everybody who saw it until now.
        """
        is_private = all(each["visibility"] == "private" for each in (row, before or row))
        audience = [by for by in (row["created_by"],) if by] if is_private else None
        await self._events.publish(row["organization_id"], kind, {"id": row["id"]}, audience)
        self._database.after_commit(self._tell_nodes)

    async def _tell_nodes(self) -> None:
        """Make the nodes reload at once; a node that does not answer reloads within 2 s anyway."""
        alive = [node.control_url for node in await self._nodes.nodes() if node.is_alive]
        results = await asyncio.gather(
            *(self._client.reconcile(url) for url in alive), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, MomentsError):
                raise result

    async def _seen(self, actor: Actor, rows: Sequence[Record]) -> Sequence[Stream]:
        seen = await self._board.of({row["id"]: row["node_id"] for row in rows})
        return [self._stream_of(row, seen[row["id"]], actor) for row in rows]

    def _stream_of(self, row: Record, seen: Seen, actor: Actor | None) -> Stream:
        status = with_state(seen.status, row["on_air_at"])
        status = status if actor is not None else status.for_visitors()
        may_publish = actor is not None and may_run(actor, row)
        urls = self._urls.view(
            row["id"],
            media_url=seen.media_url,
            is_open=row["visibility"] in OPEN,
        )
        return Stream(
            id=row["id"],
            organization_id=row["organization_id"],
            name=row["name"],
            slug=row["slug"],
            source=_source_of(row, actor),
            buffer_s=row["buffer_s"],
            visibility=row["visibility"],
            allow_capture=row["allow_capture"],
            created_at=row["created_at"],
            created_by=row["created_by"],
            status=status.status,
            error=status.error,
            state=status.state,
            reason=status.reason,
            since=_instant(status.since_us),
            last_on_air=_instant(status.last_on_air_us),
            window=_window_of(status),
            video=status.video,
            audio=status.audio,
            viewers=status.viewers,
            hls_url=urls.hls,
            publishing=self._publishing(row, seen.media_url)
            if may_publish and row["kind"] == "push"
            else None,
            whep_url=urls.whep,
            poster_url=f"{urls.frame}latest.jpg",
            health=_health_of(status) if actor is not None else None,
        )

    def _publishing(self, row: Record, media_url: str | None) -> Publishing:
        return self._urls.publishing(row["id"], row["publish_key_version"], media_url=media_url)


def _source_of(row: Record, actor: Actor | None) -> Source:
    """Return a source; only owners and admins see its credentials, only members its address."""
    if row["url"] is None or actor is None:
        return Source(row["kind"])
    return Source(row["kind"], row["url"] if actor.is_admin else mask_url(row["url"]))


def _instant(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)


def _window_of(status: StreamStatus) -> Span | None:
    window = status.window
    return None if window is None else Span(from_us(window.start_us), from_us(window.end_us))


def _health_of(status: StreamStatus) -> Health:
    return Health(
        ring_bytes=status.ring_bytes,
        corrupt_packets=status.corrupt_packets,
        dropped_packets=status.dropped_packets,
        discontinuities=status.discontinuities,
        reconnects=status.reconnects,
    )
