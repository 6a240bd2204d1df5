"""The media nodes: which are alive, which runs which stream, and their addresses."""

import heapq
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain.accounts.notices import News, Notifier
from domain.core.errors import DatabaseUnavailable, NodeUnavailable, NotFound
from domain.core.log import get_logger
from domain.core.time import to_us
from domain.infra.database import Database, Record
from domain.live.wire import StreamConfig

log = get_logger(__name__)

DEAD_AFTER_S: Final = 10
_CACHE_S: Final = 1.0
_URLS_CACHE_S: Final = 5.0
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('nodes'))"
# One clock for all machines: the database's.
_ALIVE: Final = f"heartbeat_at > now() - interval '{DEAD_AFTER_S} seconds'"

# Normally this and the list of streams are a heartbeat's only queries. A node that counted as dead
# until now sees its own streams as orphans, which costs one extra query.
_BEAT: Final = f"""
INSERT INTO media_node (id, control_url, public_url, media_url, rtmp_address, name, started_at,
    heartbeat_at) VALUES ($1, $2, $3, $4, $5, $6, now(), now())
ON CONFLICT (id) DO UPDATE SET control_url = $2, public_url = $3, media_url = $4,
    rtmp_address = $5, name = $6, heartbeat_at = now(),
    started_at = CASE WHEN $7 THEN now() ELSE media_node.started_at END,
    draining_at = CASE WHEN $7 THEN NULL ELSE media_node.draining_at END
RETURNING draining_at IS NOT NULL AS is_draining,
    EXISTS (SELECT 1 FROM stream WHERE node_id IS NULL AND deleted_at IS NULL)
    OR EXISTS (SELECT 1 FROM media_node n JOIN stream s ON s.node_id = n.id
        WHERE s.deleted_at IS NULL AND (n.draining_at IS NOT NULL OR NOT {_ALIVE})) AS has_orphans
"""  # noqa: S608 (constants)


@dataclass(frozen=True, slots=True)
class Beat:
    """A node's heartbeat: its identity and its addresses."""

    node_id: str
    control_url: str
    public_url: str
    media_url: str | None = None
    rtmp_address: str | None = None  # host:port to which other nodes forward RTMP publishers
    name: str = ""
    is_first: bool = False  # since its process started, which ends an earlier drain
    on_air: Mapping[str, datetime] = field(
        default_factory=dict
    )  # streams, with their last time on air
    failed: Mapping[str, str] = field(
        default_factory=dict
    )  # streams that broke off, with the error


@dataclass(frozen=True, slots=True)
class Orders:
    """A node's assignment."""

    configs: list[StreamConfig]
    is_draining: bool = False
    is_done: bool = False  # it is drained: nothing needs it any more


@dataclass(frozen=True, slots=True)
class Node:
    """A media node in the registry."""

    id: str
    control_url: str
    media_url: str | None  # for browsers, if not through the web process
    public_url: str  # its viewer routes as the web process reaches them
    heartbeat_at: datetime
    is_alive: bool
    name: str = ""
    rtmp_address: str | None = None
    is_draining: bool = False


