"""The open chat: its messages, what is written next, and what becomes of it."""

from collections.abc import Awaitable, Callable
from typing import Final

from nicegui import ui

from domain.chats.models import Message, MessagePage, Session, SessionChange
from webapp.app.components.chat_log import ChatLog
from webapp.app.kit.elements import Button, El, link, plural
from webapp.app.kit.forms import Dialog, Form, Values
from webapp.app.pages.chats.turns import turn_of
from webapp.app.shell import SignedInPage

_SEEN: Final = {"private": "only you can see it", "organization": "shared with the organisation"}
_NO_MODEL: Final = (
    "People and programs write here. Questions are not answered: no model is set (MOMENTS_AI_URL)."
)
_NO_MOMENT: Final = "Only a chat about a moment is answered. Start one on the moment's page."
_MESSAGES: Final = 100  # at first, and with each look at older ones
_EVERY_S: Final = 5  # a worker that died says nothing


class Conversation:
    """Draws a chat; `on_change` reads it anew."""

    def __init__(
        self, page: SignedInPage, chat: Session, on_change: Callable[[], Awaitable[None]]
    ) -> None:
        self._page, self.chat, self._on_change = page, chat, on_change
        self._services, self._caller = page.services, page.caller
        self._may_write = bool(page.me["may_capture"])
        self.limit = _MESSAGES  # of the newest messages that are shown
        self.is_deleted = False  # here, a moment ago

    def draw(self) -> None:
        """Draw the head, the messages and the composer."""
        with El("div", "m-row m-chathead"):
            link("All chats", "/chats", "m-link m-phone", "back")
            with El("div", "m-grow"):
                self._heading = El("h2", "m-cut")
                self._about = El("p", "m-sm m-3")
            self._acts = El("div", "m-row")
        self._gone = El("div", "m-none m-2")
        self.log = ChatLog(self._older)
        with El("div", "m-composer") as self._composer:
            if self._may_write:
                self._draw_composer()

    def _draw_composer(self) -> None:
        has_model = self._services.answers.is_available
        self._is_asking = has_model and self.chat.moment_id is not None
        if not self._is_asking:
            El("p", "m-sm m-3", _NO_MOMENT if has_model else _NO_MODEL)
        self._again = Button("Ask again", self.ask_again, glyph="again")
        self._again.set_visibility(False)
        with El("div", "m-row m-chatbox"):
            words = "Ask about this moment" if self._is_asking else "Write a message"
            self.field = ui.textarea(placeholder=words)
            self.field.props("borderless dense autogrow maxlength=20000").classes("m-grow")
            self.field.props["aria-label"] = words
            self.field.on("keydown.enter.exact.prevent", self.send, args=[])
            Button("Send", self.send, kind="solid")
            self._stop = Button("Stop", self.stop)
            self._stop.set_visibility(False)
        self._timer = ui.timer(_EVERY_S, self._look, active=False, immediate=False)

    def show(self, chat: Session, found: MessagePage) -> None:
        """Show the chat as it is now."""
        self.chat = chat
        turns = [turn_of(each, self._caller.user_id) for each in found.items]
        self.log.show(turns, has_older=len(turns) < found.total)
        self._heading.text = chat.title or "New chat"
        self._about.text = f"{plural(found.total, 'message')} · {_SEEN[chat.visibility]}"
        if self._may_write:
            last: Message | None = found.items[-1] if found.items else None
            is_writing = last is not None and last.state == "writing"
            self._stop.set_visibility(is_writing)
            self._timer.active = is_writing
            has_failed = last is not None and last.is_answer and last.state == "failed"
            self._again.set_visibility(self._is_asking and has_failed)
        self._draw_acts(chat)

    async def _older(self) -> None:
        self.limit += _MESSAGES
        await self._page.act(self._on_change)

    # What is written

    async def send(self) -> None:
        """Send what was typed: a question where something answers, else a message."""
        text = str(self.field.value or "").strip()
        if not text:
            return

        async def do() -> None:
            if self._is_asking:
                await self._services.answers.ask(self._caller, self.chat.id, text)
            else:
                await self._services.chats.append(self._caller, self.chat.id, text)
            self.field.value = ""
            await self._on_change()

        await self._page.act(do, once="send")

    async def ask_again(self) -> None:
        """Have the last question answered, after its answer failed."""

        async def do() -> None:
            await self._services.answers.ask_again(self._caller, self.chat.id)
            await self._on_change()

        await self._page.act(do, once="send")

    async def stop(self) -> None:
        """Stop the answer that is being written."""

        async def do() -> None:
            await self._services.answers.stop(self._caller, self.chat.id)
            await self._on_change()

        await self._page.act(do, once="stop")

    async def _look(self) -> None:
        await self._page.act(self._page.catch_up, once="look")

    # What becomes of it

    def _draw_acts(self, chat: Session) -> None:
        self._acts.clear()
        if not chat.may_edit or not self._may_write:
            return
        with self._acts:
            label = "Share" if chat.visibility == "private" else "Make private"
            if chat.visibility == "private" or chat.created_by == self._caller.user_id:
                Button(label, self.toggle_sharing, kind="quiet", glyph="share", label=label)
            Button("", self.ask_title, kind="quiet", glyph="pencil", label="Rename this chat")
            Button("", self.delete, kind="quiet", glyph="trash", label="Delete this chat")

    async def toggle_sharing(self) -> None:
        """Share the chat with the organisation, or take it back."""
        is_private = self.chat.visibility == "private"

        async def do() -> None:
            await self._change(
                SessionChange(visibility="organization" if is_private else "private")
            )

        await self._page.act(do, once="share")

    def ask_title(self) -> None:
        """Ask for another title."""
        dialog = Dialog(self._page.client, "Rename this chat")

        async def send(values: Values) -> None:
            await self._change(SessionChange(title=values["title"]))
            dialog.close()

        with dialog.body:
            form = Form(self._page.act, send, action="Rename", cancel=dialog.close)
            with form.body:
                form.add_text("title", "Title", self.chat.title, maxlength=200)

    async def _change(self, change: SessionChange) -> None:
        await self._services.chats.update(self._caller, self.chat.id, change)
        await self._on_change()

    async def delete(self) -> None:
        """Delete the chat, and offer to undo it."""

        async def do() -> None:
            self.is_deleted = True
            await self._services.chats.delete(self._caller, self.chat.id)
            for each in (self._acts, self.log, self._composer):
                each.set_visibility(False)
            with self._gone:
                El("p", text="This chat is deleted. It is erased in an hour.")
                Button("Undo", self.restore, kind="solid")
            await self._on_change()

        if not await self._page.act(do, once="delete"):
            self.is_deleted = False

    async def restore(self) -> None:
        """Undo the deletion."""

        async def do() -> None:
            await self._services.chats.restore(self._caller, self.chat.id)
            ui.navigate.to(f"/chats/{self.chat.id}")

        await self._page.act(do, once="delete")
