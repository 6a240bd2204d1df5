"""One message at a time, bottom right: what was done, and how to undo it.

Quasar's notification cannot call Python from its buttons, so this one is our own.
"""

from collections.abc import Awaitable, Callable
from typing import Literal

from webapp.app.kit.elements import Button, El, Icon

Tone = Literal["ok", "bad", "busy"]
Action = tuple[str, Callable[[], Awaitable[object]]]
Draw = Callable[[], object]


class Toaster(El):
    """The place of messages; errors stay until closed, others for eight seconds."""

    def __init__(self) -> None:
        super().__init__("div", "m-toasts m-app-toasts")
        with self:
            self._heard = El("div", "m-vh", role="status", aria_live="polite")
            self._place = El("div")

    def say(
        self,
        title: str,
        detail: str = "",
        *,
        tone: Tone = "ok",
        action: Action | None = None,
        preview: Draw | None = None,
        more: Draw | None = None,
    ) -> None:
        """Show a message instead of the present one.

        `preview` draws what it is about before its words, `more` a row of buttons below them.
        """
        self._place.clear()
        if tone != "bad":
            self._heard.text = f"{title}, {detail}" if detail else title
        role = "alert" if tone == "bad" else "group"
        with self._place, El("div", "m-toast m-float", role=role, aria_label="Message"):
            with El("div", "m-row m-t"):
                if preview:
                    preview()
                _draw_mark(tone)
                with El("div", "m-grow"):
                    El("div", "m-b", text=title)
                    if detail:
                        El("div", "m-sm m-2", text=detail)
                if action:
                    Button(action[0], lambda: self._act(action[1]), kind="solid")
                Button("", self.close, kind="quiet", glyph="close", label="Close").classes("m-icon")
            if more:
                with El("div", "m-acts"):
                    more()
            if tone == "ok":
                with El("span", "m-fuse"):
                    El("i").on("animationend", self.close, args=[])

    def close(self) -> None:
        """Take the message away."""
        self._place.clear()

    async def _act(self, do: Callable[[], Awaitable[object]]) -> None:
        self.close()
        with self.client:  # the button that was pressed is gone
            await do()


def _draw_mark(tone: Tone) -> None:
    if tone == "busy":
        El("span", "m-ring m-spin")
        return
    with El("span", f"m-{tone}"):
        Icon("check" if tone == "ok" else "warn")
