"""Adding videos: a link to fetch, or files that are dropped, with captions beside them."""

from collections.abc import Awaitable, Callable
from functools import partial
from mimetypes import guess_type
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from domain.core.errors import BadFields, MomentsError, Unauthenticated
from domain.moments.models import NewAsset
from domain.videos.captions import CAPTION_ENDINGS
from domain.videos.models import NewVideo
from webapp.app.components.uploader import ChosenFile, Uploader
from webapp.app.kit.elements import Button, El, Icon, link
from webapp.app.kit.forms import sentence, text_field
from webapp.app.pages.videos.allowed import link_of, refusal_of
from webapp.app.shell import SignedInPage

# Browsers do not know these, or take them for something else.
_TYPES: Final = {
    ".mkv": "video/x-matroska",
    ".webm": "video/webm",
    ".m4a": "audio/mp4",
    ".ts": "video/mp2t",
    ".m2ts": "video/mp2t",
    ".flv": "video/x-flv",
}
_ACCEPT: Final = ",".join(["video/*", "audio/*", *_TYPES, *CAPTION_ENDINGS])


class AddVideo:
    """`on_change` is called when a video was added, has arrived, or was given up."""

    def __init__(self, page: SignedInPage, on_change: Callable[[], Awaitable[None]]) -> None:
        self._page, self._on_change = page, on_change
        self._services, self._caller = page.services, page.caller
        self._videos: dict[str, tuple[str, str]] = {}  # by the uploader's keys: video, moment
        self._captions: set[str] = set()  # keys of caption files
        with El("section", "m-glass m-addvideo", aria_label="Add a video"):
            self._link = text_field(
                "Link to a video",
                placeholder="https://",
                inputmode="url",
                autocomplete="off",
                maxlength=2000,
            )
            self._link.on("keydown.enter", self.fetch, args=[])
            Button("Fetch", self.fetch, kind="primary", glyph="download")
            self._words = El("div", "m-addwords", role="status")
            self.uploader = Uploader(
                self._services.settings.video_bytes,
                self._on_files,
                lead="Drop files, or ",
                kinds="MP4, MOV, MKV, WebM or audio, with captions (SRT, VTT) if you have them."
                " A lost connection continues where it stopped.",
                accept=_ACCEPT,
            )

    @property
    def sending(self) -> set[str]:
        """The videos whose files this page is uploading: they have a row here already."""
        return {video_id for video_id, _ in self._videos.values()}

    def focus(self) -> None:
        """Let the user type a link."""
        self._link.run_method("focus")

    # A link

    async def fetch(self) -> None:
        """Have the server fetch what a link leads to."""
        self._words.clear()
        url = str(self._link.value or "").strip()
        if not url:
            self._link.error = "Paste a link to a video first."
            return
        found = link_of(url, self._services.settings.origin)
        if why := refusal_of(found, self._services.settings):
            self._refuse(url, why)
            return
        is_ours = found is not None and found.provider == "moments"
        new = NewVideo(moment_id=found.provider_id) if found and is_ours else NewVideo(url=url)
        if await self._page.act(partial(self._submit, new), once="fetch"):
            await self._on_change()

    async def _submit(self, new: NewVideo) -> None:
        try:
            await self._services.videos.submit(self._caller, new)
        except BadFields as error:
            self._link.error = sentence("Link", next(iter(error.fields.values()), error.message))
            return
        self._link.value = ""

    def _refuse(self, url: str, why: str) -> None:
        with self._words, El("div", "m-note m-warnnote"):
            Icon("warn")
            with El("div"):
                El("div", "m-b", "This link was not fetched.")
                with El("div", "m-2"):
                    El("span", text=f"{why} ")
                    link("Mark a part instead", f"/mark?url={quote(url, safe='')}", "m-link")

    # Files

    async def _on_files(self) -> None:
        files = self.uploader.files
        for key in [*self._videos.keys() - files.keys()]:
            await self._page.act(partial(self._give_up, key))
        new = [each for each in files.values() if each.key not in self._videos]
        new = [each for each in new if each.key not in self._captions]
        for file in sorted(new, key=is_captions):  # a caption file goes to its video
            await self._page.act(partial(self._begin, file))
        for key in [*self.uploader.arrived]:
            self._videos.pop(key, None)
            self._captions.discard(key)
            self.uploader.drop(key)
        await self._on_change()

    async def _begin(self, file: ChosenFile) -> None:
        if why := _unusable(file):
            self.uploader.refuse(file.key, why)
            return
        try:
            url = await (self._add_captions(file) if is_captions(file) else self._add_video(file))
        except Unauthenticated:
            raise
        except MomentsError as error:
            fields = error.fields.values() if isinstance(error, BadFields) else ()
            told = " ".join(sentence("The file", each) for each in fields)
            self.uploader.refuse(file.key, told or error.message)
            return
        self.uploader.begin(file.key, url)

    async def _add_video(self, file: ChosenFile) -> str:
        new = NewVideo(file_name=file.name, mime_type=type_of(file), size_bytes=file.size_bytes)
        made = await self._services.videos.submit(self._caller, new)
        self._videos[file.key] = (made.video.id, made.video.moment_id)
        return made.upload_url or ""

    async def _add_captions(self, file: ChosenFile) -> str:
        moment_id = self._moment_beside(file)
        if moment_id is None:
            raise BadFields({"file": "must be dropped together with its video"})
        self._captions.add(file.key)
        new = NewAsset("other", file.name, "text/plain", file.size_bytes, "web_ui")
        return (await self._services.uploads.begin(self._caller, moment_id, new)).url

    def _moment_beside(self, file: ChosenFile) -> str | None:
        """Return the moment of the video of the same name, or of the only one."""
        names = {
            PurePath(each.name).stem: self._videos[key][1]
            for key, each in self.uploader.files.items()
            if key in self._videos
        }
        only = next(iter(names.values())) if len(names) == 1 else None
        return names.get(PurePath(file.name).stem.removesuffix(".en"), only)

    async def _give_up(self, key: str) -> None:
        """Delete the video whose upload was stopped."""
        video_id, _ = self._videos.pop(key)
        await self._services.videos.delete(self._caller, video_id)


def is_captions(file: ChosenFile) -> bool:
    """Return whether a file holds captions."""
    return file.name.lower().endswith(CAPTION_ENDINGS)


def type_of(file: ChosenFile) -> str:
    """Return a file's media type; browsers do not know all of them."""
    known = _TYPES.get(PurePath(file.name).suffix.lower())
    return known or file.mime_type or guess_type(file.name)[0] or ""


def _unusable(file: ChosenFile) -> str | None:
    """Return why a file cannot become a video, as far as its name and length tell."""
    if not file.size_bytes:
        return "The file is empty. Choose another one."
    if is_captions(file) or type_of(file).startswith(("video/", "audio/")):
        return None
    return "This is neither video nor audio. Choose another file, or convert it to MP4."
