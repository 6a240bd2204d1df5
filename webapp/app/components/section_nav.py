"""The sections of the settings: a column, and on phones a strip that shows the present one."""

from collections.abc import Sequence

from nicegui import ui


class SectionNav(ui.element, component="section_nav.js"):
    """Links to sections: key, label and drawing each."""

    def __init__(self, sections: Sequence[tuple[str, str, str]], current: str) -> None:
        super().__init__()
        with self._props.suspend_updates():
            self._props.update({"sections": sections, "current": current})
