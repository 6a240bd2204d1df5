"""`/api/tokens`: the user's own API tokens."""

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
    """A new token."""

    name: Annotated[str, Meta(examples=["laptop"])]
    expires_in_s: Annotated[int, Meta(ge=60, le=DECADE_S)] | None = None


class TokenOut(Out, frozen=True, kw_only=True):
    """A token; its text is present only in the response that created it."""

    id: str
    name: str
    prefix: Annotated[str, Meta(examples=["mt_k3f9"])]
    created_at: Instant
    last_used_at: Instant | None
    expires_at: Instant | None
    token: str | UnsetType = UNSET


class TokenPage(Page, frozen=True, kw_only=True):
    """The user's own tokens, newest first."""

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
    """The user's own API tokens."""

    path = "/tokens"
    tags = ("Accounts",)

    @get("/", summary="List tokens", responses=READ)
    async def list_tokens(
        self, services: Svc, caller: Who, limit: Limit = 50, offset: Offset = 0
    ) -> TokenPage:
        """List the user's tokens, newest first."""
        found = [_token_out(t) for t in await services.tokens.list(caller)]
        return page_of(TokenPage, found, limit, offset)

    @post("/", summary="Create a token", responses=WRITE)
    async def create_token(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[TokenIn],
        idempotency_key: IdempotencyKey = None,
    ) -> TokenOut:
        """Create a token with its user's rights; its text is shown only here."""
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
        """Revoke a token."""
        await services.tokens.revoke(caller, token_id)
        return Done()
