"""Streams' current status: queried from their nodes, one call per node, cached half a second."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.core.errors import MomentsError
from domain.live.node_client import NodeClient
from domain.live.nodes import NodeRegistry
from domain.live.wire import StreamStatus

_CACHE_S: Final = 0.5
_NO_NODE: Final = "No media node is running. Start one, and this stream resumes by itself."
_NO_ANSWER: Final = "The media node does not answer. The stream resumes when it is back."


@dataclass(frozen=True, slots=True)
class Seen:
    """A stream's status and where browsers reach it."""

    status: StreamStatus
    media_url: str | None


class StatusBoard:
    """The newest status of every requested stream."""

    def __init__(self, nodes: NodeRegistry, client: NodeClient) -> None:
        self._nodes = nodes
        self._client = client
        self._answers: dict[str, tuple[float, asyncio.Future[Mapping[str, StreamStatus] | None]]]
        self._answers = {}

    async def of(self, nodes_by_stream: Mapping[str, str | None]) -> dict[str, Seen]:
        """Return streams' status, given the node of each."""
        known = {node.id: node for node in await self._nodes.nodes() if node.is_alive}
        takes = any(not node.is_draining for node in known.values())
        wanted = {node for node in nodes_by_stream.values() if node in known}
        answers = dict(
            zip(
                wanted,
                await asyncio.gather(*(self._ask(known[node].control_url) for node in wanted)),
                strict=True,
            )
        )
        found: dict[str, Seen] = {}
        for stream_id, node_id in nodes_by_stream.items():
            node = known.get(node_id or "")
            answer = answers.get(node_id or "")
            status = _status(stream_id, answer, is_run=node is not None, takes=takes)
            found[stream_id] = Seen(status, None if node is None else node.media_url)
        return found

    async def _ask(self, control_url: str) -> Mapping[str, StreamStatus] | None:
        """Query a node once for all callers within half a second; None: no answer."""
        now = time.monotonic()
        asked = self._answers.get(control_url)
        if asked is not None and now - asked[0] < _CACHE_S:
            return await asyncio.shield(asked[1])
        answer: asyncio.Future[Mapping[str, StreamStatus] | None]
        answer = asyncio.get_running_loop().create_future()
        self._answers[control_url] = (now, answer)
        try:
            status = await self._client.status(control_url)
            answer.set_result({stream.stream_id: stream for stream in status.streams})
        except MomentsError:
            answer.set_result(None)
        finally:
            if not answer.done():  # cancelled: callers that share it query again
                answer.set_result(None)
                self._answers.pop(control_url, None)
        return answer.result()


def _status(
    stream_id: str, answer: Mapping[str, StreamStatus] | None, *, is_run: bool, takes: bool
) -> StreamStatus:
    if answer is not None and stream_id in answer:
        return answer[stream_id]
    if answer is None and (is_run or not takes):
        error = _NO_ANSWER if is_run else _NO_NODE
        return StreamStatus(stream_id=stream_id, status="offline", error=error)
    # A node starts a new stream within moments; until then it is connecting.
    return StreamStatus(stream_id=stream_id, status="connecting")
