"""The moment beside its chat: it plays, with who speaks when and what the answers cite."""

from bisect import bisect_right
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from domain.chats.models import Message
from domain.core.errors import Conflict, NotFound
from domain.marks.links import Link
from domain.moments.models import Moment
from domain.videos.models import Line, Transcript, Video
from domain.videos.transcripts import part_of
from webapp.app.components.chat_player import ChatPlayer
from webapp.app.components.transcript import TranscriptLines
from webapp.app.kit.elements import Button, El, Icon, link
from webapp.app.pages.library.cards import Cards
from webapp.app.pages.library.marked import Marked
from webapp.app.pages.library.state import Filters
from webapp.app.pages.marks.player import playable
from webapp.app.pages.videos.playing import player_of
from webapp.app.pages.videos.speech import said, shares_of, turns_of, voices_of
from webapp.app.shell import SignedInPage
from webapp.players import show_player

_MOST_LINES: Final = 300  # at once; the others follow where it plays
_LINES_BEFORE: Final = 100  # where it plays
_END_S: Final = 1e9  # after the last line


class MomentPanel:
    """What a moment has to see and hear; nothing is drawn before `draw`."""

    def __init__(self, page: SignedInPage, moment: Moment) -> None:
        self._page, self._moment = page, moment
        self._player: ChatPlayer | None = None

    async def draw(self) -> None:
        """Read the media, and draw the panel."""
        moment, video = self._moment, await self._find_video()
        transcript = None if video is None else await self._transcript(video)
        part = (0, 0) if video is None else await self._part(video)
        if transcript is not None:
            transcript = part_of(transcript, *part)
        if video is not None and video.media_url is not None:
            self._draw_video(video, part, transcript)
        else:
            await self._draw_other()
        with El("div", "m-chatabout"):
            with El("h2"):
                link(moment.title, f"/library/{moment.id}", "m-chatmomentlink")
            if moment.description:
                El("p", "m-sm m-2 m-pass", moment.description)
            with El("div", "m-row m-t m-wraps"):
                for tag in (*moment.insight.key_emotions, *moment.tags)[:8]:
                    El("span", "m-badge m-plain", tag)
        if video is not None and transcript is not None:
            await self._draw_speech(video, transcript, part[0] / 1000)
        with El("div", "m-row m-t m-chatlinks"):
            link("Open moment", f"/library/{moment.id}", "m-btn")
            link("Chats about it", f"/chats?moment={moment.id}", "m-btn")

    def show(self, messages: Sequence[Message]) -> None:
        """Show on the timeline what the answers cite."""
        if self._player is None:
            return
        video = self._player.props["video"]
        cited = [
            each.start_s
            for message in messages
            for each in message.citations
            if each.video_id == video and each.start_s is not None
        ]
        self._player.show_cited(sorted(set(cited)))

    async def _find_video(self) -> Video | None:
        """Return the moment's video, or the one that it is a part of."""
        videos, caller = self._page.services.videos, self._page.caller
        source = self._moment.source_id or ""
        try:
            if source.startswith("video_"):
                return await videos.get(caller, source)
        except NotFound:  # the part is shared, the whole is not
            return None
        return (await videos.of_moments(caller, [self._moment.id])).get(self._moment.id)

    async def _transcript(self, video: Video) -> Transcript | None:
        try:
            return await self._page.services.videos.transcript(self._page.caller, video.id)
        except Conflict:  # it is not ready
            return None

    async def _part(self, video: Video) -> tuple[int, int]:
        """Return the part of the video that the moment is, in milliseconds."""
        if self._moment.id != video.moment_id:
            for each in await self._page.services.videos.moments(self._page.caller, video.id):
                if each.moment.id == self._moment.id:
                    return each.start_ms, each.end_ms
        return 0, video.duration_ms or 0

    def _draw_video(
        self, video: Video, part: tuple[int, int], transcript: Transcript | None
    ) -> None:
        seconds = (part[0] / 1000, part[1] / 1000)
        turns = turns_of(transcript, voices_of(transcript)) if transcript else ()
        player = player_of(self._page, video)
        self._player = ChatPlayer(player, video=video.id, part=seconds, turns=turns)

    async def _draw_other(self) -> None:
        """Draw a mark's part, a clip, or a picture."""
        page, moment = self._page, self._moment
        services, caller = page.services, page.caller
        if moment.kind == "mark":
            with suppress(NotFound):  # made as a mere moment
                await self._draw_mark(Marked(await services.marks.get(caller, moment.id)))
            return
        what = await playable(services, caller, Link("moments", "moment", moment.id, ""), None)
        player = None
        if what.media_url is not None:
            player = show_player(page.request.scope, services.settings, what)
        if player is not None:
            ChatPlayer(player, part=(0.0, (what.length_ms or 0) / 1000))
            return
        [card] = await Cards(services, caller).of([moment], Filters())
        if card.picture:
            El("img", "m-chatpic", src=card.picture, alt="", loading="lazy")

    async def _draw_mark(self, marked: Marked) -> None:
        """Draw a mark's part; on a narrow page it is away until somebody wants it."""
        with El("div", "m-chatmark") as box:
            toggle = Button("", lambda: show())  # noqa: PLW0108 (made below)
            toggle.classes("m-icon m-chatplay")
            player = await marked.draw(self._page)

        def show() -> None:
            is_shown = "m-unfolded" not in box.classes
            box.classes(toggle="m-unfolded")
            if player is not None and not is_shown:
                player.pause()
            draw_toggle(is_shown=is_shown)

        def draw_toggle(*, is_shown: bool) -> None:
            toggle.clear()
            with toggle:
                Icon("close" if is_shown else "play")
            toggle._props["aria-label"] = "Hide the player" if is_shown else "Play the moment"

        draw_toggle(is_shown=False)

    async def _draw_speech(self, video: Video, transcript: Transcript, start: float) -> None:
        voices = voices_of(transcript)
        if voices:
            with El("ul", "m-chatvoices"):
                for speaker, share in shares_of(transcript).items():
                    with El("li", f"m-row m-v{voices[speaker] % 5 + 1}"):
                        El("i", "m-swatch", aria_hidden="true")
                        El("span", "m-grow m-cut", transcript.name_of(speaker) or "")
                        El("span", "m-sm m-3", f"{share} %")
        if not transcript.lines:
            return
        lines = TranscriptLines(self._no_edit, editable=False, has_search=False)

        async def show(seconds: float) -> None:
            shown, (since, until) = _around(transcript.lines, seconds)
            lines.show([said(transcript, each, voices) for each in shown])
            if self._player is not None:
                self._player.show_lines(since, until)

        await show(start)
        if len(transcript.lines) > _MOST_LINES:
            with El("p", "m-sm m-3 m-chatmore"):
                El("span", text=f"{_MOST_LINES} of {len(transcript.lines)} lines, where it plays. ")
                link("All lines", f"/videos/{video.id}", "m-link")
            if self._player is not None:
                self._player.on_leave(show)

    async def _no_edit(self, _number: int) -> None:
        """Lines are corrected on the video's page."""


def _around(lines: Sequence[Line], seconds: float) -> tuple[Sequence[Line], tuple[float, float]]:
    """Return the lines around an instant, and from when to when they are all there are."""
    now = bisect_right(lines, seconds * 1000, key=lambda each: each.start_ms)
    start = max(0, min(now - _LINES_BEFORE, len(lines) - _MOST_LINES))
    shown = lines[start : start + _MOST_LINES]
    is_last = start + _MOST_LINES >= len(lines)
    since = shown[0].start_ms / 1000 if start else 0.0
    return shown, (since, _END_S if is_last else shown[-1].end_ms / 1000)
