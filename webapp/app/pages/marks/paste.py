"""Asking for the link of a song or video."""

from webapp.app.kit.elements import El, Icon, link
from webapp.app.pages.marks.state import DRAFTS


def draw_paste(problem: str, url: str) -> None:
    """Draw a plain form, which opens the page again with the link; `problem` is about `url`."""
    with El("div", "m-page m-paste"):
        El("h1", text="Mark a moment")
        El("p", "m-2", "Paste the link of a song or video, and choose the part that matters.")
        with El("form", "m-pasteform", action="/mark", method="get"):
            with El("div", "m-field"):
                El("label", "m-label", "Link", for_="m-url")
                El(
                    "input",
                    "m-input",
                    id="m-url",
                    name="url",
                    value=url,
                    inputmode="url",
                    autocomplete="off",
                    autofocus=True,
                    required=True,
                    maxlength=2000,
                    placeholder="https://",
                    aria_invalid="true" if problem else None,
                    aria_describedby="m-url-words",
                )
                if problem:
                    with El("p", "m-msg", id="m-url-words", role="alert"):
                        Icon("warn", "s")
                        El("span", text=problem)
                else:
                    words = "YouTube, Spotify, media files, and clips and videos of Moments."
                    El("span", "m-hint", words, id="m-url-words")
            with El("button", "m-btn m-solid m-big", type="submit"):
                El("span", text="Open")
        with El("p", "m-row m-sm"):
            link("Your marks", "/library?kind=mark", "m-link", "mark")
            link("Drafts", DRAFTS, "m-link", "pencil")
            link("Import or export", "/settings/data", "m-link", "upload")
