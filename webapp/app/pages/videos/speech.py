"""What is said in a video: its lines, which are corrected, and who says them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Final

from domain.core.errors import Conflict
from domain.insight.languages import UNKNOWN, name_of
from domain.videos.correcting import Correction, LineChange
from domain.videos.models import Line, Transcript
from webapp.app.components.mark_deck import Part
from webapp.app.components.menu_button import MenuButton, MenuItem
from webapp.app.components.transcript import Said, TranscriptLines
from webapp.app.components.video_deck import Turn
from webapp.app.kit.elements import Button, El, plural
from webapp.app.kit.forms import Dialog, Form, Values, text_field
from webapp.app.shell import SignedInPage

_SOURCES: Final = {
    "captions": "From the captions in the file",
    "file": "From a caption file",
    "speech": "By speech recognition",
    "endpoint": "By the operator's speech service",
    "none": "",
}
_UNSURE: Final = 0.6  # below, a line says how sure recognition is
_JOINED_MS: Final = 800  # a shorter pause does not end a turn
_MOST_SPEAKERS: Final = 8
_ESTIMATED: Final = ". Who speaks is estimated; say how many people speak if you know."
_NOBODY: Final = -1


def turns_of(transcript: Transcript, voices: Mapping[int | None, int]) -> list[Turn]:
    """Return who speaks when; lines of one voice that follow each other are one turn."""
    turns: list[tuple[int, int, int]] = []
    for line in transcript.lines:
        voice = voices.get(line.speaker, 0)
        if turns and turns[-1][2] == voice and line.start_ms - turns[-1][1] < _JOINED_MS:
            turns[-1] = (turns[-1][0], line.end_ms, voice)
        else:
            turns.append((line.start_ms, line.end_ms, voice))
    return [(start / 1000, end / 1000, voice) for start, end, voice in turns]


def voices_of(transcript: Transcript) -> dict[int | None, int]:
    """Return the row of each speaker, in the order of their numbers."""
    known = sorted({line.speaker for line in transcript.lines if line.speaker is not None})
    return {speaker: row for row, speaker in enumerate(known)}


def shares_of(transcript: Transcript) -> dict[int, int]:
    """Return how much of the speech each speaker has, in %."""
    spoken: dict[int, int] = {}
    for line in transcript.lines:
        if line.speaker is not None:
            length = line.end_ms - line.start_ms
            spoken[line.speaker] = spoken.get(line.speaker, 0) + length
    total = sum(spoken.values()) or 1
    return {speaker: round(100 * ms / total) for speaker, ms in sorted(spoken.items())}


def longest_of(transcript: Transcript, speaker: int) -> Line:
    """Return the longest line of a speaker: what their voice is known by."""
    spoken = [line for line in transcript.lines if line.speaker == speaker]
    return max(spoken, key=lambda line: line.end_ms - line.start_ms)


class Speech(El):
    """The transcript's side of the page; `on_turns` gets who speaks when, `on_play` an instant."""

    def __init__(
        self,
        page: SignedInPage,
        video_id: str,
        on_turns: Callable[[Sequence[Turn]], None],
        on_play: Callable[[int], None],
        on_change: Callable[[], Awaitable[None]],
    ) -> None:
        super().__init__("section", "m-speech", aria_label="Transcript")
        self._page, self._video_id = page, video_id
        self._on_turns, self._on_play, self._on_change = on_turns, on_play, on_change
        self._editing, self._caller = page.services.video_editing, page.caller
        self._may_edit = bool(page.me["may_capture"])
        self.transcript: Transcript | None = None
        self.count: int | None = None  # of speakers, if somebody said it
        self._chosen: int | None = None  # the speaker who is being named
        with self:
            self._about = El("p", "m-sm m-3")
            self._speakers = El("div", "m-row m-t m-voices")
            self._naming = El("div")
            self.lines = TranscriptLines(self.edit, editable=self._may_edit)

    async def read(self) -> None:
        """Read what is said; nothing before that stage has ended."""
        try:
            videos = self._page.services.videos
            self.transcript = await videos.transcript(self._caller, self._video_id)
        except Conflict:
            self.transcript = None
        self.draw()

    def draw(self) -> None:
        """Draw it as it is."""
        transcript = self.transcript
        self.lines.set_visibility(bool(transcript and transcript.lines))
        self._speakers.clear()
        if transcript is None:
            self._about.text = "The transcript appears here once it is ready."
            self._on_turns([])
            return
        voices = voices_of(transcript)
        self._about.text = about(transcript)
        is_known = self.count or all(each in transcript.names for each in voices)
        if self._may_edit and not is_known:
            self._about.text += _ESTIMATED
        self._on_turns(turns_of(transcript, voices))
        self.lines.show([said(transcript, line, voices) for line in transcript.lines])
        with self._speakers:
            for speaker, share in shares_of(transcript).items():
                self._draw_speaker(transcript, speaker, voices[speaker], share)
        if self._may_edit and voices:
            with self._speakers:
                self._draw_count()

    def _draw_speaker(self, transcript: Transcript, speaker: int, voice: int, share: int) -> None:
        name = transcript.name_of(speaker) or ""
        tag = "button" if self._may_edit else "span"
        is_on = speaker == self._chosen
        look = f"m-chip m-v{voice % 5 + 1}" + (" m-on" if is_on else "")
        chip = El(tag, look, type="button" if self._may_edit else None)
        with chip:
            El("i", "m-swatch", aria_hidden="true")
            El("span", text=name)
            El("span", "m-3", f"{share} %")
        if self._may_edit:
            chip.attribute("aria-expanded", str(is_on).lower())
            chip.on("click", partial(self.ask_name, speaker), args=[])

    def _draw_count(self) -> None:
        button = MenuButton(
            plural(self.count, "speaker") if self.count else "How many speak?",
            "people",
            self._recount,
        )
        button.offer(
            [
                MenuItem("Detect automatically", "again", value="0"),
                *(MenuItem(str(n), "user", value=str(n)) for n in range(1, _MOST_SPEAKERS + 1)),
            ]
        )

    async def _recount(self, count: str) -> None:
        if count.isdigit() and int(count) <= _MOST_SPEAKERS:
            self.count = int(count)
            await self._correct(Correction(speaker_count=self.count))

    def show_part(self, part: Part) -> None:
        """Show which lines are in a part."""
        if part.start is None or part.end is None:
            self.lines.show_part(None)
        else:
            self.lines.show_part((part.start * 100, part.end * 100))

    # Who speaks

    async def ask_name(self, speaker: int) -> None:
        """Ask who a speaker is, in place; the same press again closes it."""
        self._chosen = None if speaker == self._chosen else speaker
        self._naming.clear()
        self.draw()
        if self._chosen is not None and self.transcript is not None:
            await self._page.act(partial(self._draw_naming, speaker, self.transcript))

    async def _draw_naming(self, speaker: int, transcript: Transcript) -> None:
        known = await self._editing.speaker_names(self._caller)
        voices = voices_of(transcript)
        name = transcript.name_of(speaker) or ""
        count = sum(line.speaker == speaker for line in transcript.lines)
        others = {each: transcript.name_of(each) or "" for each in voices if each is not None}
        others.pop(speaker, None)
        with self._naming, El("div", f"m-glass m-naming m-v{voices[speaker] % 5 + 1}"):
            field = text_field(
                f"Who is {name}?",
                transcript.names.get(speaker, ""),
                hint=f"Known names: {', '.join(known[:5])}" if known else "",
                maxlength=100,
                autocomplete="off",
                autofocus=True,
            )

            async def rename() -> None:
                change = Correction(names={speaker: str(field.value or "")})
                await self._correct(change, f"{plural(count, 'line')} renamed")

            field.on("keydown.enter", rename, args=[])
            with El("div", "m-row m-t"):
                Button(f"Rename {plural(count, 'line')}", rename, kind="solid")
                hear = partial(self._on_play, longest_of(transcript, speaker).start_ms)
                Button("", hear, glyph="sound", label="Hear this voice").classes("m-icon")
                for other, label in others.items():
                    merge = Correction(merge=((speaker, other),))
                    Button(
                        f"Same as {label}",
                        partial(self._correct, merge, f"Merged with {label}"),
                        kind="quiet",
                    )

    # Corrections

    async def edit(self, number: int) -> None:
        """Ask for the right words of a line, and who says it."""
        transcript = self.transcript
        line = next((each for each in (transcript or _NONE).lines if each.number == number), None)
        if transcript is None or line is None or not self._may_edit:
            return
        dialog = Dialog(self._page.client, "Correct this line")

        async def send(values: Values) -> None:
            await self._save_line(line, values)
            dialog.close()

        with dialog.body:
            form = Form(self._page.act, send, action="Save", cancel=dialog.close)
            with form.body:
                form.add_text("segments", "Words", line.text, maxlength=2000)
                known = {
                    n: transcript.name_of(n) or "" for n in voices_of(transcript) if n is not None
                }
                new = max(known, default=-1) + 1
                options = {_NOBODY: "Not said", **known, new: "Somebody else"}
                value = _NOBODY if line.speaker is None else line.speaker
                form.add_choice("speaker", "Speaker", options, value)

    async def _save_line(self, line: Line, values: Values) -> None:
        text = str(values["segments"] or "")
        speaker = values["speaker"]
        change = LineChange(
            line.number,
            text=None if text == line.text else text,
            speaker=None if speaker in {_NOBODY, line.speaker} else int(speaker),
        )
        correction = Correction(lines=[change])
        self.transcript = await self._editing.correct(self._caller, self._video_id, correction)
        self._page.toaster.say("Line corrected", "Captions and search follow.")
        self.draw()

    async def _correct(self, change: Correction, done: str = "Speakers detected again") -> None:
        async def do() -> None:
            self.transcript = await self._editing.correct(self._caller, self._video_id, change)
            self._chosen = None
            self._naming.clear()
            self.draw()
            self._page.toaster.say(done)
            await self._on_change()

        await self._page.act(do, once="speakers")


