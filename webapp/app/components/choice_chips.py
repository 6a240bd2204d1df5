"""A choice of one as chips: one element each, where Quasar's toggle would be four."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial

from markupsafe import Markup, escape

from webapp.app.kit.counts import tally
from webapp.app.kit.elements import El
from webapp.pages.theme import icon

Option = tuple[str, str, str]  # a value, its label and its drawing, if any


class ChoiceChips(El):
    """Calls `on_choose` with the value of a pressed chip."""

    def __init__(
        self, label: str, options: Iterable[Option], on_choose: Callable[[str], Awaitable[None]]
    ) -> None:
        super().__init__("div", "m-chips m-kinds", role="group", aria_label=label)
        self.label, self.value = label, ""
        self._on_choose = on_choose
        self.counts: Mapping[str, tuple[int, bool]] | None = None
        self.chips: dict[str, El] = {}
        self.offer(options)

    def offer(self, options: Iterable[Option]) -> None:
        """Offer these values; the chips of those that were offered before keep the focus."""
        self._options = tuple(options)
        for gone in self.chips.keys() - {value for value, _, _ in self._options}:
            self.chips.pop(gone).delete()
        for place, (value, _, _) in enumerate(self._options):
            if value not in self.chips:
                with self:
                    chip = self.chips[value] = El("button", "m-chip", type="button")
                chip.on("click", partial(self._on_choose, value), args=[])
            if self.default_slot.children[place] is not self.chips[value]:
                self.chips[value].move(target_index=place)
        self._draw()

    def show(self, value: str) -> None:
        """Show the chosen value."""
        if self.value != value:
            self.value = value
            self._draw()

    def count(self, counts: Mapping[str, tuple[int, bool]]) -> None:
        """Show how many there are of each, and whether that is an estimate."""
        self.counts = dict(counts)
        self._draw()

    def _draw(self) -> None:
        for value, label, glyph in self._options:
            chip, is_on = self.chips[value], value == self.value
            drawing = icon(glyph, "s") if glyph else Markup()
            shown = drawing + escape(label) + self._count_of(value)
            if chip.props.get("innerHTML") != shown:
                chip.attribute("innerHTML", str(shown))
            if chip.props.get("aria-pressed") != (pressed := str(is_on).lower()):
                chip.attribute("aria-pressed", pressed)
                chip.classes(replace="m-chip m-on" if is_on else "m-chip")

    def _count_of(self, value: str) -> Markup:
        """Return a count; those come late: room for one digit is kept, so that little moves."""
        if self.counts is None:
            return Markup()
        known = self.counts.get(value)
        count, is_estimate = known or (0, False)
        look = "m-chipcount" if known else "m-chipcount m-unknown"
        words = tally(count, is_estimate=is_estimate)
        return Markup('<span class="{}">{}</span>').format(look, words)
