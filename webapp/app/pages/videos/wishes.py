"""What is asked before a moment is worked on: a wish for a model, the shape of a vertical clip."""

from collections.abc import Awaitable, Callable
from typing import Final

from domain.videos.models import FoundMoment
from webapp.app.components.crop_frame import CropFrame
from webapp.app.kit.elements import El
from webapp.app.kit.forms import Dialog, Form, Values
from webapp.app.shell import SignedInPage

_CROPS: Final = {
    "fit": "The whole frame over a blurred background",
    "part": "A part of the frame, as high as it is",
}


def ask_vertical(page: SignedInPage, video_id: str, found: FoundMoment, picture: str) -> None:
    """Ask how a moment becomes a vertical clip, as last time at first, and have it rendered."""
    dialog = Dialog(page.client, "Vertical clip, 9:16")
    last = found.vertical_crop

    async def send(values: Values) -> None:
        await page.services.vertical_exports.request(
            page.caller,
            video_id,
            found.moment.id,
            crop=frame.value if values["crop"] == "part" else None,
            with_captions=bool(values["captions"]),
        )
        dialog.close()
        page.toaster.say("Rendering the vertical clip", "It becomes a file of the moment.")

    with dialog.body:
        form = Form(page.act, send, action="Render", cancel=dialog.close)
        with form.body:
            shown = form.add_choice("crop", "Show", _CROPS, "fit" if last is None else "part")
            frame = CropFrame(picture, 0.5 if last is None else last)
            frame.bind_visibility_from(shown, "value", value="part")
            form.add_toggle("captions", "Captions, word by word", value=True)


def ask_wish(
    page: SignedInPage, title: str, about: str, send: Callable[[str], Awaitable[object]]
) -> None:
    """Ask for a wish in the user's own words, which may be empty."""
    dialog = Dialog(page.client, title)

    async def go(values: Values) -> None:
        await send(str(values["prompt"] or ""))
        dialog.close()

    with dialog.body:
        El("p", "m-2", about)
        form = Form(page.act, go, action=title, cancel=dialog.close)
        with form.body:
            form.add_text("prompt", "What are you looking for? (optional)", maxlength=2000)
