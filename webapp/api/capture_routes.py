"""Routes that clips and snapshots share: download, links, deletion."""

from abc import abstractmethod
from typing import Protocol

from litestar import delete, get
from litestar.params import FromPath
from litestar.response import Redirect

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.captures.models import Clip, Snapshot
from domain.moments.models import MediaFile
from webapp.api.schemas import WRITE, Done, IdempotencyKey, Svc, Who, problems
from webapp.api.share_routes import ShareRoutes


class Captures(Protocol):
    """The service behind the routes."""

    async def get(self, caller: Caller, capture_id: str, /) -> Clip | Snapshot:
        """Return one."""

    async def file(self, caller: Caller, capture_id: str, /) -> MediaFile:
        """Return its file's URL."""

    async def delete(self, caller: Caller, capture_id: str, /) -> None:
        """Move it to the bin."""


class CaptureController(ShareRoutes):
    """Base of the clips' and the snapshots' routes."""

    @staticmethod
    @abstractmethod
    def captures(services: Services) -> Captures:
        """Return the resource's service."""

    @delete("/{capture_id:str}", status_code=200, summary="Delete a capture", responses=WRITE)
    async def delete_capture(
        self,
        services: Svc,
        caller: Who,
        capture_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Move it to the bin: members their own, admins anybody's."""
        await self.captures(services).delete(caller, capture_id)
        return Done()

    @get(
        "/{capture_id:str}/download",
        status_code=302,
        summary="Download a capture",
        responses=problems(401, 404, 409),
    )
    async def download(self, services: Svc, caller: Who, capture_id: FromPath[str]) -> Redirect:
        """Redirect to a signed URL that saves the file under its title."""
        file = await self.captures(services).file(caller, capture_id)
        url = services.storage.signed_get(
            file.bucket,
            file.key,
            content_type=file.content_type,
            filename=file.file_name,
            inline=False,
        )
        return Redirect(url, status_code=302, headers={"cache-control": "no-store"})

    async def check_subject(self, services: Services, caller: Caller, subject_id: str) -> None:
        """Do nothing if it is a capture of this kind that the caller sees."""
        await self.captures(services).get(caller, subject_id)
