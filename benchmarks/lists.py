"""How fast lists, filters, search and counts are with a million moments.

Run: python -m benchmarks.lists [--rows 1000000] [--organizations 1] [--requests 200] [--home DIR]
    [--removed-streams 0]
`moments up` runs on its embedded PostgreSQL, which is filled first; `--home` keeps it for the next
run. A member of the largest organisation asks the API, each time for another value. The alternative
is the plain query on the same database, without the web: the same conditions, a page by OFFSET and
a count of everything. The lines begin when all of the product has started, each with a few requests
that are not counted; the first answer after the start is printed. Fails when a list, filter, search
or count takes over 20 ms (p99). On a busy machine, compare the processor time of a request: that of
the whole product, PostgreSQL included.
"""

import argparse
import asyncio
import base64
import contextlib
import http.client
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import asyncpg
import psutil

from domain.core.time import isoformat, to_us
from tests.support.many_moments import TOKEN, fill_moments
from tests.support.stack import Stack

_MOST_MS = 20.0
_PLAIN_RUNS = 3
_WARM_UPS = 5
_NOW = datetime.now(UTC)
_SEEN = (
    "m.organization_id = 'org_1' AND m.deleted_at IS NULL AND (m.created_by = 'user_1_2'"
    " OR (m.visibility <> 'private' AND m.source_id IS DISTINCT FROM 'stream_1_1'))"
)
_PLAIN_PAGE = (
    "SELECT {columns} FROM {source} WHERE {where} ORDER BY {order} LIMIT 50 OFFSET {offset}"
)

