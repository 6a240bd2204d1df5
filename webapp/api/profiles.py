"""`/api/profiles`: handles, followers; `/api/public/moments`: likes; `/api/reports`: abuse."""

from typing import Annotated, Any

from litestar import Controller, Request, delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from domain.infra import images
from domain.profiles.models import Profile, Reason, Report
from webapp.api.schemas import (
    READ,
    WRITE,
    Anybody,
    Done,
    IdempotencyKey,
    In,
    Instant,
    Limit,
    Offset,
    Out,
    Page,
    Svc,
    Who,
    instant,
    page_of,
    problems,
)
from webapp.auth import client_ip

AnyRequest = Request[Any, Any, Any]
AVATAR_BODY_BYTES = 7 * 1024 * 1024  # 5 MB of image in base64, and the rest of the body
LIMITED = {**WRITE, **problems(401, 403, 404, 409, 410, 413, 415, 429)}


class ProfileIn(In, frozen=True, kw_only=True):
    """A person's public page."""

    handle: Annotated[str, Meta(max_length=60, examples=["mira"])]
    bio: Annotated[str, Meta(max_length=2000)] = ""


class AvatarIn(In, frozen=True, kw_only=True):
    """A picture as a `data:` URL; null removes it."""

    data: Annotated[str, Meta(examples=["data:image/jpeg;base64,/9j/4AAQ"])] | None


class ProfileOut(Out, frozen=True, kw_only=True):
    """A person's public page."""

    handle: str
    name: str
    bio: str
    url: str
    avatar_url: str | None
    followers: int


class LikesOut(Out, frozen=True, kw_only=True):
    """How many people like a moment, and whether the caller does."""

    likes: int
    liked: bool


class FollowersOut(Out, frozen=True, kw_only=True):
    """How many people follow somebody, and whether the caller does."""

    followers: int
    followed: bool


class ReportIn(In, frozen=True, kw_only=True):
    """What is wrong with a moment."""

    reason: Reason
    details: Annotated[str, Meta(max_length=2000)] = ""


class AbuseReportOut(Out, frozen=True, kw_only=True):
    """A report of abuse, for the organisation's admins."""

    id: str
    moment_id: str
    moment_title: str
    reason: Reason
    details: str
    created_at: Instant


class AbuseReportList(Page, frozen=True, kw_only=True):
    """Open reports, oldest first."""

    items: list[AbuseReportOut]


def profile_out(profile: Profile) -> ProfileOut:
    """Return a profile in wire format."""
    return ProfileOut(
        handle=profile.handle,
        name=profile.name,
        bio=profile.bio,
        url=profile.url,
        avatar_url=profile.avatar_url,
        followers=profile.followers,
    )


def _report_out(report: Report) -> AbuseReportOut:
    return AbuseReportOut(
        id=report.id,
        moment_id=report.moment_id,
        moment_title=report.moment_title,
        reason=report.reason,
        details=report.details,
        created_at=instant(report.created_at) or "",
    )


