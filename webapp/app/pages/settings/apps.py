"""How to mark from anywhere: the installed app, a bookmark, an extension, a Shortcut."""

from typing import Final

from webapp.app.components.copy_button import CopyButton
from webapp.app.kit.elements import El
from webapp.app.pages.settings.base import SettingsPage, section

# Opens the page of a new mark with the address and the time that plays.
_BOOKMARK: Final = (
    "javascript:(()=>{{const m=document.querySelector('video,audio'),u=new URL(location.href);"
    "if(m&&m.currentTime)u.hash='t='+Math.floor(m.currentTime);"
    "open('{origin}/mark?url='+encodeURIComponent(u))}})()"
)
_INSTALL: Final = (
    "Android, Chrome, Edge: open the browser's menu and choose Install or Add to home screen.",
    "iPhone and iPad: press Share in Safari, then Add to Home Screen.",
)
_EXTENSION: Final = (
    "Download the extension and unpack it.",
    "Chrome, Edge: open chrome://extensions, turn on Developer mode, press Load unpacked, and "
    "choose the folder.",
    "Firefox: open about:debugging, This Firefox, Load Temporary Add-on, and choose manifest.json.",
    "Press its button, then Connect: give it this address and an API token.",
)
_SHORTCUT: Final = (
    "Open Shortcuts, make one, and turn on Show in Share Sheet for URLs and text.",
    "Add the action URL Encode, with the Shortcut Input.",
    "Add the action Open URLs: the address below, then the encoded text.",
)


class AppsPage(SettingsPage):
    """Ways into Moments from other apps and pages."""

    section = "apps"

    def draw(self) -> None:
        """Draw one part for each way."""
        origin = self.services.settings.origin
        lead = "Moments in a window of its own. Other apps can then share links to it."
        with section("Install the app", lead):
            _list("ul", _INSTALL)
            with El("p", "m-2 m-sm"):
                El("a", "m-link", "Marks made without a connection", href="/offline")
                El("span", text=" wait on the device until you are connected.")
        bookmark = _BOOKMARK.format(origin=origin)
        with section("Bookmark", "Marks what plays on the page that you are on."):
            with El("div", "m-row m-wraps"):
                El("a", "m-btn m-solid", "Mark this", href=bookmark, draggable="true")
                CopyButton(bookmark, "Copy its address").classes("m-quiet")
            El(
                "p",
                "m-2 m-sm",
                "Drag it to the bookmarks bar, or make a bookmark with its address.",
            )
        lead = "Sets start and end while a song or video plays on the provider's own page."
        with section("Browser extension", lead) as action:
            with action:
                El("a", "m-btn", "Download", href="/extension.zip")
            _list("ol", _EXTENSION)
        lead = "iOS offers no sharing to web apps. A Shortcut does the same."
        with section("Share sheet of an iPhone", lead):
            _list("ol", _SHORTCUT)
            with El("div", "m-row m-wraps"):
                El("code", "m-mono m-2", f"{origin}/mark?text=")
                CopyButton(f"{origin}/mark?text=", "Copy").classes("m-quiet")


def _list(kind: str, texts: tuple[str, ...]) -> None:
    with El(kind, "m-texts"):
        for text in texts:
            El("li", text=text)
