"""The settings: account, organisation, members, streams and storage."""

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from webapp.pages.context import Pages, to_sign_in
from webapp.pages.error_page import trouble
from webapp.pages.storage import StorageSection

SECTIONS = (
    ("profile", "Profile", "user"),
    ("organisation", "Organisation", "home"),
    ("members", "Members", "people"),
    ("tokens", "Tokens", "key"),
    ("streams", "Streams", "live"),
    ("storage", "Storage", "storage"),
)


def register(pages: Pages) -> None:
    """Add the pages."""

    @ui.page("/settings")
    async def settings() -> Response:
        return RedirectResponse("/settings/profile", status_code=303)

    @ui.page("/settings/{section}", title="Settings · Moments")
    async def settings_section(request: Request, section: str) -> Response | None:
        visit = await pages.visit(request)
        if visit is None:
            return to_sign_in(request)
        if section not in {key for key, _, _ in SECTIONS}:
            return trouble(
                404,
                "Page not found",
                "There is no such settings page.",
                action="Settings",
                href="/settings/profile",
            )
        pages.show(
            "settings.html",
            visit,
            current="settings",
            sheets=("settings",),
            scripts=("settings",),
            sections=SECTIONS,
            section=section,
            config={"section": section, "me": visit.me()},
        )
        if section == "storage":
            await StorageSection(pages.services, visit).show()
        return None
