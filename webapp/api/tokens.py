"""`/api/tokens`: one's own API tokens."""

from typing import Annotated

from litestar import Controller, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, Meta, UnsetType

from domain.accounts.models import ApiToken
from webapp.api.schemas import (
    READ,
    WRITE,
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
)

DECADE_S = 10 * 365 * 24 * 3600


class TokenIn(In, frozen=True, kw_only=True):
    """A token to make."""

    name: Annotated[str, Meta(examples=["laptop"])]
    expires_in_s: Annotated[int, Meta(ge=60, le=DECADE_S)] | None = None


class TokenOut(Out, frozen=True, kw_only=True):
    """A token; its text is there once, in the answer that made it."""

    id: str
    name: str
    prefix: Annotated[str, Meta(examples=["mt_k3f9"])]
    created_at: Instant
    last_used_at: Instant | None
    expires_at: Instant | None
    token: str | UnsetType = UNSET


class TokenPage(Page, frozen=True, kw_only=True):
    """One's own tokens, newest first."""

    items: list[TokenOut]


def _token_out(record: ApiToken, token: str | UnsetType = UNSET) -> TokenOut:
    return TokenOut(
        id=record.id,
        name=record.name,
        prefix=record.prefix,
        created_at=instant(record.created_at) or "",
        last_used_at=instant(record.last_used_at),
        expires_at=instant(record.expires_at),
        token=token,
    )


class TokenController(Controller):
    """One's own API tokens."""

    path = "/tokens"
    tags = ("Accounts",)

    @get("/", summary="List tokens", responses=READ)
    async def list_tokens(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> TokenPage:
        """List one's tokens, newest first."""
        found = [_token_out(t) for t in await services.tokens.list(caller)]
        return page_of(TokenPage, found, limit, offset)

    @post("/", summary="Make a token", responses=WRITE)
    async def create_token(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[TokenIn],
        idempotency_key: IdempotencyKey = None,
    ) -> TokenOut:
        """Make a token that may do what its user may; its text is shown this once."""
        made = await services.tokens.create(caller, data.name, lifetime_s=data.expires_in_s)
        return _token_out(made.record, made.token)

    @delete("/{token_id:str}", status_code=200, summary="Revoke a token", responses=WRITE)
    async def revoke_token(
        self,
        services: Svc,
        caller: Who,
        token_id: FromPath[str],
        idempotency_key: IdempotencyKey = None,
    ) -> Done:
        """Make a token useless."""
        await services.tokens.revoke(caller, token_id)
        return Done()
