"""Lists, filters and search read about as many rows as they show, however many there are.

Each question is asked once, on full tables; then each statement that it ran is run again under
EXPLAIN ANALYZE, which counts the rows that were read.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from domain.bootstrap import Services
from domain.captures.models import GalleryFilter
from domain.commits.models import TimelineFilter
from domain.moments.models import Cursor, MomentFilter, MomentPage
from tests.support.many_moments import MEMBER, fill_moments
from tests.support.query_plans import PLANNED, RecordingDatabase, nodes, rows_read

ROWS = 20_000
FEW = ROWS // 4
MOST = 10_000  # characters of a statement's arguments
# The fill spreads its moments over so many days up to now.
_NOW = datetime.now(UTC)
_MIDDLE = _NOW - timedelta(days=350)
_LATER = _MIDDLE + timedelta(days=30)
_BEHIND = Cursor(_MIDDLE, "z")
_PAGE = [f"moment_{number:026}" for number in range(ROWS - 47, ROWS + 1)]

LISTS: dict[str, MomentFilter] = {
    "newest": MomentFilter(),
    "behind a cursor": MomentFilter(after=_BEHIND),
    "oldest first": MomentFilter(after=_BEHIND, oldest_first=True),
    "a common kind": MomentFilter(kinds=("clip",)),
    "a rare kind": MomentFilter(kinds=("mark",)),
    "a common tag": MomentFilter(tags=("tag0",)),
    "a rare tag": MomentFilter(tags=("raretag7",)),
    "a tag of a kind": MomentFilter(tags=("tag9",), kinds=("mark",)),
    "a VM": MomentFilter(vm_id="vm_1_3"),
    "a branch": MomentFilter(git_branch="branch7"),
    "a person": MomentFilter(created_by="user_1_4"),
    "a stream": MomentFilter(source_ids=("stream_1_4",)),
    "a provider": MomentFilter(provider="youtube"),
    "a month": MomentFilter(start=_MIDDLE, end=_LATER),
    "common words": MomentFilter(q="word0000 word0001"),
    "a rare word": MomentFilter(q="rare0000007"),
    "no such word": MomentFilter(q="nowhere"),
    "shared": MomentFilter(is_shared=True),
    "the bin": MomentFilter(is_deleted=True),
    "some of them": MomentFilter(ids=_PAGE, kinds=("clip",), q="word0000"),
}
GALLERIES: dict[str, GalleryFilter] = {
    "newest": GalleryFilter(),
    "behind a cursor": GalleryFilter(after=_BEHIND),
    "a kind": GalleryFilter(kind="snapshot"),
    "a common label": GalleryFilter(labels=("tag0",)),
    "a rare label": GalleryFilter(labels=("raretag7",)),
    "a stream": GalleryFilter(streams=("s1-4",)),
    "a month": GalleryFilter(start=_MIDDLE, end=_LATER),
    "a common word": GalleryFilter(q="word0000"),
    "a rare word": GalleryFilter(q="rare0000007"),
    "a person": GalleryFilter(created_by="user_1_4"),
    "failed": GalleryFilter(status="failed"),
    "shared": GalleryFilter(shared=True),
    "the bin": GalleryFilter(deleted=True),
}
TIMELINES: dict[str, tuple[TimelineFilter, Cursor | None]] = {
    "newest": (TimelineFilter(), None),
    "a repository": (TimelineFilter("repo1"), _BEHIND),
    "a branch": (TimelineFilter("repo1", "branch7"), None),
    "a VM": (TimelineFilter(vm_id="vm_1_3"), _BEHIND),
}
TOTALS = ("newest", "a common tag", "common words", "the bin")
GALLERY_TOTALS = ("newest", "a common label", "a common word", "the bin")
# Asked where six hundred organisations share the tables, or many streams were removed, too.
SHARED = (
    "moments: newest", "moments: a person", "moments: a common tag", "gallery: newest",
    "gallery: a stream", "gallery: a common label", "kinds: newest", "tabs: newest",
    "timeline: a repository", "streams",
)  # fmt: skip
# Every second one is private, and no member made it.
_STREAMS = """
INSERT INTO stream (id, organization_id, name, slug, kind, buffer_s, visibility, allow_capture,
    publish_key_version, created_at, updated_at)
SELECT 'many_' || n, 'org_1', 'Many ' || n, 'many-' || n, 'push', 120,
    CASE n % 2 WHEN 0 THEN 'private' ELSE 'organization' END, true, 1, now(), now()
