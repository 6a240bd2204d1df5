"""Events about moments and their files, only for users with access."""

from domain.infra.database import Database
from domain.infra.events import Events
from domain.moments.access import Access
from domain.moments.tables import Moments


class MomentEvents:
    """Publishes in the open transaction."""

    def __init__(self, database: Database, events: Events, access: Access) -> None:
        self._database = database
        self._events = events
        self._access = access

    async def publish(
        self, organization_id: str, kind: str, subject_id: str, moment_id: str, **more: str
    ) -> None:
        """Publish a change of a moment or of a file of it."""
        row = (
            await Moments.select(Moments.visibility, Moments.created_by, Moments.source_id)
            .where(Moments.id == moment_id)
            .first()
        )
        if row is None:
            return  # purged meanwhile: nobody can see it any more
        audience = await self._access.audience(
            row["visibility"], row["created_by"], row["source_id"]
        )
        await self._events.publish(organization_id, kind, {"id": subject_id, **more}, audience)