Query = dict[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """A question to the API, the n-th time, and the plain condition that means the same."""

    name: str
    query: Callable[[int], Query]
    where: Callable[[int], str] = lambda _: "true"
    offset: int = 0
    path: str = "/api/moments/list"
    is_held: bool = True  # to the aim

    @property
    def source(self) -> str:
        """The tables of the plain query."""
        is_gallery = self.path.startswith("/api/gallery")
        joined = "captures c JOIN moments m ON m.id = c.moment_id"
        return joined if is_gallery else "moments m"


def _day(n: int) -> datetime:
    return _NOW - timedelta(days=30 + 3 * (n % 200))


def _cursor(at: datetime) -> str:
    return base64.urlsafe_b64encode(f"{to_us(at)} z".encode()).decode().rstrip("=")


def _words(n: int) -> str:
    return f"m.search @@ to_tsquery('simple', 'word{n:04}:*')"


_GALLERY, _COUNTS = "/api/gallery", "/api/gallery/counts"
_TIMELINE = "/api/commits/timeline"
_STREAMS = "/api/streams"
_COMMITS = "m.kind = 'commit'"
CASES = (
    Case("newest", lambda _: {}),
    Case("350 days deep, by cursor", lambda n: {"cursor": _cursor(_day(n))}, offset=500_000),
    Case("tag, 1 in 4 to 1 in 80", lambda n: {"tags": f"tag{n % 20}"},
         lambda n: f"m.tags @> '{{tag{n % 20}}}'"),
    Case("tag, 1 in 40 000", lambda n: {"tags": f"raretag{n}"},
         lambda n: f"m.tags @> '{{raretag{n}}}'"),
    Case("vmId", lambda n: {"vmId": f"vm_1_{n % 10 + 1}"},
         lambda n: f"m.vm_id = 'vm_1_{n % 10 + 1}'"),
    Case("gitBranch", lambda n: {"gitBranch": f"branch{n % 100}"},
         lambda n: f"m.git_branch = 'branch{n % 100}'"),
    Case("createdBy", lambda n: {"createdBy": f"user_1_{n % 10 + 1}"},
         lambda n: f"m.created_by = 'user_1_{n % 10 + 1}'"),
    Case("from and to, a month",
         lambda n: {"from": isoformat(_day(n)), "to": isoformat(_day(n) + timedelta(days=30))},
         lambda n: f"m.created_at BETWEEN '{_day(n)}' AND '{_day(n) + timedelta(days=30)}'"),
    Case("kind", lambda n: {"kind": ("clip", "mark")[n % 2]},
         lambda n: f"m.kind = '{('clip', 'mark')[n % 2]}'"),
    Case("search, 1 in 2 to 1 in 6", lambda n: {"q": f"word{n % 6:04}"}, lambda n: _words(n % 6)),
    Case("search, 1 in 200 to 1 in 1000", lambda n: {"q": f"word{500 + 20 * n:04}"},
         lambda n: _words(500 + 20 * n)),
    Case("search, 1 in 40 000", lambda n: {"q": f"rare{n:07}"},
         lambda n: f"m.search @@ to_tsquery('simple', 'rare{n:07}:*')"),
    Case("gallery, newest", lambda _: {}, path=_GALLERY),
    Case("gallery, 350 days deep, by cursor", lambda n: {"cursor": _cursor(_day(n))},
         offset=400_000, path=_GALLERY),
    Case("gallery, kind", lambda n: {"kind": ("clip", "snapshot")[n % 2]},
         lambda n: f"c.kind = '{('clip', 'snapshot')[n % 2]}'", path=_GALLERY),
    Case("gallery, label", lambda n: {"label": f"tag{n % 20}"},
         lambda n: f"m.tags @> '{{tag{n % 20}}}'", path=_GALLERY),
    Case("gallery, stream", lambda n: {"stream": f"s1-{n % 9 + 2}"},
         lambda n: f"c.stream_id = 'stream_1_{n % 9 + 2}'", path=_GALLERY),
    Case("gallery, search, 1 in 2 to 1 in 6", lambda n: {"q": f"word{n % 6:04}"},
         lambda n: _words(n % 6), path=_GALLERY),
    Case("gallery, search, 1 in 200 to 1 in 1000", lambda n: {"q": f"word{500 + 20 * n:04}"},
         lambda n: _words(500 + 20 * n), path=_GALLERY),
    Case("gallery, search, 1 in 40 000", lambda n: {"q": f"rare{n:07}"},
         lambda n: f"m.search @@ to_tsquery('simple', 'rare{n:07}:*')", path=_GALLERY),
    Case("gallery, four counts", lambda _: {}, path=_COUNTS),
    Case("gallery, four counts of a label", lambda n: {"label": f"tag{n % 20}"},
         lambda n: f"m.tags @> '{{tag{n % 20}}}'", path=_COUNTS),
    Case("timeline, newest commits", lambda _: {}, lambda _: _COMMITS, path=_TIMELINE),
    Case("timeline, repository, by cursor",
         lambda n: {"repository": f"repo{n % 4}", "cursor": _cursor(_day(n))},
         lambda n: f"{_COMMITS} AND m.metadata ->> 'repository' = 'repo{n % 4}'",
         offset=12_000, path=_TIMELINE),
    Case("timeline, branch", lambda n: {"repository": "repo1", "branch": f"branch{n % 100}"},
         lambda n: f"{_COMMITS} AND m.git_branch = 'branch{n % 100}'", path=_TIMELINE),
    Case("timeline, VM", lambda n: {"vmId": f"vm_1_{n % 10 + 1}"},
         lambda n: f"{_COMMITS} AND m.vm_id = 'vm_1_{n % 10 + 1}'", path=_TIMELINE),
    Case("streams", lambda _: {}, path=_STREAMS),
    Case("gallery, labels", lambda _: {}, path="/api/gallery/labels", is_held=False),
)  # fmt: skip


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--organizations", type=int, default=1)
    options.add_argument("--requests", type=int, default=200)
    options.add_argument("--removed-streams", type=int, default=0)
    options.add_argument("--home", type=Path)
    chosen = options.parse_args()
    with contextlib.ExitStack() as stack:
        home = chosen.home or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="moments-lists-"))
        )
        home.chmod(0o711)
        up = stack.enter_context(Stack(home / "home", demo=False, env={"MOMENTS_RTMP_PORT": "0"}))
        dsn = json.loads((home / "home" / "run" / "postgres.json").read_text())["dsn"]
        asyncio.run(_fill(dsn, chosen))
        first = http.client.HTTPConnection("127.0.0.1", up.port, timeout=60)
        print(f"the first answer after the start: {_asked(first, CASES[0], 0):.0f} ms")
        _settle()
        late = [_measure(up.port, dsn, case, chosen) > _MOST_MS and case.is_held for case in CASES]
    print(f"{late.count(True)} of {len(CASES)} over {_MOST_MS:.0f} ms (p99)")
    return 1 if any(late) else 0


