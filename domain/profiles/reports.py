"""Reports of abuse: anybody writes one, the admins of the moment's organisation read it."""

from hashlib import sha256
from typing import Final

from domain.accounts.models import Caller, Role
from domain.accounts.rights import Rights
from domain.core.errors import NotFound
from domain.core.ids import new_id
from domain.infra.base import Base
from domain.infra.rate_limit import network_of
from domain.profiles.models import Report
from domain.profiles.reactions import OpenMoments
from domain.profiles.rules import check_report

_PER_NETWORK: Final = 10  # in an hour
_MOST: Final = 200
_LIST: Final = f"""
SELECT r.id, r.moment_id, m.title AS moment_title, r.reason, r.details, r.created_at
FROM moment_report r JOIN moments m ON m.id = r.moment_id
WHERE r.organization_id = $1 AND r.resolved_at IS NULL AND m.deleted_at IS NULL
ORDER BY r.created_at, r.id LIMIT {_MOST}
"""  # noqa: S608 (a constant)


class ReportService:
    """The service of reports."""

    def __init__(self, base: Base, rights: Rights, moments: OpenMoments) -> None:
        self._database = base.database
        self._clock = base.clock
        self._limiter = base.limiter
        self._events = base.events
        self._rights = rights
        self._moments = moments

    async def report(self, slug: str, reason: str, details: str, *, ip: str) -> None:
        """Report a moment that anybody may see; again from the same network changes nothing.

        Raises:
            NotFound, Gone: There is no such page. BadFields. RateLimited: Too many from this
                address.
        """
        details = details.replace("\r\n", "\n").strip()
        check_report(reason, details)
        network = network_of(ip)
        await self._limiter.hit("reports", network, _PER_NETWORK, 3600)
        async with self._database.transaction():
            moment = await self._moments.find(slug)
            report_id = await self._database.fetchval(
                "INSERT INTO moment_report (id, organization_id, moment_id, reason, details,"
                " reporter, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
                " ON CONFLICT (moment_id, reporter) DO NOTHING RETURNING id",
                new_id("report"),
                moment["organization_id"],
                moment["id"],
                reason,
                details,
                sha256(f"{moment['id']} {network}".encode()).hexdigest()[:32],
                self._clock.now(),
            )
            if report_id is not None:
                admins_alone: list[str] = []
                await self._events.publish(
                    moment["organization_id"], "report.created", {"id": report_id}, admins_alone
                )

    async def list(self, caller: Caller) -> list[Report]:
        """List the unresolved reports of moments that still exist, oldest first (admins)."""
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.ADMIN)
            rows = await self._database.fetch(_LIST, actor.organization_id)
        return [Report(**dict(row)) for row in rows]

    async def resolve(self, caller: Caller, report_id: str) -> None:
        """Close a report (admins).

        Raises:
            NotFound: There is none, or it is another organisation's.
        """
        async with self._database.transaction():
            actor = await self._rights.load(caller, at_least=Role.ADMIN)
            done = await self._database.fetchval(
                "UPDATE moment_report SET resolved_at = $3, resolved_by = $4"
                " WHERE id = $1 AND organization_id = $2 AND resolved_at IS NULL RETURNING id",
                report_id.replace("\0", ""),
                actor.organization_id,
                self._clock.now(),
                actor.user_id,
            )
            if done is None:
                raise NotFound("There is no such open report.")