_NONE: Final = Transcript(None, None, "none", None, {}, ())


def about(transcript: Transcript) -> str:
    """Return how a transcript was made, or why there is none."""
    if not transcript.lines:
        return f"No transcript: {transcript.reason or 'nothing is said.'}"
    facts = [_SOURCES[transcript.source]]
    if transcript.language and transcript.language != UNKNOWN:
        sure = transcript.certainty
        certainty = f" ({round(100 * sure)} % sure)" if sure is not None else ""
        facts.append(f"{name_of(transcript.language)}{certainty}")
    facts.append(plural(len(transcript.lines), "line"))
    return ", ".join(facts)


def said(transcript: Transcript, line: Line, voices: Mapping[int | None, int]) -> Said:
    """Return a line as it is shown."""
    sure = line.confidence
    is_unsure = sure is not None and sure < _UNSURE and not line.is_edited
    return Said(
        number=line.number,
        start_ms=line.start_ms,
        end_ms=line.end_ms,
        text=line.text,
        who=transcript.name_of(line.speaker) or "",
        voice=voices.get(line.speaker, 0),
        emotion=(line.emotion or "").capitalize(),
        words=[each.start_ms for each in line.words] if is_timed(line) else (),
        sure=f"not sure: {round(100 * sure)} %" if is_unsure and sure is not None else "",
    )


def is_timed(line: Line) -> bool:
    """Return whether the times of a line's words are those of its text."""
    return len(line.words) == len(line.text.split())
