"""The page: suggestions in rows, best parts that rise, and news of whom somebody follows."""

from domain.discover.models import NEEDED, Artist, Because, Discovered, Suggestion, Wish
from webapp.app.components.choice_chips import ChoiceChips
from webapp.app.kit.elements import Button, El, Icon
from webapp.app.kit.forms import Dialog
from webapp.app.kit.in_order import in_order
from webapp.app.pages.discover.parts import (
    draw_artist,
    draw_news,
    draw_rising,
    draw_suggestion,
)
from webapp.app.pages.discover.state import moods, region_of, still_needed
from webapp.app.shell import SignedInPage

_SHOWN = 8
_SOURCES = (
    ("Parts that you save", "Suggestions begin with your newest moments."),
    ("What you write", "Notes, tags and feelings, compared with those of others."),
    ("What others save", "People who saved your part, and what else they saved in public."),
)
_NOTHING_ELSE = (
    "We read nothing else. Private moments of others are never used, and nobody sees what is "
    "suggested to you."
)


class DiscoverPage(SignedInPage):
    """One open page of discoveries."""

    title = "Discover"
    current = "discover"
    sheets = ("captures", "library", "mark", "discover")

    async def build(self) -> None:
        """Draw the frame, then what was found."""
        self._mood = ""
        self._region = region_of(self.request.headers.get("accept-language", ""))
        with El("div", "m-page m-discover"):
            with El("div", "m-row m-head m-folds"):
                El("h1", text="Discover")
                El("span", "m-grow")
                self._moods = ChoiceChips("Mood", [], self._choose_mood)
            self._rows = El("div")
            with El("div", "m-discoverhalves"):
                self._rising = El("section", aria_label="Best parts, rising this week")
                self._followed = El("section", aria_label="You follow")
        found = await self._find()
        self._moods.offer(moods(found.because))
        self._moods.set_visibility(len(moods(found.because)) > 1)
        self._draw(found)

    async def catch_up(self) -> None:
        """Read anew what may have changed while nobody listened."""
        await self.refresh()

    @in_order
    async def refresh(self) -> None:
        """Show what is suggested now."""
        self._draw(await self._find())

    async def _find(self) -> Discovered:
        wish = Wish(emotion=self._mood or None, region=self._region, limit=_SHOWN)
        return await self.services.discover.discover(self.caller, wish)

    # What is shown

    def _draw(self, found: Discovered) -> None:
        self._rows.clear()
        with self._rows:
            if not found.because and found.saved < NEEDED:
                self._draw_cold(found.saved)
            for number, row in enumerate(found.because):
                self._draw_row(row, is_first=number == 0)
            if not found.because and found.saved >= NEEDED:
                El("p", "m-none m-2", "Nothing like your moments yet. Save more, or look below.")
        self._draw_rising(found)
        self._draw_followed(found)

    def _draw_row(self, row: Because, *, is_first: bool) -> None:
        with El("section"):
            with El("div", "m-row m-between m-sech"):
                El("h2", "m-cut", f"Because you saved “{row.title}”")
                if is_first:
                    Button("What we go by", self._explain, kind="quiet", glyph="sort")
            with El("div", "m-ggrid"):
                for item in row.items:
                    self._draw_item(item)

    def _draw_item(self, item: Suggestion) -> None:
        async def dismiss() -> None:
            await self._dismiss(item, card)

        card = draw_suggestion(item, dismiss)

    def _draw_cold(self, saved: int) -> None:
        with El("section", "m-cold"):
            with El("div", "m-row m-coldparts", aria_hidden="true"):
                for number in range(NEEDED):
                    with El("span", "m-coldpart m-on" if number < saved else "m-coldpart"):
                        Icon("mark" if number < saved else "plus", "l")
            El("h2", text=still_needed(saved))
            El(
                "p",
                "m-2",
                "Suggestions come from the parts you save and what you write about them. We read "
                "nothing else.",
            )
            with El("form", "m-row m-wraps", action="/mark"):
                field = El("input", "m-input m-grow", type="url", name="url", required="true")
                field.attribute("placeholder", "Paste a link to something you love")
                field.attribute("aria-label", "A link to something you love")
                with El("button", "m-btn m-primary", type="submit"):
                    Icon("mark", "s")
                    El("span", text="Mark a part")

    def _draw_rising(self, found: Discovered) -> None:
        self._rising.clear()
        with self._rising:
            with El("div", "m-row m-between m-sech"):
                El("h2", text="Best parts, rising this week")
                El("span", "m-sm m-3", "Public saves made in Moments")
            if not found.rising:
                El("p", "m-none m-2", "Nothing rises yet: it takes two people and a public part.")
                return
            with El("ol", "m-risinglist"):
                for rank, part in enumerate(found.rising, start=1):
                    draw_rising(part, rank)

    def _draw_followed(self, found: Discovered) -> None:
        self._followed.clear()
        with self._followed:
            with El("div", "m-row m-between m-sech"):
                El("h2", text="You follow")
                El("span", "m-sm m-3", str(found.following or ""))
            if not found.news:
                none = "Follow people on their public pages, and artists here: their news comes up."
                El("p", "m-none m-2", none if not found.following else "No news in two months.")
            with El("ul"):
                for news in found.news:
                    draw_news(news)
            for artist in found.artists:
                self._draw_artist(artist)

    def _draw_artist(self, artist: Artist) -> None:
        async def follow() -> None:
            async def do() -> None:
                await self.services.discover.follow_artist(self.caller, artist.name)
                self.toaster.say(f"You follow {artist.name}", action=("Undo", undo))
                await self.refresh()

            await self.act(do)

        async def undo() -> None:
            async def do() -> None:
                await self.services.discover.unfollow_artist(self.caller, artist.name)
                await self.refresh()

            await self.act(do)

        draw_artist(artist, follow)

    # What is done

    async def _choose_mood(self, mood: str) -> None:
        self._mood = mood
        self._moods.show(mood)
        await self.act(self.refresh)

    async def _dismiss(self, item: Suggestion, card: El) -> None:
        async def undo() -> None:
            async def back() -> None:
                await self.services.discover.restore(self.caller, item.id)
                await self.refresh()

            await self.act(back)

        async def do() -> None:
            await self.services.discover.dismiss(self.caller, item.id)
            card.delete()
            self.toaster.say("It will not be suggested again", action=("Undo", undo))

        await self.act(do, once=item.id)

    def _explain(self) -> None:
        dialog = Dialog(self.client, "What we go by")
        with dialog.body:
            for name, text in _SOURCES:
                El("div", "m-b", name)
                El("p", "m-2 m-sm", text)
            El("p", "m-sm", _NOTHING_ELSE)
