"""Files that join others: each that a page loads costs a distant reader a part of a round trip.

`css/frame.css` is the style of every page of ours, `css/app-frame.css` that of the signed-in app,
with NiceGUI's below ours. `js/framework.js` is NiceGUI's own scripts, `js/app.js` the app's
components with what they import, and `js/live.js` the live player's.
"""

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from webapp.bundles import COMPONENTS, Bundle

FRAME: Final = ("tokens", "base", "controls", "shell")
_LAYERS: Final = (  # as NiceGUI's template imports them
    ("base", "fonts.css"),
    ("quasar", "quasar.unimportant.prod.css"),
    ("quasar_importants", "quasar.important.prod.css"),
    ("nicegui", "nicegui.css"),
)
_SCRIPTS: Final = (
    "socket.io.min.js",
    "quasar.umd.prod.js",
    "nicegui.js",
    "lang/en-GB.umd.prod.js",
)
_BEFORE: Final = "js/rehydrate.js"  # it waits for the socket's script
_LIVE: Final = "live_player"
_APART: Final = frozenset(  # players that a page or two need
    {"chat_player", "clip_player", "mark_deck", "provider_player", "publisher", "video_deck", _LIVE}
)
_MAP: Final = re.compile(rb"^//# sourceMappingURL=.*$", re.MULTILINE)


def joined(files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Return the names and contents of the joined files; `files` are ours."""
    frame = b"\n".join(files[f"css/{name}.css"] for name in FRAME)
    yield "css/frame.css", frame
    below = b"\n".join(
        b"@layer %s {\n%s\n}" % (layer.encode(), _sheet(name)) for layer, name in _LAYERS
    )
    yield "css/app-frame.css", b"\n".join((below, frame, files["css/app.css"]))
    scripts = (files[_BEFORE], *(_nicegui(name) for name in _SCRIPTS))
    yield "js/framework.js", b";\n".join(_MAP.sub(b"", script) for script in scripts)


def bundles(sources: Mapping[str, str]) -> tuple[Bundle, ...]:
    """Return what joins the app's components; `sources` are our scripts."""
    found = (each.removeprefix(COMPONENTS) for each in sources if each.startswith(COMPONENTS))
    components = {each.removesuffix(".js") for each in found} - _APART
    app = Bundle.of("js/app.js", sources, sorted(components))
    return app, Bundle.of("js/live.js", sources, [_LIVE], (app,))


def _sheet(name: str) -> bytes:
    """Return a style sheet of NiceGUI's, whose fonts stay where they are."""
    folder = f"/_nicegui/{version('nicegui')}/static/fonts/"
    return _nicegui(name).replace(b"url(fonts/", f"url({folder}".encode())


def _nicegui(name: str) -> bytes:
    found = find_spec("nicegui")
    if found is None or found.origin is None:
        raise RuntimeError("NiceGUI is not installed. Install the product anew.")
    return (Path(found.origin).parent / "static" / name).read_bytes()
