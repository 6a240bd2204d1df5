"""The services of streams and of the nodes that run them."""

from dataclasses import dataclass
from datetime import timedelta

from domain.accounts.rights import Rights
from domain.infra.base import Base
from domain.infra.work import Work, repeating
from domain.live.board import StatusBoard
from domain.live.node_client import NodeClient
from domain.live.nodes import NodeRegistry
from domain.live.stream_rows import StreamRows
from domain.live.stream_rules import SourceRules
from domain.live.streams import StreamParts, StreamService
from domain.live.urls import StreamUrls


@dataclass(frozen=True, slots=True)
class Live:
    """The services of this package."""

    streams: StreamService
    nodes: NodeRegistry
    board: StatusBoard
    rows: StreamRows
    client: NodeClient
    work: Work


def wire(base: Base, rights: Rights, client: NodeClient) -> Live:
    """Return the services; nothing is started or queried here."""
    settings = base.settings
    rows, nodes = StreamRows(base.database, base.clock), NodeRegistry(base.database)
    board = StatusBoard(nodes, client)
    streams = StreamService(
        StreamParts(
            database=base.database,
            events=base.events,
            rights=rights,
            rows=rows,
            rules=SourceRules(settings),
            nodes=nodes,
            client=client,
            board=board,
            urls=StreamUrls(
                settings.origin, base.keyring, base.clock, rtmp_port=settings.rtmp_port
            ),
        )
    )

    async def purge() -> None:
        await rows.purge(base.clock.now() - timedelta(days=settings.retention_days))

    work = repeating(3600, "streams.purge", purge)
    return Live(streams, nodes, board, rows, client, work)
