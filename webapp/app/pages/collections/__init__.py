"""Collections: moments in an order, to be played one after another."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from webapp.app.pages.collections.one import CollectionPage
from webapp.app.pages.collections.page import CollectionsPage
from webapp.app.shell import BUILD_S, open_page
from webapp.pages.context import Pages, Visit


def register(pages: Pages) -> None:
    """Add the list, and the page of one collection."""

    @ui.page("/collections", response_timeout=BUILD_S)
    async def collections(request: Request) -> Response | None:
        return await open_page(pages, request, CollectionsPage)

    @ui.page("/collections/{collection_id}", response_timeout=BUILD_S)
    async def collection(request: Request, collection_id: str) -> Response | None:
        def make(pages: Pages, visit: Visit, request: Request) -> CollectionPage:
            return CollectionPage(pages, visit, request, collection_id)

        return await open_page(pages, request, make)