async def _fill(dsn: str, chosen: argparse.Namespace) -> None:
    connection = await asyncpg.connect(dsn)
    if not await connection.fetchval("SELECT EXISTS (SELECT 1 FROM moments)"):
        await fill_moments(
            connection,
            chosen.rows,
            organizations=chosen.organizations,
            removed_streams=chosen.removed_streams,
        )
        await connection.execute("VACUUM ANALYZE", timeout=3600)  # nothing is left to do later
        await connection.execute("CHECKPOINT", timeout=3600)
    await connection.close()


def _settle() -> None:
    """Wait until all of the product has started: it computes for less than 0.05 s in a second."""
    before_s, after_s = 0.0, sum(_processor_s().values())
    while after_s - before_s > 0.05:
        time.sleep(1)
        before_s, after_s = after_s, sum(_processor_s().values())


def _measure(port: int, dsn: str, case: Case, chosen: argparse.Namespace) -> float:
    """Print a case's figures and return its p99 in milliseconds."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for n in range(_WARM_UPS):
        _asked(client, case, chosen.requests + n)
    before_s = _processor_s()
    times_ms = sorted(_asked(client, case, n) for n in range(chosen.requests))
    after_s = _processor_s()
    spent_s = sum(used_s - before_s.get(pid, 0) for pid, used_s in after_s.items())
    processor_ms = spent_s / chosen.requests * 1000
    median, p99 = statistics.median(times_ms), times_ms[len(times_ms) * 99 // 100]
    plain = asyncio.run(_plain(dsn, case))
    print(
        f"{case.name:38} p50 {median:7.1f} ms  p99 {p99:7.1f} ms  processor {processor_ms:6.1f} ms"
        f"  plain {plain:8.1f} ms  {plain / median:6.1f} times",
        flush=True,
    )
    return p99


def _processor_s() -> dict[int, float]:
    """Return the processor time of the product's processes so far."""
    used_s = {}
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            used_s[child.pid] = sum(child.cpu_times()[:2])
    return used_s


def _asked(client: http.client.HTTPConnection, case: Case, n: int) -> float:
    path = f"{case.path}?{urlencode(case.query(n))}"
    begin = time.perf_counter()
    client.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
    answer = client.getresponse()
    body = answer.read()
    took = time.perf_counter() - begin
    if answer.status != 200:
        message = f"{path}: {answer.status} {body[:200]!r}"
        raise RuntimeError(message)
    return took * 1000


async def _plain(dsn: str, case: Case) -> float:
    """Return the median time of the plain page and the plain count, in milliseconds."""
    connection = await asyncpg.connect(dsn)
    times_ms = []
    for n in range(_PLAIN_RUNS):
        begin = time.perf_counter()
        for statement in _statements(case, n):
            await connection.fetch(statement, timeout=600)
        times_ms.append((time.perf_counter() - begin) * 1000)
    await connection.close()
    return statistics.median(times_ms)


def _statements(case: Case, n: int) -> list[str]:
    where = f"{_SEEN} AND {case.where(n)}"
    total = f"SELECT count(*) FROM {case.source} WHERE {where}"
    if case.path == _COUNTS:
        more = ("c.kind = 'clip'", "c.kind = 'snapshot'", "m.shared_until > now()")
        deleted = total.replace("m.deleted_at IS NULL", "m.deleted_at IS NOT NULL")
        return [f"{total} AND {condition}" for condition in more] + [deleted]
    if case.path == _STREAMS:
        rows = "FROM stream WHERE organization_id = 'org_1' AND deleted_at IS NULL"
        return [f"SELECT * {rows} ORDER BY lower(name), id LIMIT 50", f"SELECT count(*) {rows}"]
    if case.path.endswith("/labels"):
        rows = f"SELECT unnest(m.tags) AS label FROM {case.source} WHERE {where}"
        return [
            f"SELECT label, count(*) FROM ({rows}) each GROUP BY label ORDER BY 2 DESC LIMIT 50"
        ]
    table = case.source[0]
    page = _PLAIN_PAGE.format(
        columns="*",
        source=case.source,
        where=where,
        order=f"{table}.created_at DESC, {table}.id DESC",
        offset=case.offset,
    )
    return [page, total]


if __name__ == "__main__":
    sys.exit(main())
