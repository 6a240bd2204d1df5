"""The services and jobs of marks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from domain.accounts.notices import Notifier
from domain.accounts.rights import Rights
from domain.infra.base import Base
from domain.infra.http.safe_http import Policy, SafeFetcher
from domain.infra.work import Work, repeating
from domain.infra.ytdlp.client import YtDlp
from domain.marks.artists import ArtistService
from domain.marks.choosing import ChoosingService
from domain.marks.enrichment import Enrichment
from domain.marks.linking import TrackLinks
from domain.marks.matches import MatchService
from domain.marks.nudges import NudgeService
from domain.marks.providers.client import Endpoints, ProviderClient
from domain.marks.providers.lookup import ProviderLookup
from domain.marks.providers.states import ProviderStates
from domain.marks.public import PublicMarks
from domain.marks.rows import MarkRows
from domain.marks.saved_notices import SAVED_JOB, SavedNotices
from domain.marks.service import ENRICH_JOB, MarkService
from domain.marks.short_links import ShortLinks
from domain.marks.source_names import SourceNames
from domain.marks.sums import Sums
from domain.marks.tracks import TrackService
from domain.marks.transfer import MarkTransfer
from domain.moments.wiring import MomentRoom

_REFRESH_S: Final = 6 * 3600
_UNASKED_S: Final = 600


@dataclass(frozen=True, slots=True)
class MarkRoom:
    """The services of this package."""

    marks: MarkService
    tracks: TrackService
    artists: ArtistService
    matches: MatchService
    public: PublicMarks
    transfer: MarkTransfer
    nudges: NudgeService
    names: SourceNames
    choosing: ChoosingService
    sums: Sums
    work: Work


def wire(base: Base, rights: Rights, notifier: Notifier, moments: MomentRoom) -> MarkRoom:
    """Return the services; nothing is started or queried here."""
    rows = MarkRows(base.database, base.clock, moments.records)
    sums = Sums(base.database, threshold=base.settings.privacy_threshold)
    fetcher = cache(lambda: SafeFetcher(Policy.PUBLIC_ONLY))
    short = ShortLinks(fetcher, is_on=base.settings.provider_metadata)
    saved = SavedNotices(base, sums, notifier)
    marks = MarkService(base, rights, moments, rows=rows, sums=sums, short=short, saved=saved)
    links = TrackLinks(base.database, base.clock, rows, moments.records)
    matches = MatchService(base, rights, rows, links)
    lookup = wire_lookup(base, fetcher, Endpoints(), YtDlp(base.settings.ytdlp_sites))
    enrichment = Enrichment(base, rows, lookup.fetch, lookup.by_isrc, matches.link)
    handlers = {
        ENRICH_JOB: lambda args: enrichment.enrich(args["source_id"], args.get("asker", ())),
        SAVED_JOB: saved.tell,
    }
    return MarkRoom(
        marks=marks,
        tracks=TrackService(base, rights, rows, sums, marks),
        artists=ArtistService(base, sums),
        matches=matches,
        public=PublicMarks(base, rows, sums),
        transfer=MarkTransfer(marks, base.limiter),
        names=SourceNames(base, rights, rows),
        nudges=NudgeService(
            base, rights, moments.access, rows=rows, marks=marks, notifier=notifier
        ),
        choosing=ChoosingService(base, rights, rows, sums),
        sums=sums,
        work=Work(handlers)
        + repeating(_REFRESH_S, "marks.refresh", enrichment.refresh)
        + repeating(_UNASKED_S, "marks.unasked", enrichment.find_unasked),
    )


def wire_lookup(
    base: Base, fetcher: Callable[[], SafeFetcher], endpoints: Endpoints, ytdlp: YtDlp
) -> ProviderLookup:
    """Return the questions to providers."""
    states = ProviderStates(base.database, base.clock)
    client = ProviderClient(fetcher, states, base.clock)
    return ProviderLookup(base.settings, client, base.limiter, base.clock, endpoints, ytdlp)
