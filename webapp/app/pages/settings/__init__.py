"""The settings: one page for each section."""

from typing import Final

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from webapp.app.pages.settings.apps import AppsPage
from webapp.app.pages.settings.base import SettingsPage
from webapp.app.pages.settings.data import DataPage
from webapp.app.pages.settings.members import MembersPage
from webapp.app.pages.settings.organisation import OrganisationPage
from webapp.app.pages.settings.profile import ProfilePage
from webapp.app.pages.settings.retention import RetentionPage
from webapp.app.pages.settings.storage import StoragePage
from webapp.app.pages.settings.streams import StreamsPage
from webapp.app.pages.settings.tokens import TokensPage
from webapp.app.pages.settings.vm import VmPage
from webapp.app.pages.settings.vms import VmsPage
from webapp.app.pages.settings.webhooks import WebhooksPage
from webapp.app.shell import BUILD_S, open_page
from webapp.pages.context import Pages

_PAGES: Final[tuple[type[SettingsPage], ...]] = (
    ProfilePage,
    OrganisationPage,
    MembersPage,
    StreamsPage,
    VmsPage,
    TokensPage,
    WebhooksPage,
    AppsPage,
    StoragePage,
    RetentionPage,
    DataPage,
)


def register(pages: Pages) -> None:
    """Add the pages."""

    @ui.page("/settings")
    async def settings() -> Response:
        return RedirectResponse("/settings/profile", status_code=303)

    for page in _PAGES:
        _register(pages, page, page.section)
    _register(pages, VmPage, "vms/{vm_id}")


def _register(pages: Pages, page: type[SettingsPage], path: str) -> None:
    @ui.page(f"/settings/{path}", response_timeout=BUILD_S)
    async def section(request: Request) -> Response | None:
        return await open_page(pages, request, page)
