"""What the sections of the settings share: their list, their parts, and a failure's place."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from nicegui import ui

from domain.core.errors import MomentsError, Unauthenticated
from webapp.app.components.copy_button import CopyButton
from webapp.app.components.section_nav import SectionNav
from webapp.app.kit.elements import Button, El, Icon
from webapp.app.shell import SignedInPage

SECTIONS: Final = (
    ("profile", "Profile", "user"),
    ("organisation", "Organisation", "home"),
    ("members", "Members", "people"),
    ("streams", "Streams", "live"),
    ("vms", "VMs", "screen"),
    ("tokens", "Tokens", "key"),
    ("webhooks", "Webhooks", "link"),
    ("apps", "Apps", "mark"),
    ("storage", "Storage", "storage"),
    ("retention", "Retention", "clock"),
    ("data", "Your data", "download"),
)


@contextmanager
def section(title: str, lead: str = "") -> Iterator[El]:
    """Draw a part with its head; yields the place of the head's action."""
    with El("section"):
        with El("div", "m-row m-between m-shead"):
            with El("div"):
                El("h2", text=title)
                if lead:
                    El("p", "m-2 m-sm", lead)
            action = El("div", "m-row m-t")
        yield action


def show_secret(place: ui.element, words: str, secret: str) -> None:
    """Show a secret once, with a button that copies it."""
    place.clear()
    with place, El("div", "m-secret"):
        with El("span", "m-ok"):
            Icon("check")
        with El("div", "m-grow"):
            El("div", "m-b", text=words)
            El("div", "m-mono m-2", secret)
        CopyButton(secret, "Copy").classes("m-solid")


class SettingsPage(SignedInPage):
    """One section: `draw` builds it once, `refresh` shows what is true now."""

    current = "settings"
    sheets: tuple[str, ...] = ("settings",)
    section: str

    def __init_subclass__(cls) -> None:
        """Name the page after its section."""
        cls.title = next((label for key, label, _ in SECTIONS if key == cls.section), cls.title)

    async def build(self) -> None:
        """Draw the list of sections, and this one."""
        with El("div", "m-settings"):
            SectionNav(SECTIONS, self.section)
            self.content = El("div", "m-scontent")
        await self._open()

    async def _open(self) -> None:
        self.content.clear()
        try:
            with self.content:
                self.draw()
            await self.refresh()
        except Unauthenticated:
            raise
        except MomentsError as error:
            self._draw_failure(error)

    def _draw_failure(self, error: MomentsError) -> None:
        self.content.clear()
        with self.content, El("div", "m-empty"):
            with El("span", "m-bad"):
                Icon("warn", "l")
            El("h2", text="This section failed to load")
            El("p", text=error.message)
            Button("Try again", lambda: self.act(self._open), kind="solid", glyph="again")

    @abstractmethod
    def draw(self) -> None:
        """Draw the section's parts."""

    async def refresh(self) -> None:
        """Read what the section shows, and show it."""

    async def catch_up(self) -> None:
        """Read anew what may have changed while nobody listened."""
        await self.refresh()

    def poll(self, every_s: float, do: Callable[[], Awaitable[Any]]) -> None:
        """Do something again and again; what fails is tried again the next time."""

        async def tick() -> None:
            try:
                await do()
            except Unauthenticated:
                self._to_sign_in()
            except MomentsError:
                pass

        ui.timer(every_s, tick, immediate=False)

    @property
    def is_admin(self) -> bool:
        """Whether the page offers what admins can do; services decide."""
        return bool(self.me["is_admin"])
