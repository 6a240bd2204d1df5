"""Share links for members: created, listed and revoked.

A link's token is derived from its id, so that the URL can be shown again although only its hash is
stored.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.passwords import Passwords
from domain.accounts.rights import Rights
from domain.core.errors import BadFields
from domain.core.ids import new_id
from domain.core.secrets import hash_token
from domain.infra.base import Base
from domain.moments.access import check_masked
from domain.moments.wiring import MomentRoom
from domain.sharing.ended import no_link
from domain.sharing.models import NewShare, ShareLink
from domain.sharing.subjects import Subjects
from domain.sharing.tables import ShareLinks
from domain.sharing.tokens import LinkTokens

_MAX_SUBJECTS: Final = 200
_MAX_LIFETIME_S: Final = 10 * 366 * 86_400
_GOOD: Final = "l.revoked_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > $2)"
_FOREVER: Final = "9999-01-01T00:00:00Z"


class SharingService:
    """The service of share links, for members."""

    def __init__(
        self,
        base: Base,
        rights: Rights,
        moments: MomentRoom,
        subjects: Subjects,
        tokens: LinkTokens,
        passwords: Passwords,
    ) -> None:
        self._database = base.database
        self._clock = base.clock
        self._rights = rights
        self._moments = moments.records
        self._events = moments.events
        self._subjects = subjects
        self._tokens = tokens
        self._passwords = passwords

    async def share(self, caller: Caller, subject_ids: Sequence[str], new: NewShare) -> ShareLink:
        """Create a link to one or several moments, clips and snapshots (members).

        Raises:
            NotFound: One of them is absent or another organisation's. BadFields.
            Conflict: The agent sent one with its secrets.
        """
        _check_new(subject_ids, new)
        subject_ids = list(dict.fromkeys(subject_ids))
        password_hash = await self._passwords.hash(new.password) if new.password else None
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            moments = await self._subjects.check(actor, subject_ids)
            await check_masked(self._database, moments.values())
            row = self._new_row(actor, moments, new, password_hash)
            await ShareLinks.insert(row)
            await self._changed(row)
        return self._link_of(row)

    async def links(self, caller: Caller, subject_id: str) -> list[ShareLink]:
        """List the working links to something, newest first."""
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            await self._subjects.check(actor, [subject_id])
            rows = await self._database.fetch(
                f"SELECT l.* FROM share_link l WHERE l.organization_id = $1 AND {_GOOD}"  # noqa: S608 (constant)
                " AND l.subject_ids @> ARRAY[$3::text] ORDER BY l.id DESC",
                actor.organization_id,
                self._clock.now(),
                subject_id,
            )
        return [self._link_of(ShareLinks(**dict(row), _exists_in_db=True)) for row in rows]

    async def urls(self, caller: Caller, subject_ids: Sequence[str]) -> dict[str, str]:
        """Return the newest valid link of each subject that has its own (`share_url`)."""
        if not subject_ids:
            return {}
        async with self._database.transaction():
            actor = await self._rights.load(caller)
            rows = await self._database.fetch(
                "SELECT DISTINCT ON (l.subject_ids[1]) l.subject_ids[1] AS subject_id, l.id"  # noqa: S608 (constant)
                f" FROM share_link l WHERE l.organization_id = $1 AND {_GOOD}"
                " AND cardinality(l.subject_ids) = 1 AND l.subject_ids && $3::text[]"
                " ORDER BY l.subject_ids[1], (l.password_hash IS NULL) DESC, l.id DESC",
                actor.organization_id,
                self._clock.now(),
                list(subject_ids),
            )
        return {subject_id: self._tokens.url(self._tokens.token(id_)) for subject_id, id_ in rows}

    async def revoke(self, caller: Caller, token: str, *, subject_id: str | None = None) -> None:
        """Revoke a link, optionally of a given subject, at once (members).

        Raises:
            NotFound: There is no such link, or it shows something that the caller cannot see.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.MEMBER)
            row = (
                await ShareLinks.objects()
                .where(
                    ShareLinks.token_hash == hash_token(token),
                    ShareLinks.organization_id == actor.organization_id,
                    ShareLinks.revoked_at.is_null(),
                )
                .lock_rows()
                .first()
            )
            if row is None or subject_id not in {None, *row.subject_ids}:
                raise no_link()
            if await self._moments.hides(actor, row.moment_ids):
                raise no_link()
            await ShareLinks.update({ShareLinks.revoked_at: self._clock.now()}).where(
                ShareLinks.id == row.id
            )
            await self._changed(row)

    async def revoke_of(self, user_id: str) -> None:
        """Revoke all of a person's links in the open transaction."""
        links = (
            await ShareLinks.objects()
            .where(ShareLinks.created_by == user_id, ShareLinks.revoked_at.is_null())
            .order_by(ShareLinks.id)
            .lock_rows()
        )
        for link in links:
            await ShareLinks.update({ShareLinks.revoked_at: self._clock.now()}).where(
                ShareLinks.id == link.id
            )
            await self._changed(link)

    async def _changed(self, link: ShareLinks) -> None:
        """Record on each moment until when any link shows it, and publish the change."""
        for moment_id in link.moment_ids:
            until = await self._database.fetchval(
                "SELECT max(coalesce(l.expires_at, $3::text::timestamptz)) FROM share_link l"  # noqa: S608 (constant)
                f" WHERE l.moment_ids @> ARRAY[$1::text] AND {_GOOD}",
                moment_id,
                self._clock.now(),
                _FOREVER,
            )
            await self._moments.set_shared([moment_id], until)
        for subject_id, moment_id in (await self._subjects.moments(link.subject_ids)).items():
            kind = self._subjects.event(subject_id)
            await self._events.publish(link.organization_id, kind, subject_id, moment_id)

    def _new_row(
        self, actor: Actor, moments: Mapping[str, str], new: NewShare, password_hash: str | None
    ) -> ShareLinks:
        share_id = new_id("share")
        now, lifetime_s = self._clock.now(), new.expires_in_s
        return ShareLinks(
            id=share_id,
            organization_id=actor.organization_id,
            subject_ids=list(moments),
            moment_ids=list(dict.fromkeys(moments.values())),
            token_hash=hash_token(self._tokens.token(share_id)),
            password_hash=password_hash,
            may_download=new.may_download,
            views=0,
            created_by=actor.user_id,
            created_at=now,
            expires_at=None if lifetime_s is None else now + timedelta(seconds=lifetime_s),
        )

    def _link_of(self, row: ShareLinks) -> ShareLink:
        token = self._tokens.token(row.id)
        return ShareLink(
            id=row.id,
            subject_ids=tuple(row.subject_ids),
            url=self._tokens.url(token),
            token=token,
            has_password=row.password_hash is not None,
            may_download=row.may_download,
            created_at=row.created_at,
            created_by=row.created_by,
            expires_at=row.expires_at,
            views=row.views,
        )


def _check_new(subject_ids: Sequence[str], new: NewShare) -> None:
    wrong: dict[str, str] = {}
    if not 1 <= len(subject_ids) <= _MAX_SUBJECTS:
        wrong["ids"] = f"must be 1 to {_MAX_SUBJECTS} ids of moments, snapshots and clips"
    if new.expires_in_s is not None and not 1 <= new.expires_in_s <= _MAX_LIFETIME_S:
        wrong["expires_in_s"] = "must be between a second and ten years"
    if new.password is not None and not 4 <= len(new.password) <= 1024:
        wrong["password"] = "must have 4 to 1024 characters"  # noqa: S105 (a sentence)
    if wrong:
        raise BadFields(wrong)
