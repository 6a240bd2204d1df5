"""What the user is notified of, and how: in the bell, by this browser, by email."""

from functools import partial
from typing import Any, Final, get_args

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from domain.accounts.notice_deliveries import Channel, switch
from domain.accounts.notices import NoticeKind
from domain.infra.web_push import Target
from webapp.app.components.push_button import PushButton
from webapp.app.kit.elements import El
from webapp.app.shell import SignedInPage

_KINDS: Final[dict[NoticeKind, str]] = {
    "saved": "Others who save a part that I saved",
    "mention": "Notes that mention me",
    "search": "New moments for searches that I keep",
    "invitation": "Invitations, and who accepted mine",
    "video": "My videos that finished or failed",
    "capture": "My clips and files that failed",
    "stream": "My streams that went off air with an error",
    "nudge": "Other times that people suggest for my marks",
    "webhook": "Webhooks that were switched off",
}
_CHANNELS: Final[dict[Channel, str]] = {"bell": "Bell", "push": "Push", "email": "Email"}


class Notifications:
    """A row of switches for each kind: the bell's turns off the whole kind."""

    def __init__(self, page: SignedInPage) -> None:
        self._page = page
        self._notices = page.services.notices
        self._browsers = page.services.push_browsers
        self._muted: frozenset[str] = frozenset()
        self._switches: dict[tuple[NoticeKind, Channel], ui.switch] = {}
        channels = [each for each in get_args(Channel) if each in self._notices.channels]
        with El("div", "m-glass m-pad"):
            for kind, label in _KINDS.items():
                with El("div", "m-row m-wraps m-between m-kind", role="group", aria_label=label):
                    El("span", "m-grow", label)
                    for channel in channels:
                        self._draw(kind, channel)
        self._draw_more(channels)

    def _draw(self, kind: NoticeKind, channel: Channel) -> None:
        made = ui.switch(
            _CHANNELS[channel], value=True, on_change=partial(self._turn, kind, channel)
        )
        made.classes("m-qswitch")
        made.props["aria-label"] = f"{_CHANNELS[channel]}: {_KINDS[kind]}"
        self._switches[kind, channel] = made

    def _draw_more(self, channels: list[Channel]) -> None:
        if "email" in channels:
            words = "Emails are sent for what you have not seen within ten minutes."
            El("p", "m-2 m-sm m-after", words)
        if self._browsers.public_key is not None:
            with El("div", "m-after"):
                PushButton(
                    self._browsers.public_key,
                    on_added=self._added,
                    on_removed=self._removed,
                    on_refused=self._refused,
                )

    async def refresh(self) -> None:
        """Show what is switched off."""
        self._show(await self._notices.muted(self._page.caller))

    def _show(self, muted: frozenset[str]) -> None:
        self._muted = muted
        for (kind, channel), made in self._switches.items():
            made.value = switch(kind, channel) not in muted
            made.set_enabled(channel == "bell" or kind not in muted)

    async def _turn(
        self, kind: NoticeKind, channel: Channel, event: ValueChangeEventArguments[bool]
    ) -> None:
        is_muted = not event.value
        if is_muted == (switch(kind, channel) in self._muted):
            return  # shown, not pressed

        async def do() -> None:
            await self._notices.mute(self._page.caller, kind, is_muted=is_muted, channel=channel)
            await self.refresh()

        if not await self._page.act(do):
            self._switches[kind, channel].value = is_muted

    async def _added(self, sent: Any) -> None:  # noqa: ANN401 (what a browser sends)
        target = target_of(sent)
        if target is not None:
            await self._page.act(lambda: self._browsers.add(self._page.caller, target))

    async def _removed(self, sent: Any) -> None:  # noqa: ANN401 (what a browser sends)
        if isinstance(sent, str):
            await self._page.act(lambda: self._browsers.remove(self._page.caller, sent))

    async def _refused(self, why: Any) -> None:  # noqa: ANN401 (what a browser sends)
        self._page.toaster.say("This browser shows no notifications", str(why)[:200], tone="bad")


def target_of(sent: Any) -> Target | None:  # noqa: ANN401 (what a browser sends)
    """Return a browser's target (`PushSubscription.toJSON`), or None if it is malformed."""
    if not isinstance(sent, dict) or not isinstance(sent.get("keys"), dict):
        return None
    values = (sent.get("endpoint"), sent["keys"].get("p256dh"), sent["keys"].get("auth"))
    texts = [each for each in values if isinstance(each, str)]
    return Target(*texts) if len(texts) == len(values) else None
