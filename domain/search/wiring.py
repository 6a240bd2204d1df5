"""The service and the jobs of search."""

from dataclasses import dataclass

from domain.accounts.notices import Notifier
from domain.accounts.rights import Rights
from domain.infra.base import Base
from domain.infra.indexing import INDEX_JOB
from domain.infra.work import Work, repeating
from domain.insight.service import Insight
from domain.moments.records import MomentRecords
from domain.search.indexing import BACKFILL_JOB, Indexer
from domain.search.kept import TELL_JOB, KeptSearchService
from domain.search.service import SearchService
from domain.search.sharing import Sharing
from domain.search.vectors import Vectors


@dataclass(frozen=True, slots=True)
class SearchRoom:
    """The services of this package."""

    search: SearchService
    kept: KeptSearchService
    vectors: Vectors
    work: Work


def wire(
    base: Base, rights: Rights, notifier: Notifier, records: MomentRecords, sentences: Insight
) -> SearchRoom:
    """Return the services; nothing is started or queried here."""
    sharing = Sharing(base.database, records)
    vectors = Vectors(base.database, sentences, sharing)
    kept = KeptSearchService(base, rights, records, notifier)
    indexer = Indexer(base.database, base.queue, vectors, sharing, kept)
    handlers = {INDEX_JOB: indexer.index, BACKFILL_JOB: indexer.backfill, TELL_JOB: kept.tell}
    return SearchRoom(
        SearchService(base.database, rights, records, vectors),
        kept,
        vectors,
        Work(handlers)
        + repeating(15, "search.vectors", indexer.tend)
        + repeating(3600, "search.graphs", vectors.index_large),
    )
