"""Forms and dialogs on NiceGUI's elements: label above, the error under its field as a sentence.

What was typed stays when the server refuses it.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from nicegui import ui
from nicegui.client import Client
from nicegui.elements.mixins.validation_element import ValidationElement
from nicegui.elements.mixins.value_element import ValueElement

from domain.core.errors import BadFields, MomentsError, Unauthenticated
from webapp.app.kit.elements import Button, El, Icon, open_once

Field = ValueElement[Any]
F = TypeVar("F", bound=Field)
Values = dict[str, Any]


def sentence(label: str, problem: str) -> str:
    """Return a field's problem as a sentence about its label."""
    ending = "" if problem.endswith((".", "!", "?")) else "."
    return f"{label.partition(',')[0]} {problem}{ending}"


def draw_label(field: ui.element, label: str) -> None:
    """Draw a field's label above it, where both are alone; a dialog opens on its first field."""
    dialog = next((each for each in field.ancestors() if isinstance(each, ui.dialog)), None)
    if dialog and not any("autofocus" in each._props for each in dialog.descendants()):
        field._props["autofocus"] = True
    name = f"{field.html_id}-in"  # of the input itself; another element has the plain one
    field._props["for"] = name
    made = El("label", "m-label", label, for_=name)
    made.move(target_index=0)


def text_field(label: str, value: str = "", *, hint: str = "", **attributes: str | int) -> ui.input:
    """Draw a text field with its label; attributes are the input's own."""
    with El("div", "m-field"):
        field = ui.input(value=value).props("borderless dense hide-bottom-space")
        field.classes("m-qinput")
        for key, given in attributes.items():
            field._props[key.rstrip("_").replace("_", "-")] = given
        draw_label(field, label)
        if hint:
            El("span", "m-hint", hint)
    field.on_value_change(lambda: setattr(field, "error", None))
    return field


def password_field(label: str, autocomplete: str, **attributes: str) -> ui.input:
    """Draw a password field with a button that shows what was typed."""
    field = text_field(label, type="password", autocomplete=autocomplete, **attributes)

    def toggle() -> None:
        is_shown = field._props["type"] == "text"
        field._props["type"] = "password" if is_shown else "text"
        button.text = "Show" if is_shown else "Hide"

    with field.add_slot("append"):
        button = Button("Show", toggle, kind="quiet")
        button.classes("m-show")
    return field


class Form(El):
    """A form with one primary action; draw its fields inside `with form.body:`.

    `send` gets the values by name. It may raise: problems of fields appear under them, any other
    above the button.
    """

    def __init__(
        self,
        act: Callable[..., Awaitable[bool]],
        send: Callable[[Values], Awaitable[Any]],
        *,
        action: str,
        cancel: Callable[[], Any] | None = None,
    ) -> None:
        super().__init__("form", "m-form", novalidate=True)
        self._act, self._send = act, send
        self.fields: dict[str, Field] = {}
        self._labels: dict[str, str] = {}
        self._passwords: set[str] = set()
        with self:
            self.body = El("div", "m-form")
            self._general = El("p", "m-msg", role="alert")
            self._general.set_visibility(False)
            with El("div", "m-dfoot"):
                if cancel:
                    Button("Cancel", cancel)
                self._button = Button(action, self.submit, kind="solid")
        self._button._props["type"] = "submit"
        self.on("submit.prevent", lambda: None, args=[])  # the button's press sends it

    def add_text(
        self, name: str, label: str, value: str = "", *, hint: str = "", **attributes: str | int
    ) -> ui.input:
        """Draw a text field; attributes are the input's own."""
        field = text_field(label, value, hint=hint, **attributes)
        return self._keep(name, label, field)

    def add_password(self, name: str, label: str, autocomplete: str) -> ui.input:
        """Draw a password field that can be shown."""
        self._passwords.add(name)
        field = password_field(label, autocomplete)
        return self._keep(name, label, field)

    def add_choice(
        self, name: str, label: str, options: Mapping[Any, str], value: object
    ) -> ui.select:
        """Draw a choice of one."""
        with El("div", "m-field"):
            field = ui.select(dict(options), value=value)
            field.props("borderless dense options-dense hide-bottom-space behavior=menu")
            field.classes("m-qinput")
            draw_label(field, label)
        return self._keep(name, label, field)

    def add_toggle(self, name: str, label: str, *, value: bool, hint: str = "") -> ui.switch:
        """Draw a switch."""
        with El("div"):
            field = ui.switch(label, value=value).props("left-label").classes("m-qswitch m-wide")
            if hint:
                El("p", "m-hint", hint)
        return self._keep(name, label, field)

    def _keep(self, name: str, label: str, field: F) -> F:
        self.fields[name], self._labels[name] = field, label
        return field

    def values(self) -> Values:
        """Return what is in the fields; only passwords keep the spaces around them."""
        return {
            name: field.value.strip()
            if isinstance(field.value, str) and name not in self._passwords
            else field.value
            for name, field in self.fields.items()
        }

    async def submit(self) -> bool:
        """Send the form once; return whether it was accepted."""
        self._say("")
        is_accepted = False

        async def do() -> None:
            nonlocal is_accepted
            try:
                await self._send(self.values())
                is_accepted = True
            except Unauthenticated:
                raise
            except MomentsError as error:
                self.refuse(error)

        self._button.disable()
        try:
            await self._act(do, once=f"form {self.id}")
        finally:
            if not self.is_deleted:
                self._button.enable()
        return is_accepted

    def refuse(self, error: MomentsError) -> None:
        """Show an error where it belongs."""
        problems = dict(error.fields) if isinstance(error, BadFields) else {}
        wrong = [
            (field, sentence(self._labels[name], problems.pop(name)))
            for name, field in self.fields.items()
            if name in problems and isinstance(field, ValidationElement)
        ]
        for field, words in wrong:
            field.error = words
        if wrong:
            wrong[0][0].run_method("focus")
        if problems:
            self._say(" ".join(sentence(name.capitalize(), why) for name, why in problems.items()))
        elif not isinstance(error, BadFields):
            self._say(error.message)

    def _say(self, words: str) -> None:
        self._general.clear()
        self._general.set_visibility(bool(words))
        if words:
            with self._general:
                Icon("warn", "s")
                El("span", text=words)


class Dialog(ui.dialog):
    """A dialog with a title; draw inside `with dialog.body:`. It is gone once it closes."""

    def __init__(self, client: Client, title: str) -> None:
        with client:  # not in the element whose button was pressed
            super().__init__()
        self._props["aria-label"] = title
        with self, El("div", "m-qdialog m-float"):
            with El("div", "m-row m-between m-qhead"):
                self._title = El("h2", "m-cut", title)
                close = Button("", self.close, kind="quiet", glyph="close", label="Close")
                close.classes("m-icon")
            self.body = El("div", "m-form", data_autofocus="")  # without a field: its first button
        open_once(self)


def confirm(
    client: Client, title: str, message: str, action: str, do: Callable[[], Awaitable[Any]]
) -> None:
    """Ask before something irreversible."""
    dialog = Dialog(client, title)

    async def go() -> None:
        dialog.close()
        with client:
            await do()

    with dialog.body:
        El("p", "m-2", message)
        with El("div", "m-dfoot"):
            Button("Cancel", dialog.close)
            Button(action, go, kind="danger")
