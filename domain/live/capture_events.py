"""Events about snapshots and clips, told to those alone who may see them."""

from domain.infra.database import Database
from domain.infra.events import Events


class CaptureEvents:
    """Publishes in the caller's transaction."""

    def __init__(self, database: Database, events: Events) -> None:
        self._database = database
        self._events = events

    async def tell(self, organization_id: str, kind: str, capture_id: str, **more: str) -> None:
        """Publish an event about a capture."""
        payload = {"id": capture_id, **more}
        audience = await self._audience(capture_id)
        await self._events.publish(organization_id, kind, payload, audience)

    async def _audience(self, capture_id: str) -> list[str] | None:
        """Return who hears of a private stream's capture: its maker and the stream's."""
        row = await self._database.fetchrow(
            "SELECT c.created_by, s.created_by AS stream_by FROM capture c"
            " JOIN stream s ON s.id = c.stream_id WHERE c.id = $1 AND s.visibility = 'private'",
            capture_id,
        )
        return None if row is None else [by for by in row.values() if by is not None]
