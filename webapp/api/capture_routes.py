"""Routes that clips and snapshots share: download, links, deletion."""

from abc import abstractmethod
from typing import Protocol

from litestar import Controller, delete, get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect

from domain.accounts.models import Caller
from domain.bootstrap import Services
from domain.captures.models import Clip, Snapshot
from domain.core.errors import NotFound
from domain.moments.models import MediaFile
from webapp.api.captures import ShareIn, ShareOut, SharePage, new_share, share_out
from webapp.api.schemas import (
    READ,
    WRITE,
    Done,
    IdempotencyKey,
    Limit,
    Offset,
    Svc,
    Who,
    page_of,
    problems,
)


class Captures(Protocol):
    """The service behind the routes."""

    async def get(self, caller: Caller, capture_id: str, /) -> Clip | Snapshot:
        """Return one."""

    async def file(self, caller: Caller, capture_id: str, /) -> MediaFile:
        """Return its file's URL."""

    async def delete(self, caller: Caller, capture_id: str, /) -> None:
        """Move it to the bin."""


class CaptureController(Controller):
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

    @get("/{capture_id:str}/share", summary="List its links", responses=READ)
    async def list_links(
        self,
        services: Svc,
        caller: Who,
        capture_id: FromPath[str],
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> SharePage:
        """List its valid links."""
        links = [share_out(link) for link in await services.sharing.links(caller, capture_id)]
        return page_of(SharePage, links, limit, offset)

    @post("/{capture_id:str}/share", summary="Share a capture", responses=WRITE)
    async def share(
        self,
        services: Svc,
        caller: Who,
        capture_id: FromPath[str],
        data: JSONBody[ShareIn | None] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> ShareOut:
        """Create a public link, optionally with an expiry and a password."""
        await self.captures(services).get(caller, capture_id)
        return share_out(await services.sharing.share(caller, [capture_id], new_share(data)))

    @delete(
        "/{capture_id:str}/share/{token:str}",
        status_code=200,
        summary="Revoke a link",
        responses=WRITE,
    )
    async def revoke_link(
        self,
        services: Svc,
        caller: Who,
        capture_id: FromPath[str],
        token: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Revoke a link; it stops working everywhere within a minute."""
        links = await services.sharing.links(caller, capture_id)
        if token not in {link.token for link in links}:
            raise NotFound("There is no such link. It was revoked or has expired.")
        await services.sharing.revoke(caller, token)
        return Done()
