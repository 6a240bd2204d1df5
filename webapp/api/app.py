"""Combines the controllers and defines what all of them share."""

from typing import Any

from litestar import Request, Router
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme, Tag

from domain.accounts.models import Caller
from webapp.api.accounts import AccountController
from webapp.api.archives import ArchiveFormController
from webapp.api.clips import ClipController
from webapp.api.collections import CollectionController
from webapp.api.commits import CommitController, VmCommitController
from webapp.api.discover import DiscoverController, SimilarController
from webapp.api.docs_page import DocsPage, openapi_document
from webapp.api.entrance import EntranceController
from webapp.api.errors import handle
from webapp.api.events import EventController, event_socket
from webapp.api.frames import FrameController
from webapp.api.gallery import GalleryController
from webapp.api.health import health
from webapp.api.kept_searches import KeptSearchController
from webapp.api.marks import MarkController
from webapp.api.members import InvitationController, MemberController
from webapp.api.metrics import metrics
from webapp.api.moment_context import MomentContext
from webapp.api.moment_transfer import TransferController, TransferFormController
from webapp.api.moments import MomentController
from webapp.api.nudges import NudgeController
from webapp.api.organizations import OrganizationController
from webapp.api.personal import PersonalController
from webapp.api.pipeline import PipelineController
from webapp.api.profiles import (
    AbuseReportController,
    ProfileController,
    ReactionController,
)
from webapp.api.request_checks import Intake
from webapp.api.retention import RetentionController
from webapp.api.search import ChatSearchController, SearchController
from webapp.api.sessions import SessionController
from webapp.api.snapshots import SnapshotController
from webapp.api.streams import StreamController, WatchController
from webapp.api.tokens import TokenController
from webapp.api.tracks import ArtistController, TrackController
from webapp.api.videos import VideoController
from webapp.api.visitors import VisitorController
from webapp.api.vm_moments import VmMomentController
from webapp.api.vms import VmController
from webapp.api.webhooks import WebhookController
from webapp.auth import Gatekeeper

BODY_BYTES = 1024 * 1024
_TAGS = {
    "Moments": "Records from any source, with their files.",
    "Commits": "What each commit looked like, what changed, and who approved it.",
    "VMs": "Virtual machines that capture by themselves.",
    "Streams": "Channels: published to us, pulled by us, or the demo.",
    "Snapshots": "Stills from a stream's buffer at full resolution.",
    "Clips": "Frame-accurate clips from a stream's buffer.",
    "Gallery": "Snapshots and clips together.",
    "Marks": "Exact parts of songs and videos at any provider.",
    "Tracks": "Canonical recordings, and the sums over everybody's marks.",
    "Videos": "Files and links: transcript, moments and clips.",
    "Pipeline": "Processing of videos, stage by stage.",
    "Chats": "Sessions of messages, about a moment or none.",
    "Search": "Passages of everything, by meaning and by words.",
    "Collections": "Moments in an order, to play one after another.",
    "Profiles": "People's public pages, and who follows them.",
    "Events": "Real-time events.",
    "Accounts": "Signing in, and the user's own account.",
    "Organisations": "People, roles and invitations.",
    "Webhooks": "Signed requests to other services when something happens.",
    "Visitors": "Routes without an account.",
    "Operations": "For operators.",
}


async def _guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Require valid credentials, except on public routes."""
    if handler.opt.get("anybody"):
        return
    gatekeeper: Gatekeeper = connection.app.state.gatekeeper
    await gatekeeper.require(connection.scope)


async def _caller(request: Request[Any, Any, Any]) -> Caller:
    gatekeeper: Gatekeeper = request.app.state.gatekeeper
    return await gatekeeper.require(request.scope)


async def _visitor(request: Request[Any, Any, Any]) -> Caller | None:
    gatekeeper: Gatekeeper = request.app.state.gatekeeper
    return await gatekeeper.visitor(request.scope)


def openapi() -> OpenAPIConfig:
    """Return the OpenAPI configuration."""
    return OpenAPIConfig(
        title="Moments",
        version="0.1.0",
        description="Watch a live stream, keep the moment that matters, send it to somebody. "
        "Programs send `Authorization: Bearer mt_…`; members of several "
        "organisations choose one with `x-organization-id`, or with "
        "`?organization_id=` where headers cannot be set. Every write accepts an "
        "`Idempotency-Key`. Every call accepts an `X-Moment-Id`, the moment that it is about.",
        path="/api/docs",
        render_plugins=[DocsPage()],
        use_handler_docstrings=True,
        tags=[Tag(name=name, description=text) for name, text in _TAGS.items()],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http", scheme="bearer", description="A personal API token."
                ),
                "vm": SecurityScheme(
                    type="apiKey",
                    name="X-VM-Token",
                    security_scheme_in="header",
                    description="A VM's token, together with its id in `X-VM-ID`.",
                ),
                "cookie": SecurityScheme(
                    type="apiKey",
                    name="moments_session",
                    security_scheme_in="cookie",
                    description="A browser's login session.",
                ),
            }
        ),
    )


def api_router() -> Router:
    """Return everything below `/api`."""
    return Router(
        "/api",
        route_handlers=[
            AbuseReportController,
            AccountController,
            ArchiveFormController,
            ArtistController,
            ChatSearchController,
            ClipController,
            CollectionController,
            CommitController,
            DiscoverController,
            EntranceController,
            EventController,
            FrameController,
            GalleryController,
            InvitationController,
            MarkController,
            MemberController,
            MomentController,
            NudgeController,
            OrganizationController,
            PersonalController,
            PipelineController,
            ProfileController,
            ReactionController,
            RetentionController,
            SearchController,
            KeptSearchController,
            SessionController,
            SimilarController,
            SnapshotController,
            StreamController,
            TokenController,
            TrackController,
            TransferController,
            TransferFormController,
            VideoController,
            VisitorController,
            VmCommitController,
            VmController,
            VmMomentController,
            WatchController,
            WebhookController,
            event_socket,
            openapi_document,
        ],
        guards=[_guard],
        middleware=[MomentContext(), Intake()],
        exception_handlers={Exception: handle},
        dependencies={"caller": Provide(_caller), "visitor": Provide(_visitor)},
        security=[{"bearer": []}, {"cookie": []}],
        request_max_body_size=BODY_BYTES,
    )


OPERATIONS = (health, metrics)