class NodeRegistry:
    """Nodes and the streams that they run. Only nodes, jobs and the proxy use it."""

    def __init__(self, database: Database, notifier: Notifier) -> None:
        self._database = database
        self._notifier = notifier
        self._of_stream: dict[str, tuple[float, Node | None]] = {}
        self._media_urls: tuple[float, frozenset[str]] | None = None

    async def any_alive(self) -> Node:
        """Return any live node, for work on files.

        Raises:
            NodeUnavailable: There is none now.
        """
        alive = [node for node in await self.nodes() if node.is_alive]
        if not alive:
            message = "No media node is running right now. Try again in a moment."
            raise NodeUnavailable(message)
        return alive[0]

    async def heartbeat(self, beat: Beat) -> Orders:
        """Record a heartbeat, claim orphaned streams, and return the node's assignment.

        Nodes call it every 2 s and after `POST /control/reconcile`. Streams are assigned under an
        advisory lock, so that each has one node; dead nodes (silent for over 10 s) lose theirs to
        the live ones, least loaded first, and draining ones as soon as another node is available.
        """
        row: Record = await self._database.fetchrow(
            _BEAT,
            beat.node_id,
            beat.control_url,
            beat.public_url,
            beat.media_url,
            beat.rtmp_address,
            beat.name,
            beat.is_first,
        )
        if beat.on_air:
            await self._note_on_air(beat)
        for stream_id, error in beat.failed.items():
            await self._tell_failed(beat.node_id, stream_id, error)
        if row["has_orphans"]:
            async with self._database.transaction():
                await self._database.execute(_LOCK)
                await self._assign()
        configs = await self.configs_for(beat.node_id)
        is_draining = row["is_draining"]
        is_done = is_draining and not configs and not await self._is_recording(beat.node_id)
        return Orders(configs, is_draining=is_draining, is_done=is_done)

    async def _note_on_air(self, beat: Beat) -> None:
        """Store streams' last times on air; capped at our own clock."""
        await self._database.execute(
            "UPDATE stream SET on_air_at = greatest(on_air_at, least(seen.at, now()))"
            " FROM unnest($2::text[], $3::timestamptz[]) AS seen (id, at)"
            " WHERE stream.id = seen.id AND stream.node_id = $1",
            beat.node_id,
            list(beat.on_air),
            list(beat.on_air.values()),
        )

    async def _tell_failed(self, node_id: str, stream_id: str, error: str) -> None:
        """Notify the creator of a stream that was on air and failed."""
        async with self._database.transaction():
            row = await self._database.fetchrow(
                "SELECT created_by, organization_id, name, slug FROM stream"
                " WHERE id = $1 AND node_id = $2 AND deleted_at IS NULL",
                stream_id,
                node_id,
            )
            if row is not None:
                href = f"/watch/{row['slug']}"
                news = News("stream", stream_id, f"{row['name']} went off air", error, href)
                await self._notifier.tell(row["created_by"], row["organization_id"], news)

    async def _is_recording(self, node_id: str) -> bool:
        found = await self._database.fetchval(
            "SELECT EXISTS (SELECT 1 FROM captures WHERE node_id = $1 AND status = 'recording')",
            node_id,
        )
        return bool(found)

    async def drain(self, node: str) -> Node:
        """Drain a node, by its id or name: other nodes get its streams, then it exits.

        It gets no new streams from now on. Each stream moves as soon as another node is available;
        a stream that is being recorded moves once that recording has been fetched.

        Raises:
            NotFound: No live node has this id or name.
        """
        async with self._database.transaction():
            await self._database.execute(_LOCK)
            row = await self._database.fetchrow(
                "UPDATE media_node SET draining_at = coalesce(draining_at, now())"  # noqa: S608 (constant)
                f" WHERE (id = $1 OR name = $1) AND {_ALIVE} RETURNING *, true AS is_alive",
                node,
            )
            if row is None:
                raise NotFound(
                    f"No media node called {node} is running. List them with `moments node list`."
                )
            await self._assign()
        self._of_stream.clear()
        return _node_of(row)

    async def configs_for(self, node_id: str) -> list[StreamConfig]:
        """Return a node's streams."""
        rows = await self._database.fetch(
            "SELECT * FROM stream WHERE node_id = $1 AND deleted_at IS NULL ORDER BY id", node_id
        )
        return [config_of(row) for row in rows]

    async def leave(self, node_id: str) -> None:
        """Release a node's streams because it is shutting down; they move at once."""
        async with self._database.transaction():
            await self._database.execute(_LOCK)
            await self._database.execute(
                "UPDATE media_node SET heartbeat_at = 'epoch' WHERE id = $1", node_id
            )
            await self._assign()

    async def nodes(self) -> list[Node]:
        """List the nodes with a heartbeat within the last day."""
        rows = await self._database.fetch(
            f"SELECT *, {_ALIVE} AS is_alive FROM media_node"  # noqa: S608 (constant)
            " WHERE heartbeat_at > now() - interval '1 day' ORDER BY id"
        )
        return [_node_of(row) for row in rows]

    async def loads(self) -> Mapping[str, int]:
        """Return how many streams each node has."""
        rows = await self._database.fetch(
            "SELECT node_id, count(*) FROM stream WHERE node_id IS NOT NULL"
            " AND deleted_at IS NULL GROUP BY node_id"
        )
        return dict(rows)

    async def media_urls(self) -> frozenset[str]:
        """Return the nodes' URLs for browsers (cached for some seconds).

        While the database is unreachable, returns the cached ones.
        """
        now = time.monotonic()
        known = self._media_urls
        if known is not None and now - known[0] < _URLS_CACHE_S:
            return known[1]
        try:
            found = frozenset(node.media_url for node in await self.nodes() if node.media_url)
        except DatabaseUnavailable:
            found = frozenset() if known is None else known[1]
        self._media_urls = (now, found)
        return found

    async def node(self, node_id: str) -> Node | None:
        """Return a node by its id, alive or not, with its current address."""
        row = await self._database.fetchrow(
            f"SELECT *, {_ALIVE} AS is_alive FROM media_node WHERE id = $1",  # noqa: S608 (constant)
            node_id,
        )
        return None if row is None else _node_of(row)

    async def of_stream(self, stream_id: str) -> Node | None:
        """Return the live node that runs a stream (cached for at most 1 s)."""
        now = time.monotonic()
        known = self._of_stream.get(stream_id)
        if known is not None and now - known[0] < _CACHE_S:
            return known[1]
        row = await self._database.fetchrow(
            f"SELECT n.*, true AS is_alive FROM stream s JOIN media_node n ON n.id = s.node_id"  # noqa: S608 (constant)
            f" WHERE s.id = $1 AND s.deleted_at IS NULL AND {_ALIVE}",
            stream_id,
        )
        node = None if row is None else _node_of(row)
        if len(self._of_stream) > 10_000:
            self._of_stream.clear()
        self._of_stream[stream_id] = (now, node)
        return node

    async def _assign(self) -> None:
        """Assign every stream that needs a node to the live node with the fewest.

        Those are streams without a live node, and a draining node's streams that are not being
        recorded.
        """
        alive = await self._database.fetch(
            "SELECT n.id, n.draining_at IS NOT NULL AS draining, count(s.id) AS streams"  # noqa: S608 (constant)
            " FROM media_node n LEFT JOIN stream s ON s.node_id = n.id AND s.deleted_at IS NULL"
            f" WHERE {_ALIVE} GROUP BY n.id ORDER BY n.id"
        )
        load = {row["id"]: row["streams"] for row in alive if not row["draining"]}
        if not load:
            return
        orphans = await self._database.fetch(
            "SELECT id FROM stream WHERE deleted_at IS NULL"
            " AND (node_id IS NULL OR node_id <> ALL($1::text[]) OR (node_id = ANY($2::text[])"
            " AND NOT EXISTS (SELECT 1 FROM captures c WHERE c.stream_id = stream.id"
            " AND c.node_id = stream.node_id AND c.status = 'recording')))"
            " ORDER BY id FOR UPDATE",
            [row["id"] for row in alive],
            [row["id"] for row in alive if row["draining"]],
        )
        if not orphans:
            return
        moves = _spread([row["id"] for row in orphans], load)
        await self._database.execute(
            "UPDATE stream SET node_id = moves.node_id FROM unnest($1::text[], $2::text[])"
            " AS moves (id, node_id) WHERE stream.id = moves.id",
            list(moves),
            list(moves.values()),
        )
        log.info("streams_assigned", nodes=dict(Counter(moves.values())))


