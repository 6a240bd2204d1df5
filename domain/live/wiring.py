"""The services of streams and of the nodes that run them."""

from dataclasses import dataclass
from datetime import timedelta

from domain.accounts.notices import Notifier
from domain.accounts.rights import Rights
from domain.infra.base import Base
from domain.infra.work import Work, repeating
from domain.live.board import StatusBoard
from domain.live.node_client import NodeClient
from domain.live.nodes import NodeRegistry
from domain.live.stream_rows import StreamRows
from domain.live.streams import StreamService


@dataclass(frozen=True, slots=True)
class Live:
    """The services of this package."""

    streams: StreamService
    nodes: NodeRegistry
    board: StatusBoard
    rows: StreamRows
    client: NodeClient
    work: Work


def wire(base: Base, rights: Rights, notifier: Notifier, client: NodeClient) -> Live:
    """Return the services; nothing is started or queried here."""
    settings = base.settings
    rows = StreamRows(base.database, base.clock)
    nodes = NodeRegistry(base.database, notifier)
    board = StatusBoard(nodes, client)
    streams = StreamService(base, rights, rows, nodes=nodes, client=client, board=board)

    async def purge() -> None:
        await rows.purge(base.clock.now() - timedelta(days=settings.retention_days))

    work = repeating(3600, "streams.purge", purge)
    return Live(streams, nodes, board, rows, client, work)
