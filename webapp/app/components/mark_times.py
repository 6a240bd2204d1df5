"""Start and end of the part that is being chosen, as figures."""

from nicegui import ui


class MarkTimes(ui.element, component="mark_times.js"):
    """Shows and changes what the deck of the same page has chosen."""
