"""The signed-in app: a NiceGUI page is a class with its state, its handlers and its layout.

A page calls domain services in process and stays fresh through domain events. JavaScript is only
in components that must run in the browser: props in, events out.
"""

from webapp.app.modules import share
from webapp.app.pages import (
    chats,
    collections,
    commits,
    discover,
    library,
    live,
    marks,
    search,
    settings,
    streams,
    tracks,
    videos,
)
from webapp.pages.context import Pages


def _share_modules(_pages: Pages) -> None:
    """Give components our static modules under one URL each: `import … from "moments/x.js"`."""
    share()


PARTS = (
    _share_modules,
    library.register,
    chats.register,
    collections.register,
    commits.register,
    discover.register,
    live.register,
    marks.register,
    search.register,
    settings.register,
    streams.register,
    tracks.register,
    videos.register,
)
