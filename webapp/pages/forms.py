"""Pages with one plain form each, which work without scripts: what they show."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from fastapi.responses import HTMLResponse

from domain.accounts.passwords import MIN_LENGTH
from domain.core.errors import BadFields, MomentsError, RateLimited
from webapp.pages.posted import status_of
from webapp.pages.theme import head, render


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form."""

    name: str
    label: str
    kind: Literal["text", "email", "current", "new"] = "text"
    value: str = ""
    autocomplete: str = ""
    error: str = ""
    is_half: bool = False  # two of these stand side by side


@dataclass(frozen=True, slots=True)
class Form:
    """A page with one form; `note` is (text, link's text, link's path)."""

    title: str
    action: str
    button: str
    fields: tuple[Field, ...] = ()
    lead: str = ""
    error: str = ""
    note: tuple[str, str, str] | None = None
    has_arrow: bool = False
    forgot: str = ""  # where a forgotten password leads
    hidden: tuple[tuple[str, str], ...] = ()
    down: tuple[str, ...] | None = None  # parts that do not answer; None says nothing of them
    demo: bool = False

    def show(self, *, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
        """Return the page."""
        body = render(
            "entrance.html",
            form=self,
            min_length=MIN_LENGTH,
            head=head(sheets=("entrance",), scripts=("entrance",)),
        )
        return HTMLResponse(body, status, {"cache-control": "no-store", **(headers or {})})

    def refused(self, values: Mapping[str, str], error: MomentsError) -> HTMLResponse:
        """Return the page again, with what was typed and what is wrong; passwords are left out."""
        problems = dict(error.fields) if isinstance(error, BadFields) else {}
        fields = tuple(
            replace(
                field,
                value="" if field.kind in {"current", "new"} else values.get(field.name, ""),
                error=_sentence(field.label, problems.pop(field.name, "")),
            )
            for field in self.fields
        )
        rest = " ".join(_sentence(name.capitalize(), why) for name, why in problems.items())
        general = rest if isinstance(error, BadFields) else error.message
        headers = (
            {"retry-after": str(error.retry_after_s)} if isinstance(error, RateLimited) else None
        )
        shown = replace(self, fields=fields, error=general)
        return shown.show(status=status_of(error), headers=headers)


def _sentence(label: str, problem: str) -> str:
    return f"{label} {problem}." if problem else ""


def notice(title: str, lead: str, *, status: int = 200) -> HTMLResponse:
    """Return a page without a form, and with the way to the sign-in."""
    note = ("", "Go to sign-in", "/sign-in")
    return Form(title, "", "", lead=lead, note=note).show(status=status)


def expired(error: MomentsError) -> HTMLResponse:
    """Return a page that says why a link no longer works."""
    return notice("This link has expired", error.message, status=404)


NAME: Final = Field("name", "Your name", autocomplete="name")
EMAIL: Final = Field("email", "Email", "email", autocomplete="username")
NEW_PASSWORD: Final = Field("password", "Password", "new", autocomplete="new-password")
