"""`/api/sessions`: chats and their messages."""

from typing import Annotated

from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath, JSONBody, QueryParameter

from webapp.api.schemas import (
    READ,
    WRITE,
    Done,
    IdempotencyKey,
    Limit,
    Offset,
    Svc,
    Who,
    problems,
)
from webapp.api.session_schemas import (
    MessageIn,
    MessageList,
    MessageOut,
    NewSessionIn,
    QuestionIn,
    SessionList,
    SessionOut,
    SessionPatch,
    message_out,
    session_out,
)

OfMoment = Annotated[
    str | None, QueryParameter(max_length=64, required=False, description="Only about this moment.")
]

ASK = problems(401, 403, 404, 409, 413, 415, 429)


class SessionController(Controller):
    """Chats."""

    path = "/sessions"
    tags = ("Chats",)

    @post("/", summary="Create a chat", responses=WRITE)
    async def create_session(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[NewSessionIn],
        idempotency_key: IdempotencyKey = None,
    ) -> SessionOut:
        """Create a chat, about a moment that the caller can see or about none (members)."""
        return session_out(await services.chats.create(caller, data.new()))

    @get("/", summary="List chats", responses=READ)
    async def list_sessions(
        self,
        services: Svc,
        caller: Who,
        *,
        moment_id: OfMoment = None,
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> SessionList:
        """List what the caller can see, the last changed first."""
        page = await services.chats.list(caller, moment_id=moment_id, limit=limit, offset=offset)
        items = list(map(session_out, page.items))
        return SessionList(items=items, total=page.total, limit=limit, offset=offset)

    @get("/{chat_id:str}", summary="Get a chat", responses=READ)
    async def get_session(self, services: Svc, caller: Who, chat_id: FromPath[str]) -> SessionOut:
        """Return one chat."""
        return session_out(await services.chats.get(caller, chat_id))

    @patch("/{chat_id:str}", summary="Change a chat", responses=WRITE)
    async def update_session(
        self,
        services: Svc,
        caller: Who,
        chat_id: FromPath[str],
        data: JSONBody[SessionPatch],
        idempotency_key: IdempotencyKey = None,
    ) -> SessionOut:
        """Change a chat: its creator, and admins unless it is private."""
        return session_out(await services.chats.update(caller, chat_id, data.change()))

    @delete("/{chat_id:str}", status_code=200, summary="Delete a chat", responses=WRITE)
    async def delete_session(
        self,
        services: Svc,
        caller: Who,
        chat_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Delete a chat with its messages: its creator, and admins unless it is private.

        It can be restored for an hour; then it is erased.
        """
        await services.chats.delete(caller, chat_id)
        return Done()

    @post("/{chat_id:str}/restore", status_code=200, summary="Restore a chat", responses=WRITE)
    async def restore_session(
        self,
        services: Svc,
        caller: Who,
        chat_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> SessionOut:
        """Restore a chat that was deleted within the last hour; whoever may delete it."""
        return session_out(await services.chats.restore(caller, chat_id))

    @get("/{chat_id:str}/messages", summary="List messages", responses=READ)
    async def list_messages(
        self,
        services: Svc,
        caller: Who,
        chat_id: FromPath[str],
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> MessageList:
        """List a chat's messages, oldest first."""
        page = await services.chats.messages(caller, chat_id, limit=limit, offset=offset)
        items = list(map(message_out, page.items))
        return MessageList(items=items, total=page.total, limit=limit, offset=offset)

    @post("/{chat_id:str}/messages", summary="Append a message", responses=WRITE)
    async def append_message(
        self,
        services: Svc,
        caller: Who,
        chat_id: FromPath[str],
        data: JSONBody[MessageIn],
        idempotency_key: IdempotencyKey = None,
    ) -> MessageOut:
        """Append a message (members); people write as `user`, programs in any role."""
        return message_out(await services.chats.append(caller, chat_id, data.content, data.role))

    @post("/{chat_id:str}/answers", summary="Ask about the moment", responses=ASK)
    async def ask(
        self,
        services: Svc,
        caller: Who,
        chat_id: FromPath[str],
        data: JSONBody[QuestionIn],
        idempotency_key: IdempotencyKey = None,
    ) -> MessageOut:
        """Append a question, and return the answer that is then written (members).

        Each sentence is a `session.updated` event; the messages have what is written so far. It
        needs a model endpoint, which the operator sets.
        """
        return message_out(await services.answers.ask(caller, chat_id, data.content))

    @delete("/{chat_id:str}/answers", status_code=200, summary="Stop the answer", responses=WRITE)
    async def stop(
        self,
        services: Svc,
        caller: Who,
        chat_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Stop the answer that is being written; what is there stays (members)."""
        await services.answers.stop(caller, chat_id)
        return Done()