FROM generate_series(1, 20000) n;
ANALYZE stream;
"""
# One of some 150 moments has this word.
_WORD = "word0200"


@pytest_asyncio.fixture
async def database(dsn: str) -> AsyncIterator[RecordingDatabase]:
    database = RecordingDatabase(dsn)
    await database.start()
    yield database
    await database.close()


def _questions(services: Services) -> dict[str, Callable[[], Awaitable[object]]]:
    moments, gallery = services.moments, services.gallery
    return {
        **{f"moments: {n}": partial(moments.list, MEMBER, each) for n, each in LISTS.items()},
        **{f"gallery: {n}": partial(gallery.list, MEMBER, each) for n, each in GALLERIES.items()},
        "a page's captures": partial(gallery.of_moments, MEMBER, _PAGE),
        "a page's covers": partial(services.moment_assets.covers, MEMBER, _PAGE),
        "filters of the newest": partial(moments.facets, MEMBER),
        "streams": partial(services.streams.list, MEMBER),
        **{
            f"timeline: {name}": partial(services.timeline.page, MEMBER, each, after)
            for name, (each, after) in TIMELINES.items()
        },
        **{f"kinds: {n}": partial(moments.counts, MEMBER, LISTS[n]) for n in TOTALS},
        **{f"tabs: {n}": partial(gallery.counts, MEMBER, GALLERIES[n]) for n in GALLERY_TOTALS},
    }


@pytest.mark.parametrize(("organizations", "removed"), [(1, 0), (600, 0), (1, 6000)])
async def test_what_is_listed_is_found_by_an_index(
    organizations: int, removed: int, services: Services, database: RecordingDatabase, dsn: str
) -> None:
    watcher = await asyncpg.connect(dsn)
    await fill_moments(watcher, ROWS, organizations=organizations, removed_streams=removed)
    questions = _questions(services)
    is_whole = organizations == 1 and not removed
    asked = questions if is_whole else {name: questions[name] for name in SHARED}
    too_many: dict[str, int] = {}
    lengths: dict[str, int] = {}
    for name, ask in asked.items():
        database.statements.clear()
        await ask()
        most = max(map(rows_read, await _plans(watcher, database)))
        if most > FEW:
            too_many[name] = most
        lengths[name] = max(len(repr(each)) for each in database.statements.values())
    await watcher.close()
    assert too_many == {}
    assert {name: length for name, length in lengths.items() if length > MOST} == {}


async def test_a_page_of_a_less_frequent_word_is_found_among_the_newest(
    services: Services, database: RecordingDatabase, dsn: str
) -> None:
    watcher = await asyncpg.connect(dsn)
    await fill_moments(watcher, ROWS)
    every = [each.id for each in (await _of_word(services, 200, None)).items]
    assert 100 < len(every) < 200
    database.statements.clear()
    paged: list[str] = []
    after = None
    while after is not None or not paged:
        page = await _of_word(services, 5, after)
        paged += [each.id for each in page.items]
        if len(paged) == 5:
            of_page = (await _plans(watcher, database))[-1]
            assert rows_read(of_page) < len(every) / 2  # those of people and files included
        last = page.items[-1] if len(page.items) == 5 else None
        after = Cursor(last.created_at, last.id) if last else None
    await watcher.close()
    assert paged == every


async def test_words_of_other_organizations_are_not_read(
    services: Services, database: RecordingDatabase, dsn: str
) -> None:
    watcher = await asyncpg.connect(dsn)
    await fill_moments(watcher, ROWS, organizations=600)
    everybodys = await watcher.fetchval(
        "SELECT count(*) FROM moments WHERE search @@ to_tsquery('simple', $1)", _WORD
    )
    page = await _of_word(services, 50, None)
    assert 0 < page.total.value == len(page.items) < everybodys / 5
    of_page = (await _plans(watcher, database))[-1]
    scans = [each for each in nodes(of_page) if each["Node Type"] == "Bitmap Index Scan"]
    assert 0 < sum(each["Actual Rows"] for each in scans) < everybodys / 2
    await watcher.close()


async def test_a_page_of_streams_does_not_count_very_many(
    services: Services, database: RecordingDatabase, dsn: str
) -> None:
    watcher = await asyncpg.connect(dsn)
    await fill_moments(watcher, 100)
    await watcher.execute(_STREAMS)
    database.statements.clear()
    page, total = await services.streams.list(MEMBER)
    assert len(page) == 50
    assert total.is_estimate
    assert total.value == pytest.approx(10_000, rel=0.1)
    assert max(map(rows_read, await _plans(watcher, database))) < 200
    await watcher.close()


async def _of_word(services: Services, limit: int, after: Cursor | None) -> MomentPage:
    wanted = MomentFilter(q=_WORD, limit=limit, after=after)
    return await services.moments.list(MEMBER, wanted)


async def _plans(watcher: asyncpg.Connection, database: RecordingDatabase) -> list[dict[str, Any]]:
    """Run each statement again that was run, and return its plan."""
    plans = []
    for sql, arguments in dict(database.statements).items():
        if sql.startswith(PLANNED):
            plan = await watcher.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *arguments)
            plans.append(json.loads(plan)[0]["Plan"])
    return plans
