"""The links to a clip, a snapshot or a moment on the API."""

from abc import abstractmethod

from litestar import Controller, delete, get, post
from litestar.params import FromPath, JSONBody

from domain.accounts.models import Caller
from domain.bootstrap import Services
from webapp.api.captures import ShareIn, ShareOut, SharePage, new_share, share_out
from webapp.api.schemas import READ, WRITE, Done, IdempotencyKey, Limit, Offset, Svc, Who, page_of


class ShareRoutes(Controller):
    """Base of the routes of what can be shared."""

    @abstractmethod
    async def check_subject(self, services: Services, caller: Caller, subject_id: str) -> None:
        """Do nothing if the id is of this kind and the caller sees it.

        Raises:
            NotFound: It is not.
        """

    @get("/{subject_id:str}/share", summary="List its links", responses=READ)
    async def list_links(
        self,
        services: Svc,
        caller: Who,
        subject_id: FromPath[str],
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> SharePage:
        """List its valid links."""
        await self.check_subject(services, caller, subject_id)
        links = [share_out(link) for link in await services.sharing.links(caller, subject_id)]
        return page_of(SharePage, links, limit, offset)

    @post("/{subject_id:str}/share", summary="Share it", responses=WRITE)
    async def share(
        self,
        services: Svc,
        caller: Who,
        subject_id: FromPath[str],
        data: JSONBody[ShareIn | None] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> ShareOut:
        """Create a public link, optionally with an expiry and a password."""
        await self.check_subject(services, caller, subject_id)
        return share_out(await services.sharing.share(caller, [subject_id], new_share(data)))

    @delete(
        "/{subject_id:str}/share/{token:str}",
        status_code=200,
        summary="Revoke a link",
        responses=WRITE,
    )
    async def revoke_link(
        self,
        services: Svc,
        caller: Who,
        subject_id: FromPath[str],
        token: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Revoke a link; it stops working everywhere within a minute."""
        await self.check_subject(services, caller, subject_id)
        await services.sharing.revoke(caller, token, subject_id=subject_id)
        return Done()
