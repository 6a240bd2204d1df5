"""The hook of search: who writes a text asks for its passages in the same transaction."""

from typing import Final, Literal

from domain.infra.queue import Queue

INDEX_JOB: Final = "search.index"
Source = Literal["moment", "transcript", "message"]


async def index_later(queue: Queue, source: Source, source_id: str) -> None:
    """Have a source's passages made anew once the open transaction commits.

    The id is the moment's, of a transcript its video's, or the message's. What is removed needs no
    call: passages go with the row that they come from.
    """
    await queue.enqueue(INDEX_JOB, {"source": source, "id": source_id}, key=source_id)
