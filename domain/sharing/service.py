"""Share links: made, listed, revoked and opened.

A link's token is derived from its id, so that the URL can be shown again while only its hash is
stored. Revoking takes effect with the next look: nothing here is cached.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.accounts.models import Actor, Caller, Role
from domain.accounts.passwords import Passwords
from domain.accounts.rights import Rights
from domain.core.errors import BadFields, Forbidden, Unauthenticated
from domain.core.ids import new_id
from domain.core.secrets import Keyring, hash_token
from domain.core.time import Clock
from domain.infra.database import Database, Record
from domain.infra.rate_limit import RateLimiter, network_of
from domain.live.capture_events import CaptureEvents
from domain.live.capture_rows import CaptureRows
from domain.live.models import Watch
from domain.live.stream_rows import OPEN, no_stream
from domain.live.streams import StreamService
from domain.sharing.ended import check_good, deleted, no_link
from domain.sharing.models import NewShare, PublicStream, PublicView, ShareLink
from domain.sharing.public import ITEMS, item_of, view_title

_MAX_SUBJECTS: Final = 200
_MAX_LIFETIME_S: Final = 10 * 366 * 86_400
_GRANT_S: Final = 3600
_GOOD: Final = "l.revoked_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > $2)"
_FOREVER: Final = "9999-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class SharingParts:
    """What the service is built from."""

    database: Database
    events: CaptureEvents
    rights: Rights
    captures: CaptureRows
    streams: StreamService
    passwords: Passwords
    limiter: RateLimiter
    keyring: Keyring
    clock: Clock
    origin: str


class SharingService:
    """What can be asked of share links."""

    def __init__(self, parts: SharingParts) -> None:
        self._parts = parts
        self._database = parts.database
        self._clock = parts.clock

    async def share(self, caller: Caller, subject_ids: Sequence[str], new: NewShare) -> ShareLink:
        """Make a link to one or several clips and snapshots (members).

        Raises:
            NotFound: One of them is absent or another organisation's. BadFields.
        """
        _check_new(subject_ids, new)
        password_hash = await self._parts.passwords.hash(new.password) if new.password else None
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller, at_least=Role.MEMBER)
            rows = await self._parts.captures.many(actor, subject_ids, lock=True)
            row = await self._insert(actor, rows, new, password_hash)
            await self._note_shared(row["subject_ids"])
            await self._tell(row)
        return self._link_of(row)

    async def links(self, caller: Caller, subject_id: str) -> list[ShareLink]:
        """List the links to something that are still good, newest first."""
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller)
            await self._parts.captures.many(actor, [subject_id])
            rows = await self._database.fetch(
                f"SELECT l.* FROM share_link l WHERE l.organization_id = $1 AND {_GOOD}"  # noqa: S608 (constant)
                " AND l.subject_ids @> ARRAY[$3::text] ORDER BY l.id DESC",
                actor.organization_id,
                self._clock.now(),
                subject_id,
            )
        return [self._link_of(row) for row in rows]

    async def urls(self, caller: Caller, subject_ids: Sequence[str]) -> dict[str, str]:
        """Return the newest good link of each alone that has one (`share_url`)."""
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller)
            rows = await self._database.fetch(
                "SELECT DISTINCT ON (l.subject_ids[1]) l.subject_ids[1] AS subject_id, l.id"  # noqa: S608 (constant)
                f" FROM share_link l WHERE l.organization_id = $1 AND {_GOOD}"
                " AND cardinality(l.subject_ids) = 1 AND l.subject_ids && $3::text[]"
                " ORDER BY l.subject_ids[1], (l.password_hash IS NULL) DESC, l.id DESC",
                actor.organization_id,
                self._clock.now(),
                list(subject_ids),
            )
        return {row["subject_id"]: self._url(self._token(row["id"])) for row in rows}

    async def revoke(self, caller: Caller, token: str) -> None:
        """Make a link useless at once (members).

        Raises:
            NotFound: There is no such link in the organisation, or it shows what they may not see.
        """
        async with self._database.transaction():
            actor = await self._parts.rights.load(caller, at_least=Role.MEMBER)
            row = await self._database.fetchrow(
                "UPDATE share_link SET revoked_at = $3 WHERE token_hash = $1"
                " AND organization_id = $2 AND revoked_at IS NULL RETURNING *",
                hash_token(token),
                actor.organization_id,
                self._clock.now(),
            )
            if row is None or not await self._parts.captures.sees_all(actor, row["subject_ids"]):
                raise no_link()
            await self._note_shared(row["subject_ids"])
            await self._tell(row)

    async def unlock(self, token: str, password: str, *, ip: str) -> str:
        """Return a grant (for a cookie, an hour long) in exchange for the link's password.

        Raises:
            NotFound: The link is unknown. Gone: It is over or revoked. Unauthenticated: Wrong
            password (code `wrong_password`). RateLimited: Too many tries from this address.
        """
        row = await self._good(token)
        network = network_of(ip)  # strangers elsewhere lock nobody out
        await self._parts.limiter.hit("share-ip", network, 60, 900)
        await self._parts.limiter.hit("share", f"{row['id']} {network}", 10, 300)
        stored = row["password_hash"]
        if stored is not None and not await self._parts.passwords.check(stored, password[:2048]):
            message = "This is not the password of this link"
            raise Unauthenticated(message, code="wrong_password")
        return self._parts.keyring.sign("share", {"sub": row["id"]}, _GRANT_S)

    async def view(self, token: str, *, grant: str | None = None) -> PublicView:
        """Return what a link shows.

        Raises:
            NotFound: The link is unknown. Gone: It is over or revoked, or all that it shows was
            deleted.
            Forbidden: It wants its password first (code `password_required`).
        """
        async with self._database.transaction():
            row = await self._good(token)
            if row["password_hash"] is not None and not self._is_granted(row, grant):
                message = "This link wants a password"
                raise Forbidden(message, code="password_required")
            rows = await self._database.fetch(ITEMS, row["subject_ids"], row["organization_id"])
        if not rows:
            raise deleted()
        items = tuple(map(item_of, rows))
        return PublicView(
            token=token,
            url=self._url(token),
            title=view_title(items),
            description=items[0].note,
            organization_name=row["organization_name"],
            shared_by=row["shared_by"],
            items=items,
            may_download=row["may_download"],
            is_private=row["password_hash"] is not None,
            expires_at=row["expires_at"],
        )

    async def count_view(self, token: str) -> None:
        """Count one look at a link; a page calls it once."""
        await self._database.execute(
            "UPDATE share_link SET views = views + 1 WHERE token_hash = $1", hash_token(token)
        )

    async def stream(self, slug: str) -> PublicStream:
        """Return what anybody sees of a public or unlisted stream.

        Raises:
            NotFound: There is none, or it is not for everybody.
        """
        watch: Watch = await self._parts.streams.watch(None, slug)
        if watch.stream.visibility not in OPEN:
            raise no_stream()
        name = await self._database.fetchval(
            "SELECT name FROM organization WHERE id = $1", watch.stream.organization_id
        )
        return PublicStream(
            url=f"{self._parts.origin}/live/{watch.stream.slug}",
            organization_name=name,
            watch=watch,
            is_listed=watch.stream.visibility == "public",
        )

    async def _good(self, token: str) -> Record:
        row = await self._database.fetchrow(
            "SELECT l.*, o.name AS organization_name, u.name AS shared_by FROM share_link l"
            " JOIN organization o ON o.id = l.organization_id"
            " LEFT JOIN app_user u ON u.id = l.created_by WHERE l.token_hash = $1",
            hash_token(token),
        )
        return check_good(row, self._clock.now())

    def _is_granted(self, row: Record, grant: str | None) -> bool:
        try:
            claims = self._parts.keyring.verify("share", grant or "")
        except Unauthenticated:
            return False
        return claims.get("sub") == str(row["id"])

    async def _insert(
        self, actor: Actor, captures: Sequence[Record], new: NewShare, password_hash: str | None
    ) -> Record:
        share_id = new_id("share")
        now = self._clock.now()
        lifetime_s = new.expires_in_s
        return await self._database.fetchrow(
            "INSERT INTO share_link (id, organization_id, subject_ids, token_hash, password_hash,"
            " may_download, views, created_by, created_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9) RETURNING *",
            share_id,
            actor.organization_id,
            [capture["id"] for capture in captures],
            hash_token(self._token(share_id)),
            password_hash,
            new.may_download,
            actor.user_id,
            now,
            None if lifetime_s is None else now + timedelta(seconds=lifetime_s),
        )

    async def _note_shared(self, subject_ids: Sequence[str]) -> None:
        """Note on each capture until when any link shows it."""
        for subject_id in subject_ids:
            until = await self._database.fetchval(
                "SELECT max(coalesce(l.expires_at, $3::text::timestamptz)) FROM share_link l"  # noqa: S608 (constant)
                f" WHERE l.subject_ids @> ARRAY[$1::text] AND {_GOOD}",
                subject_id,
                self._clock.now(),
                _FOREVER,
            )
            await self._parts.captures.set_shared(subject_id, until)

    async def _tell(self, link: Record) -> None:
        """Publish that each capture behind a link is shared in another way now."""
        for subject_id in link["subject_ids"]:
            kind = "clip" if subject_id.startswith("clip_") else "snapshot"
            await self._parts.events.tell(link["organization_id"], f"{kind}.updated", subject_id)

    def _token(self, share_id: str) -> str:
        return self._parts.keyring.mac("share", share_id, 32)

    def _url(self, token: str) -> str:
        return f"{self._parts.origin}/s/{token}"

    def _link_of(self, row: Record) -> ShareLink:
        token = self._token(row["id"])
        return ShareLink(
            id=row["id"],
            subject_ids=tuple(row["subject_ids"]),
            url=self._url(token),
            token=token,
            has_password=row["password_hash"] is not None,
            may_download=row["may_download"],
            created_at=row["created_at"],
            created_by=row["created_by"],
            expires_at=row["expires_at"],
            views=row["views"],
        )


def _check_new(subject_ids: Sequence[str], new: NewShare) -> None:
    wrong: dict[str, str] = {}
    if not 1 <= len(subject_ids) <= _MAX_SUBJECTS:
        wrong["ids"] = f"must be 1 to {_MAX_SUBJECTS} ids of snapshots and clips"
    if new.expires_in_s is not None and not 1 <= new.expires_in_s <= _MAX_LIFETIME_S:
        wrong["expires_in_s"] = "must be between a second and ten years"
    if new.password is not None and not 4 <= len(new.password) <= 1024:
        wrong["password"] = "must have 4 to 1024 characters"  # noqa: S105 (a sentence)
    if wrong:
        raise BadFields(wrong)
