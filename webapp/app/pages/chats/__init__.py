"""Chats: all of them, and one with its moment."""

from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from webapp.app.pages.chats.page import ChatsPage
from webapp.app.shell import BUILD_S, open_page
from webapp.pages.context import Pages, Visit


def register(pages: Pages) -> None:
    """Add the pages."""

    @ui.page("/chats", response_timeout=BUILD_S)
    async def chats(request: Request) -> Response | None:
        return await open_page(pages, request, ChatsPage)

    @ui.page("/chats/{chat_id}", response_timeout=BUILD_S)
    async def chat(request: Request, chat_id: str) -> Response | None:
        def make(pages: Pages, visit: Visit, request: Request) -> ChatsPage:
            return ChatsPage(pages, visit, request, chat_id)

        return await open_page(pages, request, make)
