"""Webhooks: where they lead, what they are sent, and how the last deliveries ended."""

from typing import Final
from urllib.parse import urlsplit

from domain.core.errors import BadFields
from domain.core.time import isoformat
from domain.infra.events import Event
from domain.webhooks.models import (
    EVENTS,
    Delivery,
    DeliveryStatus,
    HookEvent,
    Webhook,
    WebhookChange,
)
from webapp.app.components.list_row import Look, Press, RowItem, RowList, When
from webapp.app.kit.elements import Button, El
from webapp.app.kit.forms import Dialog, Form, Values, confirm
from webapp.app.kit.in_order import in_order
from webapp.app.pages.settings.base import SettingsPage, section, show_secret

_SHOWN: Final = 20
_WORDS: Final[dict[HookEvent, str]] = {
    "moment.created": "A moment is made",
    "moment.updated": "A moment changes",
    "moment.deleted": "A moment is deleted",
    "moment.restored": "A moment is restored",
    "snapshot.created": "A snapshot is taken",
    "clip.ready": "A clip is ready",
    "clip.failed": "A clip failed",
    "video.completed": "A video is processed",
    "video.failed": "A video failed",
    "build.empty": "A commit has no pictures",
    "build.new": "A commit has no baseline yet",
    "build.passed": "A commit looks as before",
    "build.changed": "A commit looks different",
    "build.failed": "A commit's capture failed",
    "build.approved": "A commit is approved",
    "build.rejected": "A commit is rejected",
}
_USUAL: Final = frozenset({"moment.created", "clip.ready", "video.completed"})
_STATES: Final[dict[DeliveryStatus, tuple[Look, str]]] = {
    "pending": ("warnw", "Waiting"),
    "delivered": ("okw", "Delivered"),
    "failed": ("badw", "Failed"),
}


