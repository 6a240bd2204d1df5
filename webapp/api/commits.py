"""`/api/commits`: what each commit looked like, what changed, and who approved it."""

from collections.abc import Sequence
from typing import Annotated, Literal

from litestar import Controller, Response, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from domain.commits.models import Build, TimelineFilter
from webapp.api.commit_schemas import (
    BuildList,
    BuildOut,
    BundleIn,
    BundleOut,
    CalibrateIn,
    ChangeOut,
    CompareIn,
    DecisionIn,
    DecisionList,
    DecisionOut,
    IgnoredList,
    IgnoredOut,
    IgnoreIn,
    SettingsIn,
    SettingsOut,
    build_out,
    bundle_out,
    change_out,
    decision_out,
    ignored_out,
)
from webapp.api.cursors import CursorQuery, next_cursor, read_cursor
from webapp.api.moments import VM
from webapp.api.schemas import READ, WRITE, Done, IdempotencyKey, Limit, Svc, Who
from webapp.api.timeline_schemas import AxesOut, TimelineOut, axes_out, item_out

RepositoryFilter = Annotated[str | None, QueryParameter(name="repository", max_length=2000)]
BranchFilter = Annotated[str | None, QueryParameter(name="branch", max_length=500)]
VmFilter = Annotated[str | None, QueryParameter(name="vmId", max_length=64)]
CommitQuery = Annotated[
    str,
    QueryParameter(name="commit", min_length=12, max_length=64, description="At least 12 digits."),
]
PictureName = Annotated[
    str | None,
    QueryParameter(name="name", max_length=255, description="By default the first picture."),
]
MaxWidth = Annotated[
    int | None,
    QueryParameter(name="maxWidth", ge=16, le=4096, description="Answers a JPEG as wide as this."),
]
MomentQuery = Annotated[
    str | None,
    QueryParameter(name="before", max_length=64, description="By default the baseline."),
]


