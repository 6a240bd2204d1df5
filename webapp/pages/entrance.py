"""Pages before sign-in: sign-in, sign-up, the first start, an invitation."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from domain.core.errors import MomentsError
from webapp.pages.context import Pages
from webapp.pages.error_page import trouble
from webapp.pages.theme import head, render

HOME = "/live"


def safe_next(wanted: str | None) -> str:
    """Return a local path to continue to; anything else becomes the home page."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return HOME
    parts = urlsplit(wanted)
    return HOME if parts.netloc or parts.scheme else wanted


def _show(title: str, lead: str, config: Mapping[str, object]) -> None:
    ui.add_head_html(head(sheets=("entrance",), scripts=("entrance",)))
    ui.add_body_html(render("entrance.html", title=title, lead=lead, config=config))


def register(pages: Pages) -> None:
    """Add the pages."""
    services = pages.services
    is_open = services.settings.sign_up == "open"

    @ui.page("/sign-in", title="Sign in · Moments")
    async def sign_in(request: Request, next: str | None = None) -> Response | None:
        goal = safe_next(next)
        if await pages.visit(request):
            return RedirectResponse(goal, status_code=303)
        _show("Welcome back", "", {"kind": "sign-in", "next": goal, "sign_up": is_open})
        return None

    @ui.page("/sign-up", title="Sign up · Moments")
    async def sign_up() -> Response | None:
        if not is_open:
            return trouble(
                404,
                "Sign-up is closed here",
                "Ask the operator of this Moments for an invitation link.",
                action="Sign in",
                href="/sign-in",
            )
        _show("Create an account", "Includes an organisation of your own.", {"kind": "sign-up"})
        return None

    _register_links(pages)


def _register_links(pages: Pages) -> None:
    """Add the pages behind emailed links."""
    services = pages.services

    @ui.page("/first-start/{token}", title="First start · Moments")
    async def first_start(token: str) -> Response | None:
        try:
            await services.first_start.check(token)
        except MomentsError as error:
            return trouble(
                404, "This link has expired", error.message, action="Sign in", href="/sign-in"
            )
        lead = "This link works once. The account you create now owns this Moments."
        config = {"kind": "first-start", "token": token, "demo": services.settings.demo}
        _show("Set up Moments", lead, config)
        return None

    @ui.page("/invite/{token}", title="Invitation · Moments")
    async def invite(request: Request, token: str) -> Response | None:
        try:
            offer = await services.members.view_invitation(token)
        except MomentsError as error:
            return trouble(
                404, "This link has expired", error.message, action="Sign in", href="/sign-in"
            )
        visit = await pages.visit(request)
        by = f"{offer.invited_by} invites you" if offer.invited_by else "You are invited"
        lead = f"{by} to capture together, as {offer.role.label}."
        config = {
            "kind": "invite",
            "token": token,
            "email": offer.email,
            "signed_in": visit.identity.user.email if visit else None,
        }
        _show(f"Join {offer.organization_name}", lead, config)
        return None
