"""How a repository's pictures are compared: limits, ignored regions, and the measured noise."""

import math
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from typing import Any, Final

from domain.commits.visual import Calibration, Region, Settings, SettingsError
from domain.core.errors import BadFields
from webapp.app.components.list_row import Press, RowItem, RowList
from webapp.app.kit.elements import Button, El, plural
from webapp.app.kit.forms import Dialog, Form, Values
from webapp.app.shell import SignedInPage

# Values of the form by name: its label, and what one stands for.
_NUMBERS: Final[dict[str, tuple[str, float]]] = {
    "fine_pixels": ("Pixels that may change clearly", 1),
    "fine_share": ("At most, % of the picture", 100),
    "color_share": ("May change slightly, %", 100),
    "fine_threshold": ("A clear change, from 0 to 1", 1),
    "color_threshold": ("A slight change, from 0 to 1", 1),
    "allowed_shift": ("Pixels that content may move by", 1),
}
_COUNTS: Final = {"fine_pixels", "allowed_shift"}

Edit = Callable[[Settings], Settings]


class Limits:
    """A part of a page, given the repository."""

    def __init__(self, page: SignedInPage, on_change: Callable[[], Awaitable[None]]) -> None:
        self._page = page
        self._on_change = on_change
        self.may_edit = bool(page.me["may_capture"])
        self.repository = ""
        self.settings = Settings()
        with El("section", "m-section", aria_label="How pictures are compared"):
            with El("div", "m-row m-lhead"):
                El("h2", text="How pictures are compared")
                El("span", "m-grow")
                if self.may_edit:
                    Button("Ignore a region", self._ask_region, glyph="plus")
                    Button("Edit limits", self._ask_limits, glyph="pencil")
            self._about = El("p", "m-sm m-2")
            self._rows = RowList(self._act, none="No regions are ignored.")

    async def show(self, repository: str) -> None:
        """Read them anew."""
        self.repository = repository
        self.settings = await self._page.services.reviews.settings(self._page.caller, repository)
        self._about.text = _words(self.settings)
        buttons = [Press("undo", "Compare again")] if self.may_edit else []
        regions = self.settings.ignore
        self._rows.show(
            [
                RowItem(str(place), _name(each), "in every picture", glyph="eye", buttons=buttons)
                for place, each in enumerate(regions)
            ]
        )

    # What is done

    async def ignore(self, raw: Any) -> None:  # noqa: ANN401 (from the browser)
        """Ignore a region from now on; the undo is at hand."""

        async def do() -> None:
            await self._add(raw)

        await self._page.act(do, once="region")

    async def measure(self, first_id: str, second_id: str, name: str) -> None:
        """Measure the noise between two captures of the same thing, and offer limits."""
        page, found = self._page, list[Calibration]()

        async def do() -> None:
            commits = page.services.commits
            found.append(await commits.calibrate(page.caller, first_id, second_id, name))

        if await page.act(do, once="measure"):
            self._offer(found[0])

    def _offer(self, found: Calibration) -> None:
        dialog = Dialog(self._page.client, "The noise of these captures")
        proposed = found.settings

        async def apply() -> None:
            def edit(settings: Settings) -> Settings:
                return replace(
                    settings,
                    fine_threshold=proposed.fine_threshold,
                    color_threshold=proposed.color_threshold,
                )

            if await self._page.act(lambda: self._edit(edit), once="limits"):
                dialog.close()
                self._page.toaster.say("These limits apply from now on")

        is_new = found.comparison.is_match and proposed != self.settings
        with dialog.body:
            pixels = plural(found.differing, "pixel")
            El("p", text=f"{pixels} differ, by up to {found.noise:.2g} of 1.")
            El("p", "m-2", found.advice)
            El(
                "p",
                "m-hint",
                "Measure two captures of the same page, or real changes are forgiven.",
            )
            with El("div", "m-dfoot"):
                Button("Cancel" if is_new else "Close", dialog.close)
                if is_new:
                    Button("Apply", apply, kind="solid")

    def _ask_region(self) -> None:
        dialog = Dialog(self._page.client, "Ignore a region")

        async def send(values: Values) -> None:
            await self._add({name: _number(name, text) for name, text in values.items()})
            dialog.close()

        with dialog.body:
            El("p", "m-2", "In pixels, in every picture of this repository.")
            form = Form(self._page.act, send, action="Ignore", cancel=dialog.close)
            with form.body, El("div", "m-two"):
                for name, label in [
                    ("x", "From the left"),
                    ("y", "From the top"),
                    ("width", "Width"),
                    ("height", "Height"),
                ]:
                    form.add_text(name, label, type="number", min=0)

    def _ask_limits(self) -> None:
        dialog = Dialog(self._page.client, "Edit limits")

        async def send(values: Values) -> None:
            wanted = {name: _number(name, values[name]) / of for name, (_, of) in _NUMBERS.items()}
            made: Values = {n: int(v) if n in _COUNTS else v for n, v in wanted.items()}
            await self._edit(lambda s: replace(s, **made, antialiasing=values["smooth"]))
            dialog.close()
            self._page.toaster.say("These limits apply from now on")

        async def reset() -> None:
            if await self._page.act(lambda: self._edit(_reset), once="limits"):
                dialog.close()

        with dialog.body:
            form = Form(self._page.act, send, action="Save", cancel=dialog.close)
            with form.body:
                with El("div", "m-two"):
                    for name, (label, of) in _NUMBERS.items():
                        value = f"{getattr(self.settings, name) * of:.6g}"
                        form.add_text(name, label, value, type="number", step="any", min=0)
                smooth = self.settings.antialiasing
                form.add_toggle("smooth", "Forgive edges that are only smoothed", value=smooth)
            Button("Restore the defaults", reset, kind="quiet")

    async def _act(self, place: str, _what: str, _value: str) -> None:
        known = {str(n): each for n, each in enumerate(self.settings.ignore)}
        if (region := known.get(place)) is not None:
            await self._page.act(lambda: self._drop(region), once=f"region {place}")

    async def _add(self, raw: Any) -> None:  # noqa: ANN401 (from the browser)
        try:
            [region] = Settings.from_json({"ignore": [raw]}).ignore
        except SettingsError as error:
            raise BadFields({"region": str(error)}) from error
        if not (region.width and region.height):
            raise BadFields({"width": "and height must be at least 1"})
        await self._edit(lambda s: replace(s, ignore=(*_without(s, region), region)))
        undo = ("Undo", lambda: self._page.act(lambda: self._drop(region)))
        self._page.toaster.say("This region is ignored from now on", _name(region), action=undo)

    async def _drop(self, region: Region) -> None:
        await self._edit(lambda s: replace(s, ignore=_without(s, region)))

    async def _edit(self, edit: Edit) -> None:
        page = self._page
        await page.services.reviews.edit_settings(page.caller, self.repository, edit)
        await self._on_change()


def _without(settings: Settings, region: Region) -> tuple[Region, ...]:
    return tuple(each for each in settings.ignore if each != region)


def _reset(settings: Settings) -> Settings:
    return Settings(ignore=settings.ignore)


def _number(name: str, text: object) -> float:
    try:
        value = float(str(text or 0).replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise BadFields({name: "must be a number of at least 0"})
    return value


def _name(region: Region) -> str:
    box = asdict(region)
    return f"{box['width']} by {box['height']} px at {box['x']}, {box['y']}"


def _words(settings: Settings) -> str:
    fine, color = 100 * settings.fine_share, 100 * settings.color_share
    words = (
        f"Up to {plural(settings.fine_pixels, 'pixel')} ({fine:.3g} %) may change clearly, "
        f"and {color:.3g} % slightly."
    )
    return f"{words} Smoothed edges do not count." if settings.antialiasing else words