class WebhooksPage(SettingsPage):
    """The webhooks, and the deliveries of the one that is chosen."""

    section = "webhooks"
    hears = ("webhook",)

    def draw(self) -> None:
        """Draw the list, and the place of deliveries."""
        lead = "Signed requests to other services when something happens here."
        with section("Webhooks", lead) as action:
            if not self.is_admin:
                El("p", "m-2", "Owners and admins manage webhooks. Ask one of them.")
                return
            with action:
                Button("Add webhook", self.ask_to_add, kind="solid", glyph="plus")
            self.shown = El("div", role="status")
            self.list = RowList(self._do, none="No webhooks yet.")
            El(
                "p",
                "m-hint m-after",
                "What only some members can see is not sent. A receiver checks signatures with "
                "any Standard Webhooks library.",
            )
        self._chosen: str | None = None
        with section("Deliveries", "Of the last 30 days, newest first."):
            self.deliveries = RowList(self._do_delivery, none="Nothing was sent yet.")

    @in_order
    async def refresh(self) -> None:
        """Show webhooks and deliveries."""
        if not self.is_admin:
            return
        found = await self.services.webhooks.list(self.caller)
        self._webhooks = {each.id: each for each in found}
        if self._chosen not in self._webhooks:
            self._chosen = found[-1].id if found else None
        self.list.show([self._row(each) for each in found])
        sent = await self._list_sent()
        self.deliveries.show([_delivery_row(each) for each in sent])

    async def hear(self, event: Event) -> None:
        """Show how a delivery ended."""
        await self.refresh()

    async def _list_sent(self) -> list[Delivery]:
        if self._chosen is None:
            return []
        found, _ = await self.services.webhooks.deliveries(self.caller, self._chosen, limit=_SHOWN)
        return list(found)

    def _row(self, each: Webhook) -> RowItem:
        sent = each.last_delivered_at
        why = each.disabled_reason or ("" if each.failing_since is None else "it fails")
        switch = Press("off", "Switch off") if each.is_enabled else Press("on", "Switch on")
        return RowItem(
            id=each.id,
            title=urlsplit(each.url).netloc,
            note=urlsplit(each.url).path,
            meta=(
                f"{len(each.events)} of {len(EVENTS)} events",
                When("last delivered ", isoformat(sent), "ago") if sent else "nothing delivered",
                *((why,) if why else ()),
            ),
            glyph="link",
            badge=_badge(each),
            buttons=(Press("test", "Send a test"),),
            menu=(
                Press("deliveries", "Deliveries"),
                Press("edit", "Edit", "pencil"),
                Press("rotate", "New secret", "key"),
                switch,
                Press("-", ""),
                Press("delete", "Delete", "trash", is_danger=True),
            ),
            is_picked=each.id == self._chosen and len(self._webhooks) > 1,
        )

    async def _do(self, webhook_id: str, what: str, _value: str) -> None:
        webhook = self._webhooks.get(webhook_id)
        if webhook is None:
            return
        self._chosen = webhook_id
        if what == "edit":
            self._ask_to_edit(webhook)
        elif what == "delete":
            self._ask_to_delete(webhook)
        elif what == "rotate":
            self._ask_to_rotate(webhook)
        else:
            await self.act(lambda: self._do_at_once(webhook_id, what), once=webhook_id)

    async def _do_at_once(self, webhook_id: str, what: str) -> None:
        if what == "test":
            await self.services.webhooks.test(self.caller, webhook_id)
            self.toaster.say("A test was sent", "Its delivery is listed below.")
        elif what in {"on", "off"}:
            change = WebhookChange(is_enabled=what == "on")
            await self.services.webhooks.update(self.caller, webhook_id, change)
        await self.refresh()

    async def _do_delivery(self, delivery_id: str, what: str, _value: str) -> None:
        if what == "again" and self._chosen is not None:
            webhooks, chosen = self.services.webhooks, self._chosen
            await self.act(lambda: webhooks.redeliver(self.caller, chosen, delivery_id))
            await self.act(self.refresh)

    # Dialogs

    def ask_to_add(self) -> None:
        """Ask for an address and events, and show the secret."""
        dialog = Dialog(self.client, "Add webhook")

        async def add(values: Values) -> None:
            made = await self.services.webhooks.create(self.caller, values["url"], _events(values))
            dialog.close()
            self._chosen = made.webhook.id
            await self.refresh()
            self._show_secret(made.secret)

        self._draw_form(dialog, add, "Create", url="", events=_USUAL)

    def _ask_to_edit(self, webhook: Webhook) -> None:
        dialog = Dialog(self.client, "Edit webhook")

        async def edit(values: Values) -> None:
            change = WebhookChange(values["url"], _events(values))
            await self.services.webhooks.update(self.caller, webhook.id, change)
            dialog.close()
            await self.refresh()
            self.toaster.say("Saved")

        self._draw_form(dialog, edit, "Save", url=webhook.url, events=frozenset(webhook.events))

    def _draw_form(
        self, dialog: Dialog, send: object, action: str, *, url: str, events: frozenset[str]
    ) -> None:
        with dialog.body:
            form = Form(self.act, send, action=action, cancel=dialog.close)  # type: ignore[arg-type]
            with form.body:
                form.add_text(
                    "url",
                    "Address",
                    url,
                    hint="A public address of yours that takes POST requests.",
                    placeholder="https://hooks.example.org/moments",
                    maxlength=1000,
                )
                with El("div", "m-two"):
                    for event in EVENTS:
                        form.add_toggle(event, _WORDS[event], value=event in events)

    def _ask_to_rotate(self, webhook: Webhook) -> None:
        async def do() -> None:
            made = await self.services.webhooks.rotate_secret(self.caller, webhook.id)
            self._show_secret(made.secret)

        async def go() -> None:
            await self.act(do, once=f"rotate {webhook.id}")

        words = "For 24 hours, messages are signed with the old secret as well."
        confirm(self.client, "Replace the secret?", words, "Replace", go)

    def _ask_to_delete(self, webhook: Webhook) -> None:
        async def do() -> None:
            await self.services.webhooks.delete(self.caller, webhook.id)
            await self.refresh()

        async def go() -> None:
            await self.act(do, once=f"delete {webhook.id}")

        words = "Nothing more is sent to it, and its deliveries are deleted."
        confirm(self.client, f"Delete {urlsplit(webhook.url).netloc}?", words, "Delete", go)

    def _show_secret(self, secret: str) -> None:
        words = "The signing secret. Copy it now; it will not be shown again."
        show_secret(self.shown, words, secret)


def _events(values: Values) -> list[str]:
    chosen: list[str] = [event for event in EVENTS if values[event]]
    if not chosen:
        raise BadFields({"events": "must name one event or more"})
    return chosen


def _badge(each: Webhook) -> tuple[Look, str]:
    if not each.is_enabled:
        return "badw", "Off"
    return ("warnw", "Failing") if each.failing_since else ("okw", "On")


def _delivery_row(each: Delivery) -> RowItem:
    look, word = _STATES[each.status]
    if each.status == "pending" and each.attempts:
        word = "Trying again"
    answer = f"{each.response_status or ''} {each.response_excerpt or ''}".strip()
    attempts = f"attempt {each.attempts}" if each.attempts > 1 else ""
    next_at = each.next_at if each.status == "pending" and each.attempts else None
    return RowItem(
        id=each.id,
        title=each.event,
        meta=(
            When("", isoformat(each.created_at), "ago"),
            *((answer[:160],) if answer else ()),
            *((attempts,) if attempts else ()),
            *((When("next try ", isoformat(next_at), "time"),) if next_at else ()),
        ),
        glyph="link",
        badge=(look, word),
        buttons=() if each.status == "pending" else (Press("again", "Send again"),),
    )
