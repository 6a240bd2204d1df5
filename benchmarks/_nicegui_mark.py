"""The public page of a mark out of NiceGUI's elements, for `benchmarks.public`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from nicegui import ui

from domain.bootstrap import Services, running
from domain.core.settings import Settings
from domain.sharing.models import PublicView
from webapp.edge.headers import begin_page
from webapp.public.marks import MarkPage, mark_page
from webapp.public.render import oembed_url


def app_of(settings: Settings) -> FastAPI:
    """Return the app."""
    found: dict[str, Services] = {}

    @asynccontextmanager
    async def opened(_api: FastAPI) -> AsyncIterator[None]:
        async with running(settings, "cli") as found["services"]:
            yield

    @ui.page("/m/{slug}")
    async def show(request: Request, slug: str) -> None:
        begin_page(request.scope, "")
        view = await found["services"].moment_pages.view(slug)
        if not isinstance(view, PublicView):
            raise TypeError
        page = await mark_page(request.scope, found["services"], view)
        if page is None:
            raise TypeError
        _head(view, page)
        _body(view, page)

    api = FastAPI(lifespan=opened)
    ui.run_with(api)
    return api


def _head(view: PublicView, page: MarkPage) -> None:
    tags = {
        "og:title": view.title,
        "og:description": page.range,
        "og:url": view.url,
        "og:image": f"{view.url}/card.jpg",
        "og:type": "video.other",
        "twitter:card": "player",
        "twitter:player": f"{view.url}/embed",
    }
    for name, value in tags.items():
        ui.add_head_html(f'<meta property="{name}" content="{value}">')
    address = oembed_url(view.url, view.url)
    ui.add_head_html(f'<link rel="alternate" type="application/json+oembed" href="{address}">')
    ui.page_title(f"{view.title} · Moments")


def _body(view: PublicView, page: MarkPage) -> None:
    moment = view.moments[0]
    with ui.header():
        ui.link("Moments", "/")
        ui.space()
        ui.link("Sign in", "/sign-in")
    with ui.column():
        ui.html(f"<div data-config='{page.stage.json}'></div>", sanitize=False)
        if page.lane:
            paths = "".join(f'<path class="h{n}" d="{shape}"/>' for n, shape in page.lane.paths)
            ui.html(f'<svg viewBox="0 0 1000 100">{paths}</svg>', sanitize=False)
        with ui.row():
            with ui.column():
                ui.label(view.title).classes("text-h4")
                ui.label(moment.description)
                with ui.row():
                    for tag in moment.tags:
                        ui.badge(tag)
                with ui.row():
                    ui.avatar((view.by or view.organization_name)[:1])
                    ui.label(view.by or view.organization_name)
                    ui.label(f"saved {page.seconds} seconds of {page.title}")
            with ui.column():
                ui.button("Play this part", icon="play_arrow")
                ui.button(str(page.reactions.likes), icon="favorite")
                ui.link(page.stage.open_words, page.stage.open_url or "")
                ui.button("Copy link", icon="link")
                ui.label(f"{page.mark.saved_by} people saved this part")
                ui.link("Save too", page.save_url)
        with ui.row():
            ui.image(f"{view.url}/qr.svg")
            ui.link("Report", f"{view.url}/report")
            with ui.expansion("Embed"):
                ui.input("Code", value=f'<iframe src="{view.url}/embed"></iframe>')