class CommitController(Controller):
    """Comparisons, baselines, decisions and timelines."""

    path = "/commits"
    tags = ("Commits",)

    @get("/timeline", summary="List commits", responses=READ)
    async def list_commits(  # noqa: PLR0913 (self, what is injected, and one for each filter)
        self,
        services: Svc,
        caller: Who,
        *,
        repository: RepositoryFilter = None,
        branch: BranchFilter = None,
        vm_id: VmFilter = None,
        cursor: CursorQuery = None,
        limit: Limit = 50,
    ) -> TimelineOut:
        """List the captures of a repository, branch or VM, newest first."""
        wanted = TimelineFilter(repository, branch, vm_id, limit)
        items = await services.timeline.page(caller, wanted, read_cursor(cursor))
        return TimelineOut(
            items=list(map(item_out, items)), limit=limit, next_cursor=next_cursor(items, limit)
        )

    @get("/axes", summary="List repositories, branches and VMs", responses=READ)
    async def list_axes(
        self, services: Svc, caller: Who, repository: RepositoryFilter = None
    ) -> AxesOut:
        """Return what a timeline can be of; branches are those of the repository."""
        return axes_out(await services.timeline.axes(caller, repository))

    @post("/compare", status_code=200, summary="Compare two moments", responses=WRITE)
    async def compare_moments(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[CompareIn],
        idempotency_key: IdempotencyKey = None,
    ) -> ChangeOut:
        """Compare the pictures of two moments, or of a moment and its baseline."""
        if data.before is None:
            return change_out(await services.commits.with_baseline(caller, data.after))
        return change_out(await services.commits.compare(caller, data.before, data.after))

    @post("/calibrate", status_code=200, summary="Measure the noise", responses=WRITE)
    async def calibrate_limits(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[CalibrateIn],
        idempotency_key: IdempotencyKey = None,
    ) -> dict[str, object]:
        """Measure the noise between two captures of the same thing, and propose limits."""
        found = await services.commits.calibrate(caller, data.first, data.second, data.name)
        return found.to_json()

    @post("/baseline", status_code=200, summary="Get a baseline bundle", responses=WRITE)
    async def get_baseline(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[BundleIn],
        idempotency_key: IdempotencyKey = None,
    ) -> BundleOut:
        """Return the settings and accepted pictures that a commit would be compared with."""
        bundle = await services.commits.bundle(caller, data.repository, data.commits, data.branch)
        return bundle_out(bundle)

    @get("/builds", summary="Get a commit's status", responses=READ)
    async def list_builds(
        self,
        services: Svc,
        caller: Who,
        *,
        commit: CommitQuery,
        repository: RepositoryFilter = None,
    ) -> BuildList:
        """Return how the captures of a commit stand; a commit without any is pending."""
        builds = await services.checks.builds(caller, commit, repository)
        return BuildList(items=list(map(build_out, builds)), conclusion=_together(builds))

    @get("/settings", summary="Get the limits", responses=READ)
    async def get_settings(
        self, services: Svc, caller: Who, repository: RepositoryFilter = None
    ) -> SettingsOut:
        """Return how a repository's pictures are compared."""
        name = repository or ""
        settings = await services.reviews.settings(caller, name)
        return SettingsOut(repository=name, settings=settings.to_json())

    @put("/settings", summary="Choose the limits", responses=WRITE)
    async def set_settings(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[SettingsIn],
        idempotency_key: IdempotencyKey = None,
    ) -> SettingsOut:
        """Choose how a repository's pictures are compared from now on."""
        settings = await services.reviews.set_settings(caller, data.repository, data.settings)
        return SettingsOut(repository=data.repository, settings=settings.to_json())

    @get("/ignored", summary="List ignored changes", responses=READ)
    async def list_ignored(
        self, services: Svc, caller: Who, repository: RepositoryFilter = None
    ) -> IgnoredList:
        """List the changes that are ignored in a repository, or in all."""
        found = await services.reviews.ignored(caller, repository)
        return IgnoredList(items=list(map(ignored_out, found)))

    @delete(
        "/ignored/{ignored_id:str}",
        status_code=200,
        summary="Stop ignoring a change",
        responses=WRITE,
    )
    async def stop_ignoring(
        self,
        services: Svc,
        caller: Who,
        ignored_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Show a change again."""
        await services.reviews.stop_ignoring(caller, ignored_id)
        return Done()

    @get("/moments/{moment_id:str}/build", summary="Get a capture's status", responses=READ)
    async def get_build(self, services: Svc, caller: Who, moment_id: FromPath[str]) -> BuildOut:
        """Return how one capture stands against its baseline."""
        return build_out(await services.checks.build(caller, moment_id))

    @get("/moments/{moment_id:str}/decisions", summary="List decisions", responses=READ)
    async def list_decisions(
        self, services: Svc, caller: Who, moment_id: FromPath[str]
    ) -> DecisionList:
        """List who approved or rejected a capture, the newest first."""
        found = await services.reviews.decisions(caller, moment_id)
        return DecisionList(items=list(map(decision_out, found)))

    @post("/moments/{moment_id:str}/decisions", summary="Approve or reject", responses=WRITE)
    async def decide(
        self,
        services: Svc,
        caller: Who,
        moment_id: FromPath[str],
        data: JSONBody[DecisionIn],
        idempotency_key: IdempotencyKey = None,
    ) -> DecisionOut:
        """Approve or reject a capture (members): approval makes it eligible as a baseline."""
        made = await services.reviews.decide(
            caller, moment_id, data.verdict, variant_of=data.variant_of, note=data.note
        )
        return decision_out(made)

    @post("/moments/{moment_id:str}/ignored", summary="Ignore a change", responses=WRITE)
    async def ignore_change(
        self,
        services: Svc,
        caller: Who,
        moment_id: FromPath[str],
        data: JSONBody[IgnoreIn],
        idempotency_key: IdempotencyKey = None,
    ) -> IgnoredOut:
        """Ignore a change wherever it appears again in that picture (members)."""
        found = await services.reviews.ignore(caller, moment_id, data.name, data.mask)
        return ignored_out(found)

    @get(
        "/moments/{moment_id:str}/diff.png",
        summary="Get a diff as a picture",
        responses=READ,
        media_type="image/png",
    )
    async def get_drawing(
        self,
        services: Svc,
        caller: Who,
        moment_id: FromPath[str],
        *,
        before: MomentQuery = None,
        name: PictureName = None,
        max_width: MaxWidth = None,
    ) -> Response[bytes]:
        """Return a picture of what changed: the new one faded, changes in red, numbered boxes."""
        found = await services.commits.drawing(caller, before, moment_id, name, max_width=max_width)
        return Response(found, media_type="image/jpeg" if max_width else "image/png")


class VmCommitController(Controller):
    """What VM agents may know: how their own captures stand."""

    path = "/commits/vm"
    tags = ("Commits",)
    opt = VM
    security = ({"vm": []},)

    @get("/{moment_id:str}/build", summary="Get a VM capture's status", responses=READ)
    async def get_vm_build(self, services: Svc, caller: Who, moment_id: FromPath[str]) -> BuildOut:
        """Return how a capture of the calling VM stands against its baseline."""
        return build_out(await services.checks.build_for_vm(caller, moment_id))


def _together(builds: Sequence[Build]) -> Literal["pending", "success", "failure"]:
    found = {build.conclusion for build in builds}
    if "failure" in found:
        return "failure"
    return "pending" if "pending" in found or not found else "success"
