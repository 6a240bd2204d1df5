"""`/api/retention`: which moments the organisation moves to its bin by itself."""

from collections.abc import Sequence
from typing import Annotated

from litestar import Controller, get, post, put
from litestar.params import JSONBody
from msgspec import Meta

from domain.moments.policies import MAX_DAYS, MAX_NEWEST, MAX_RULES, Rule, RulePreview
from webapp.api.schemas import (
    READ,
    WRITE,
    IdempotencyKey,
    In,
    Instant,
    Out,
    Svc,
    Who,
    instant,
)


class RuleIn(In, frozen=True, kw_only=True):
    """A rule; an empty branch means all moments without a rule of their own."""

    branch: Annotated[str, Meta(max_length=250, examples=["release/*"])] = ""
    max_age_days: Annotated[int, Meta(ge=1, le=MAX_DAYS)] | None = None
    keep_newest: Annotated[int, Meta(ge=1, le=MAX_NEWEST)] | None = None
    keep_tagged: bool = True


class RetentionIn(In, frozen=True, kw_only=True):
    """All rules of an organisation."""

    rules: Annotated[list[RuleIn], Meta(max_length=MAX_RULES)]


class RuleOut(Out, frozen=True, kw_only=True):
    """A rule."""

    branch: str
    max_age_days: int | None
    keep_newest: int | None
    keep_tagged: bool


class RetentionOut(Out, frozen=True, kw_only=True):
    """The rules, the most specific last."""

    rules: list[RuleOut]


class GoingOut(Out, frozen=True, kw_only=True):
    """A moment that a rule would move to the bin."""

    id: str
    title: str
    branch: str | None
    created_at: Instant


class RulePreviewOut(Out, frozen=True, kw_only=True):
    """How many moments a rule would move, how large they are, and the oldest of them."""

    branch: str
    total: int
    total_bytes: int
    oldest: list[GoingOut]


class PreviewOut(Out, frozen=True, kw_only=True):
    """What rules would move to the bin now."""

    total: int
    total_bytes: int
    rules: list[RulePreviewOut]


def _rules_of(data: RetentionIn) -> Sequence[Rule]:
    return [
        Rule(each.branch.strip(), each.max_age_days, each.keep_newest, each.keep_tagged)
        for each in data.rules
    ]


def _out(rules: Sequence[Rule]) -> RetentionOut:
    return RetentionOut(
        rules=[
            RuleOut(
                branch=each.branch,
                max_age_days=each.max_age_days,
                keep_newest=each.keep_newest,
                keep_tagged=each.keep_tagged,
            )
            for each in rules
        ]
    )


def _preview_out(found: Sequence[RulePreview]) -> PreviewOut:
    return PreviewOut(
        total=sum(each.total for each in found),
        total_bytes=sum(each.bytes for each in found),
        rules=[
            RulePreviewOut(
                branch=each.rule.branch,
                total=each.total,
                total_bytes=each.bytes,
                oldest=[
                    GoingOut(
                        id=going.id,
                        title=going.title,
                        branch=going.branch,
                        created_at=instant(going.created_at) or "",
                    )
                    for going in each.oldest
                ],
            )
            for each in found
        ],
    )


class RetentionController(Controller):
    """Retention policies; owners and admins set them."""

    path = "/retention"
    tags = ("Organisations",)

    @get("/", summary="Get the retention policy", responses=READ)
    async def get_rules(self, services: Svc, caller: Who) -> RetentionOut:
        """Return the organisation's rules."""
        return _out(await services.policies.rules(caller))

    @put("/", summary="Set the retention policy", responses=WRITE)
    async def set_rules(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[RetentionIn],
        idempotency_key: IdempotencyKey = None,
    ) -> RetentionOut:
        """Replace all rules; they apply within the hour. Ask for a preview first."""
        return _out(await services.policies.set_rules(caller, _rules_of(data)))

    @post("/preview", status_code=200, summary="Preview a retention policy", responses=WRITE)
    async def preview(
        self,
        services: Svc,
        caller: Who,
        data: JSONBody[RetentionIn],
        idempotency_key: IdempotencyKey = None,
    ) -> PreviewOut:
        """Return what rules would move to the bin now; nothing is changed."""
        return _preview_out(await services.policies.preview(caller, _rules_of(data)))