class ProfileController(Controller):
    """Public profiles."""

    path = "/profiles"
    tags = ("Profiles",)

    @get("/me", summary="Get one's own profile", responses=READ)
    async def own_profile(self, services: Svc, caller: Who) -> ProfileOut | None:
        """Return the caller's public profile; null: they have none."""
        found = await services.profiles.own(caller)
        return profile_out(found) if found else None

    @put("/me", summary="Set one's own profile", responses=WRITE)
    async def set_profile(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[ProfileIn],
        idempotency_key: IdempotencyKey = None,
    ) -> ProfileOut:
        """Create or change the caller's public profile; earlier handles redirect to it."""
        return profile_out(await services.profiles.save(caller, data.handle, data.bio))

    @delete("/me", status_code=200, summary="Delete one's own profile", responses=WRITE)
    async def delete_profile(
        self, services: Svc, caller: Who, idempotency_key: IdempotencyKey = None
    ) -> Done:
        """Take the caller's public profile away; nobody else gets its handles."""
        await services.profiles.delete(caller)
        return Done()

    @put(
        "/me/avatar",
        summary="Set one's own picture",
        responses=WRITE,
        request_max_body_size=AVATAR_BODY_BYTES,
    )
    async def set_avatar(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[AvatarIn],
        idempotency_key: IdempotencyKey = None,
    ) -> ProfileOut:
        """Set or remove the picture of the caller's profile: JPEG, PNG or WebP up to 5 MB."""
        picture = images.parse_data_url(data.data).data if data.data is not None else None
        return profile_out(await services.profiles.set_avatar(caller, picture))

    @get(
        "/{handle:str}/follow",
        summary="Get a person's followers",
        responses=problems(401, 404),
        opt={"anybody": True},
        security=[{}],
    )
    async def followed(
        self, services: Svc, visitor: Anybody, handle: FromPath[str]
    ) -> FollowersOut:
        """Return how many people follow somebody, and whether the caller does."""
        followers, followed = await services.reactions.followed(visitor, handle)
        return FollowersOut(followers=followers, followed=followed)

    @put("/{handle:str}/follow", summary="Follow a person", responses=LIMITED)
    async def follow(
        self,
        services: Svc,
        caller: Who,
        handle: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> FollowersOut:
        """Follow somebody; again changes nothing."""
        followers = await services.reactions.follow(caller, handle)
        return FollowersOut(followers=followers, followed=True)

    @delete("/{handle:str}/follow", status_code=200, summary="Unfollow a person", responses=WRITE)
    async def unfollow(
        self,
        services: Svc,
        caller: Who,
        handle: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> FollowersOut:
        """Stop following somebody."""
        followers = await services.reactions.unfollow(caller, handle)
        return FollowersOut(followers=followers, followed=False)


class ReactionController(Controller):
    """What people do with somebody's public moment."""

    path = "/public/moments/{slug:str}"
    tags = ("Visitors",)

    @get(
        "/like",
        summary="Get a moment's likes",
        responses=problems(401, 404, 410),
        opt={"anybody": True},
        security=[{}],
    )
    async def likes(self, services: Svc, visitor: Anybody, slug: FromPath[str]) -> LikesOut:
        """Return how many people like a moment, and whether the caller does."""
        likes, liked = await services.reactions.liked(visitor, slug)
        return LikesOut(likes=likes, liked=liked)

    @put("/like", summary="Like a moment", responses=LIMITED)
    async def like(
        self,
        request: AnyRequest,
        services: Svc,
        caller: Who,
        slug: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> LikesOut:
        """Like a moment; again changes nothing."""
        likes = await services.reactions.like(caller, slug, ip=client_ip(request.scope))
        return LikesOut(likes=likes, liked=True)

    @delete("/like", status_code=200, summary="Take a like back", responses=LIMITED)
    async def unlike(
        self,
        services: Svc,
        caller: Who,
        slug: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> LikesOut:
        """Take a like back."""
        likes = await services.reactions.unlike(caller, slug)
        return LikesOut(likes=likes, liked=False)

    @post(
        "/report",
        status_code=202,
        summary="Report a moment",
        responses=problems(404, 410, 413, 415, 429),
        opt={"anybody": True},
        security=[{}],
    )
    async def report(
        self, request: AnyRequest, services: Svc, slug: FromPath[str], data: JSONBody[ReportIn]
    ) -> Done:
        """Report abuse to the admins of the moment's organisation."""
        ip = client_ip(request.scope)
        await services.reports.report(slug, data.reason, data.details, ip=ip)
        return Done()


class AbuseReportController(Controller):
    """Reports of abuse."""

    path = "/reports"
    tags = ("Organisations",)

    @get("/", summary="List reports of abuse", responses=problems(401, 403, 404))
    async def list_reports(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> AbuseReportList:
        """List the open reports of the organisation's moments, oldest first (admins)."""
        found = await services.reports.list(caller)
        return page_of(AbuseReportList, list(map(_report_out, found)), limit, offset)

    @delete("/{report_id:str}", status_code=200, summary="Close a report", responses=WRITE)
    async def close_report(
        self,
        services: Svc,
        caller: Who,
        report_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Close a report of abuse (admins)."""
        await services.reports.resolve(caller, report_id)
        return Done()