def _spread(stream_ids: Sequence[str], load: Mapping[str, int]) -> dict[str, str]:
    """Return a node for each stream, always the one with the fewest."""
    by_load = [(streams, node_id) for node_id, streams in load.items()]
    heapq.heapify(by_load)
    moves = {}
    for stream_id in stream_ids:
        streams, node_id = by_load[0]
        heapq.heapreplace(by_load, (streams + 1, node_id))
        moves[stream_id] = node_id
    return moves


def config_of(row: Record) -> StreamConfig:
    """Return a stream's config for its node."""
    return StreamConfig(
        stream_id=row["id"],
        organization_id=row["organization_id"],
        name=row["name"],
        slug=row["slug"],
        kind=row["kind"],
        url=row["url"],
        buffer_s=row["buffer_s"],
        visibility=row["visibility"],
        allow_capture=row["allow_capture"],
        publish_key_version=row["publish_key_version"],
        on_air_us=None if row["on_air_at"] is None else to_us(row["on_air_at"]),
    )


def _node_of(row: Record) -> Node:
    return Node(
        id=row["id"],
        control_url=row["control_url"],
        media_url=row["media_url"],
        public_url=row["public_url"],
        heartbeat_at=row["heartbeat_at"],
        is_alive=row["is_alive"],
        name=row["name"],
        rtmp_address=row["rtmp_address"],
        is_draining=row["draining_at"] is not None,
    )
