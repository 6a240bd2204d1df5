"""Events of chats, for those who can see the chat."""

from collections.abc import Collection

from domain.chats.tables import Sessions
from domain.infra.events import Events
from domain.moments.events import MomentEvents


class ChatEvents:
    """Publishes in the open transaction."""

    def __init__(self, events: Events, of_moments: MomentEvents) -> None:
        self._events = events
        self._of_moments = of_moments

    async def publish(self, kind: str, session_id: str) -> None:
        """Publish a change of a session or of its messages; it names no content.

        Admins receive every event, and a private chat is not for them.
        """
        row = await Sessions.select().where(Sessions.id == session_id).first()
        if row is None:
            return
        organization_id, moment_id = row["organization_id"], row["moment_id"]
        if row["visibility"] == "organization" and moment_id is not None:
            await self._of_moments.publish(organization_id, kind, session_id, moment_id)
            return
        audience: Collection[str] | None = None
        if row["visibility"] == "private":
            audience = {row["created_by"]} if row["created_by"] else set()
        await self._events.publish(organization_id, kind, {"id": session_id}, audience)
