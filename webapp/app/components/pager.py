"""Previous and next."""

from nicegui import ui


class Pager(ui.element, component="pager.js"):
    """Links to what is before and after in a list, for pointers and swipes."""

    def lead(self, previous: str | None, next_: str | None) -> None:
        """Set where they lead; None: the list ends there."""
        with self._props.suspend_updates():
            self._props.set_optional("previous", previous)
            self._props.set_optional("next", next_)
        self.update()
