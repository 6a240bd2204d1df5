"""The frame of our pages: the head, the bar, the phone's tabs, and our icons.

NiceGUI serves the pages and the server's push; the frame itself is plain HTML, so that it is
painted before any script loads, without Quasar's look.
"""

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from webapp import assets
from webapp.stage import TEMPLATES

_UNITS = ("B", "kB", "MB", "GB", "TB")
_ICON = re.compile(r'<symbol id="(?P<name>\w+)"[^>]*>(?P<paths>.*)</symbol>')


@cache
def _drawings() -> dict[str, str]:
    """Read the icons that the browser draws too: there is one set."""
    source = (assets.FOLDER / "img" / "icons.svg").read_text()
    return {m["name"]: m["paths"] for m in _ICON.finditer(source)}


def icon(name: str, size: str = "") -> Markup:
    """Return an icon's markup; size is empty (20 px), `s` (16) or `l` (24)."""
    more = f" m-{size}" if size else ""
    paths = _drawings()[name]
    svg = f'<svg class="m-i{more}" viewBox="0 0 20 20" aria-hidden="true">{paths}</svg>'
    return Markup(svg)  # noqa: S704 (our own drawings)


def sign() -> Markup:
    """Return the logo: the brackets and the dot."""
    return Markup(render("sign.html"))  # noqa: S704 (our own drawing)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader([Path(__file__).parent / "templates", TEMPLATES]),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(icon=icon, sign=sign, asset=assets.url)
    return environment


def render(template: str, **context: object) -> str:
    """Return one of our templates, filled in."""
    return _environment().get_template(template).render(**context)


def head(
    *,
    frame: str = "frame",
    sheets: tuple[str, ...] = (),
    scripts: tuple[str, ...] = (),
    organization_id: str = "",
    user_id: str = "",
) -> str:
    """Return the head's content: theme first, so that nothing is painted in the wrong one.

    The organisation is fixed for the page, whatever another tab switches to.
    """
    return render(
        "head.html",
        sheets=(frame, *sheets),
        scripts=scripts,
        organization_id=organization_id,
        user_id=user_id,
    )


def initials(name: str, email: str) -> str:
    """Return up to two letters for an avatar."""
    words = [word for word in re.split(r"[\s._@-]+", name or email) if word]
    letters = words[0][:1] + (words[-1][:1] if name and len(words) > 1 else "")
    return letters.upper() or "?"


def size_text(count: int) -> str:
    """Return a human-readable size, such as `1.2 MB`."""
    value = float(count)
    for unit in _UNITS:
        if value < 1000 or unit == _UNITS[-1]:
            return f"{value:.1f} {unit}" if value < 10 and unit != "B" else f"{value:.0f} {unit}"
        value /= 1000
    return ""
